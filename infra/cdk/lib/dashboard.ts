import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { lambdaMetric, ownMetric, PERIOD, sumOf } from './metrics';

const { GREEN, ORANGE, PURPLE, RED } = cloudwatch.Color;
const OLIVE = '#bcbd22';
const BROWN = '#8c564b';

/** A metric that both functions write, with its label and color. */
type Counted = [metricName: string, label: string, color: string];

/** The outcomes of an execution; in a stacked graph, successes are on top. */
const OUTCOMES: Counted[] = [
  ['Failed', 'Failed', RED],
  ['TimedOut', 'Timed out', ORANGE],
  ['SucceededWithWarning', 'Succeeded with warning', OLIVE],
  ['Succeeded', 'Succeeded', GREEN],
];

/** The period of metrics for each execution: with only a few each hour, a shorter period gives no useful percentile. */
const AN_HOUR = Duration.hours(1);

export interface InvalidatorDashboardProps {
  readonly start: lambda.IFunction;
  readonly checker: lambda.IFunction;
  readonly table: dynamodb.ITable;
  readonly alarms: cloudwatch.IAlarm[];
}

/** One page, from the overview at the top down to the details for root cause analysis. */
export class InvalidatorDashboard extends cloudwatch.Dashboard {
  constructor(scope: Construct, id: string, props: InvalidatorDashboardProps) {
    super(scope, id, {
      defaultInterval: Duration.days(1),
      widgets: [
        aGlance(props),
        [advice(consoleOf(scope)), alarmsOf(props)],
        whatHoldsUp(props),
        whatIsLeft(props),
        whatFails(props),
        whatRuns(props),
      ],
    });
  }

  /** Its URL in the console. */
  public url(): string {
    return `${consoleOf(this)}#dashboards:name=${this.dashboardName}`;
  }
}

function consoleOf(scope: Construct): string {
  const { region } = Stack.of(scope);
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
}

function aGlance({ start, checker }: InvalidatorDashboardProps): cloudwatch.IWidget[] {
  return [
    graph('How executions ended, each hour', sums(start, checker, OUTCOMES, AN_HOUR), { stacked: true }),
    new cloudwatch.SingleValueWidget({
      title: 'Succeeded, % of all',
      metrics: [share(start, checker, 'Succeeded')],
      setPeriodToTimeRange: true,
      width: 4,
      height: 6,
    }),
    graph('How long they take, each hour, s', [
      ofExecutions(start, 'CompletionSeconds', 'p50', 'P50, ended by start'),
      ofExecutions(start, 'CompletionSeconds', 'p95', 'P95, ended by start'),
      ofExecutions(checker, 'CompletionSeconds', 'p95', 'P95, ended by checker'),
    ]),
    new cloudwatch.SingleValueWidget({
      title: 'Longest overdue, s',
      metrics: [own(checker, 'OldestOverdueSeconds', 'Maximum', 'seconds')],
      sparkline: true,
      width: 4,
      height: 6,
    }),
  ];
}

function advice(console: string): cloudwatch.IWidget {
  const lines = [
    '**What to do**',
    '',
    '1. If an alarm is red, open it; its description has the next step.',
    '2. To investigate one execution, run the saved query *Timeline of one execution*.',
    '3. If no alarm is red and a pipeline waits, see *Longest overdue* and *The queue*.',
    '',
    `[Alarms](${console}#alarmsV2:) · [Saved queries](${console}#logsV2:logs-insights), in the folder named after the stack`,
  ];
  return new cloudwatch.TextWidget({ markdown: lines.join('\n'), width: 9, height: 5 });
}

function alarmsOf({ alarms }: InvalidatorDashboardProps): cloudwatch.IWidget {
  return new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: 15, height: 5 });
}

function whatHoldsUp({ start, checker }: InvalidatorDashboardProps): cloudwatch.IWidget[] {
  return [
    graph('The queue: how long targets wait, s', [
      ofExecutions(start, 'QueueSeconds', 'p50', 'P50, start'),
      ofExecutions(start, 'QueueSeconds', 'Maximum', 'longest, start'),
      ofExecutions(checker, 'QueueSeconds', 'Maximum', 'longest, checker'),
    ]),
    graph('Throttled calls', [own(start, 'Throttles', 'Sum', 'start'), own(checker, 'Throttles', 'Sum', 'checker')]),
    graph('CloudFront calls for each execution', [
      ofExecutions(start, 'CloudFrontCalls', 'Average', 'average, ended by start'),
      ofExecutions(start, 'CloudFrontCalls', 'Maximum', 'most, ended by start'),
      ofExecutions(checker, 'CloudFrontCalls', 'Maximum', 'most, ended by checker'),
    ]),
  ];
}

