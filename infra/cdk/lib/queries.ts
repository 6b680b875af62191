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
      'fields @timestamp, level, message, job_id, visit, invalidation_id, status, outcome, trouble, reason',
      'filter execution_id = "the id of the execution: the first job id"',
      'sort @timestamp asc',
      'limit 1000',
    ],
  },
  {
    id: 'FailuresQuery',
    title: 'Failures',
    lines: [
      'fields @timestamp, pipeline, execution_id, message, outcome, reason',
      'filter (message = "the outcome is decided" and outcome != "succeeded") ' +
        'or message = "the job is refused" or message = "CloudFront refused for good"',
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
    id: 'UnanswerableQuery',
    title: 'Unanswerable events',
    lines: [
      'fields @timestamp, @log, error',
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
