import { Aws } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

interface SavedQuery {
  readonly id: string;
  readonly title: string;
  readonly lines: string[];
}

/** What to ask the logs of both functions, in CloudWatch Logs Insights. */
const QUERIES: SavedQuery[] = [
  {
    id: 'StoryQuery',
    title: 'The story of one execution',
    lines: [
      'fields @timestamp, level, message, span.function, job_id, visit, ahead, invalidation_id, status, outcome, trouble, reason, error, span.request_id',
      'filter @message like "the id of the execution: the first job id"',
      'sort @timestamp asc',
      'limit 1000',
    ],
  },
  {
    id: 'FailuresQuery',
    title: 'What failed, and why',
    lines: [
      'fields @timestamp, pipeline, execution_id, job_id, message, outcome, reason, error',
      'filter (message = "the outcome is decided" and outcome in ["failed", "timed out", "excused"])\n  ' +
        'or message in ["the job is refused", "CloudFront refused for good"]\n  ' +
        'or message in ["failed the job, because its record is out of reach", "failed the job, because of the settings of this function"]\n  ' +
        'or message in ["no pass comes to its end with this record; it is failed", "this run failed"]',
      'sort @timestamp desc',
      'limit 200',
    ],
  },
  {
    id: 'SlowestQuery',
    title: 'The slowest executions',
    lines: [
      'filter message = "CodePipeline came with a job" or message = "the outcome is decided"',
      'fields toMillis(@timestamp) as at',
      'stats (max(at) - min(at)) / 1000 as seconds, count(*) - 1 as visits, latest(pipeline) as of by execution_id',
      'sort seconds desc',
      'limit 20',
    ],
  },
  {
    id: 'WaitingQuery',
    title: 'Who waited in the queue',
    lines: [
      'filter message = "waiting in the queue"',
      'fields toMillis(@timestamp) as at',
      'stats (max(at) - min(at)) / 1000 as seconds_at_least, max(ahead) as ahead_at_most, latest(pipeline) as of by execution_id, distribution_id, distribution_tenant_id',
      'sort seconds_at_least desc',
      'limit 200',
    ],
  },
  {
    id: 'PutOffQuery',
    title: 'Who put us off, and why',
    lines: [
      'filter message in ["CloudFront put us off; trying again later", "CodePipeline did not take the answer; trying again later"]\n  ' +
        'or message in ["SNS did not take the notice; trying again later", "EventBridge did not take the event; trying again later"]\n  ' +
        'or message in ["could not ask the queue; trying again later", "could not leave the queue; trying again later"]',
      'stats count(*) as times, max(@timestamp) as last, latest(execution_id) as such_as by message, trouble',
      'sort times desc',
      'limit 200',
    ],
  },
  {
    id: 'UnheardQuery',
    title: 'What nobody heard',
    lines: [
      'fields @timestamp, pipeline, execution_id, job_id, message, topic, trouble',
      'filter message in ["SNS did not take the notice; it is given up", "EventBridge did not take the event; it is given up"]\n  ' +
        'or message in ["CodePipeline no longer takes an answer for this job", "CodePipeline did not take the failure of a job"]',
      'sort @timestamp desc',
      'limit 200',
    ],
  },
  {
    id: 'RequestQuery',
    title: 'One request of Lambda',
    lines: [
      'fields @timestamp, @log, level, message, execution_id, job_id, trouble, reason, error',
      'filter @message like "the request id of Lambda"',
      'sort @timestamp asc',
      'limit 1000',
    ],
  },
  {
    id: 'UnanswerableQuery',
    title: 'Unanswerable events',
    lines: [
      'fields @timestamp, @log, error, span.request_id',
      'filter message = "this event cannot be answered, and a retry would not help"',
      'sort @timestamp desc',
      'limit 200',
    ],
  },
];

/**
 * Saves the queries. CloudFormation demands a name of each; the stack's and the construct's keep two of them apart, and
 * the console shows what stands before a "/" as a folder.
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