function whatIsLeft({ start, checker }: InvalidatorDashboardProps): cloudwatch.IWidget[] {
  return [
    graph('Time saved by waiting, each hour, s', [
      ofExecutions(start, 'WaitSavedSeconds', 'Sum', 'seconds saved for pipelines'),
    ]),
    graph('Executions that are open, and due', [
      own(checker, 'OpenExecutions', 'Maximum', 'open after a sweep'),
      own(checker, 'DueExecutions', 'Maximum', 'due in a sweep'),
    ]),
    graph(
      'Undelivered results and notifications',
      sums(start, checker, [
        ['UndeliveredResults', 'Undelivered results', RED],
        ['RejectedNotifications', 'Rejected notifications', OLIVE],
        ['RejectedEvents', 'Rejected events', BROWN],
        ['AbandonedNotifications', 'Abandoned notifications', ORANGE],
        ['AbandonedEvents', 'Abandoned events', PURPLE],
      ]),
    ),
  ];
}

function whatFails({ start, checker }: InvalidatorDashboardProps): cloudwatch.IWidget[] {
  return [
    graph('Failed deliveries and invalid events', [
      own(checker, 'FailedDeliveries', 'Sum', 'handled'),
      own(checker, 'FailedDeliveryErrors', 'Sum', 'handling failed'),
      own(checker, 'WrongSettings', 'Sum', 'wrong settings'),
      own(checker, 'StuckExecutions', 'Sum', 'stuck'),
      own(checker, 'InvalidEvents', 'Sum', 'invalid events, checker'),
      own(start, 'InvalidEvents', 'Sum', 'invalid events, start'),
      ofLambda(start, 'AsyncEventsDropped', 'dropped, start'),
      ofLambda(checker, 'AsyncEventsDropped', 'dropped, checker'),
      ofLambda(start, 'DestinationDeliveryFailures', 'lost'),
    ]),
    graph('Lambda: errors, and retried events', [
      ofLambda(start, 'Errors', 'errors, start'),
      ofLambda(checker, 'Errors', 'errors, checker'),
      ofLambda(start, 'Throttles', 'retryable, start'),
      ofLambda(checker, 'Throttles', 'retryable, checker'),
    ]),
    graph('Lambda: how long runs last (P99), ms', [
      ofLambda(start, 'Duration', 'start', 'p99', AN_HOUR),
      ofLambda(checker, 'Duration', 'checker', 'p99', AN_HOUR),
    ]),
  ];
}

function whatRuns({ start, checker, table }: InvalidatorDashboardProps): cloudwatch.IWidget[] {
  const throttled = (metricName: string, label: string) =>
    table.metric(metricName, { statistic: 'Sum', period: PERIOD, label });
  return [
    graph('Lambda: runs', [ofLambda(start, 'Invocations', 'start'), ofLambda(checker, 'Invocations', 'checker')]),
    graph('Table: requests that DynamoDB throttled', [
      throttled('ReadThrottleEvents', 'reads'),
      throttled('WriteThrottleEvents', 'writes'),
    ]),
    graph(
      'Jobs that are not served, or not checked',
      sums(start, checker, [
        ['ForeignJobs', 'Of other functions', RED],
        ['UnknownJobs', 'Unknown to CodePipeline', ORANGE],
        ['UncheckedJobs', 'Not checked', OLIVE],
      ]),
    ),
  ];
}

function own(writer: lambda.IFunction, metricName: string, statistic: string, label: string): cloudwatch.IMetric {
  return ownMetric(writer, metricName, statistic).with({ label });
}

function ofExecutions(
  writer: lambda.IFunction,
  metricName: string,
  statistic: string,
  label: string,
): cloudwatch.IMetric {
  return ownMetric(writer, metricName, statistic).with({ label, period: AN_HOUR });
}

function ofLambda(
  of: lambda.IFunction,
  metricName: string,
  label: string,
  statistic = 'Sum',
  period = PERIOD,
): cloudwatch.IMetric {
  return lambdaMetric(of, metricName, statistic).with({ label, period });
}

/** The sums of the metrics of both functions, each with its label and color. */
function sums(
  start: lambda.IFunction,
  checker: lambda.IFunction,
  counted: Counted[],
  period = PERIOD,
): cloudwatch.IMetric[] {
  return counted.map(([metricName, label, color]) => {
    const sum = sumOf(start, checker, [metricName]);
    return new cloudwatch.MathExpression({ ...sum, label, color, period });
  });
}

/** How many in a hundred of all outcomes are of one kind. */
function share(start: lambda.IFunction, checker: lambda.IFunction, metricName: string): cloudwatch.IMetric {
  const one = sumOf(start, checker, [metricName]);
  const outcomes = OUTCOMES.map(([each]) => each);
  const all = sumOf(start, checker, outcomes);
  return new cloudwatch.MathExpression({
    expression: `100 * ${one.expression} / ${all.expression}`,
    usingMetrics: all.usingMetrics,
    label: '%',
    period: PERIOD,
  });
}

function graph(
  title: string,
  left: cloudwatch.IMetric[],
  more: Partial<cloudwatch.GraphWidgetProps> = {},
): cloudwatch.GraphWidget {
  const leftYAxis = { min: 0, showUnits: false };
  return new cloudwatch.GraphWidget({ title, left, leftYAxis, width: 8, height: 6, ...more });
}
