import { Aws } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

interface SavedQuery {
  readonly id: string;
  readonly title: string;
  readonly lines: string[];
}

/** The saved queries on the logs of both functions, in CloudWatch Logs Insights. */
const QUERIES: SavedQuery[] = [
  {
    id: 'TimelineQuery',
    title: 'Timeline of one execution',
    lines: [
      'fields @timestamp, level, event, message, span.function, job_id, job_number, ahead, invalidation_id, status, outcome, service_error, reason, error, span.request_id',
      'filter @message like "the id of the execution: the first job id"',
      'sort @timestamp asc',
      'limit 1000',
    ],
  },
  {
    id: 'FailuresQuery',
    title: 'Failed executions',
    lines: [
      'fields @timestamp, pipeline, execution_id, job_id, event, message, outcome, reason, error',
      'filter (event = "outcome.decided" and outcome in ["failed", "timed out", "succeeded with warning"])\n  ' +
        'or event in ["job.rejected", "cloudfront.rejected", "job.failed.no_record", "job.failed.settings"]\n  ' +
        'or event in ["execution.stuck", "invocation.failed"]',
      'sort @timestamp desc',
      'limit 200',
    ],
  },
  {
    id: 'SlowestQuery',
    title: 'The slowest executions',
    lines: [
      'filter event = "job.received" or event = "outcome.decided"',
      'fields toMillis(@timestamp) as at',
      'stats (max(at) - min(at)) / 1000 as seconds, count(*) - 1 as jobs, latest(pipeline) as of by execution_id',
      'sort seconds desc',
      'limit 20',
    ],
  },
  {
    id: 'QueueQuery',
    title: 'Time in the queue',
    lines: [
      'filter event = "queue.waiting"',
      'fields toMillis(@timestamp) as at',
      'stats (max(at) - min(at)) / 1000 as seconds_at_least, max(ahead) as ahead_at_most, latest(pipeline) as of by execution_id, distribution_id, distribution_tenant_id',
      'sort seconds_at_least desc',
      'limit 200',
    ],
  },
  {
    id: 'ServiceErrorsQuery',
    title: 'Service errors',
    lines: [
      'filter event in ["cloudfront.retry", "result.retry", "notification.retry", "bus.retry", "queue.retry", "queue.leave_retry"]',
      'stats count(*) as times, max(@timestamp) as last, latest(execution_id) as example by event, service_error',
      'sort times desc',
      'limit 200',
    ],
  },
  {
    id: 'UndeliveredQuery',
    title: 'Undelivered results and notifications',
    lines: [
      'fields @timestamp, pipeline, execution_id, job_id, event, message, topic, service_error',
      'filter event in ["notification.abandoned", "bus.abandoned", "result.closed", "job.failure_not_accepted"]',
      'sort @timestamp desc',
      'limit 200',
    ],
  },
  {
    id: 'RequestQuery',
    title: 'One Lambda invocation',
    lines: [
      'fields @timestamp, @log, level, event, message, execution_id, job_id, service_error, reason, error',
      'filter @message like "the request id of Lambda"',
      'sort @timestamp asc',
      'limit 1000',
    ],
  },
  {
    id: 'InvalidEventsQuery',
    title: 'Invalid events',
    lines: [
      'fields @timestamp, @log, error, span.request_id',
      'filter event = "event.unreadable"',
      'sort @timestamp desc',
      'limit 200',
    ],
  },
];

/**
 * Saves the queries. CloudFormation requires a name for each; the names of stack and construct make it unique, and the
 * console shows the part before a "/" as a folder.
 */
export function saveQueries(scope: Construct, logGroups: logs.ILogGroup[]): void {
  for (const { id, title, lines } of QUERIES) {
    new logs.CfnQueryDefinition(scope, id, {
      name: `${Aws.STACK_NAME}/${scope.node.id}/${title}`,
      logGroupNames: logGroups.map((logGroup) => logGroup.logGroupName),
      queryString: lines.join('\n| '),
    });
  }
}
