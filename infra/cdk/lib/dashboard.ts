import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { lambdaMetric, ownMetric } from './metrics';

export interface InvalidatorDashboardProps {
  readonly start: lambda.IFunction;
  readonly checker: lambda.IFunction;
  readonly table: dynamodb.ITable;
  readonly alarms: cloudwatch.IAlarm[];
}

/** One page: which alarms ring, what the functions do, what happens to jobs, and whether AWS holds us back. */
export class InvalidatorDashboard extends cloudwatch.Dashboard {
  constructor(scope: Construct, id: string, props: InvalidatorDashboardProps) {
    const { start, checker, table, alarms } = props;
    const both = [start, checker];
    super(scope, id, {
      defaultInterval: Duration.days(1),
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', width: 24, height: 3, alarms })],
        [
          graph(
            'Invocations',
            both.map((of) => lambdaMetric(of, 'Invocations')),
          ),
          graph(
            'Errors and throttles',
            both.flatMap((of) => [lambdaMetric(of, 'Errors'), lambdaMetric(of, 'Throttles')]),
          ),
          graph(
            'Duration, ms',
            both.map((of) => lambdaMetric(of, 'Duration', 'p99')),
          ),
        ],
        [
          graph('Jobs that went astray', [
            lambdaMetric(start, 'DestinationDeliveryFailures'),
            ...both.map((of) => lambdaMetric(of, 'AsyncEventsDropped')),
            ownMetric(checker, 'RescuedJobs', 'Sum'),
            ownMetric(checker, 'StuckExecutions', 'Sum'),
            ...both.map((writer) => ownMetric(writer, 'UnanswerableEvents', 'Sum')),
          ]),
          graph('Oldest unfinished execution, s', [ownMetric(checker, 'OldestUnfinishedSeconds', 'Maximum')]),
          graph(
            'Notices given up',
            both.map((writer) => ownMetric(writer, 'GivenUpNotices', 'Sum')),
          ),
        ],
        [
          graph(
            'Throttled by AWS',
            both.map((writer) => ownMetric(writer, 'Throttles', 'Sum')),
          ),
          graph('Table', [
            table.metric('ReadThrottleEvents', { statistic: 'Sum' }),
            table.metric('WriteThrottleEvents', { statistic: 'Sum' }),
          ]),
        ],
      ],
    });
  }

  /** Where the console shows it. */
  public url(): string {
    const { region } = Stack.of(this);
    return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards:name=${this.dashboardName}`;
  }
}

function graph(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: 8, height: 6 });
}
