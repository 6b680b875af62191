import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Monitoring } from './monitoring';

/** The namespace of the metrics that the functions write into their logs. */
const NAMESPACE = 'CloudFrontInvalidation';

/** The metrics that the functions write. */
export const METRICS: readonly string[] = [
  'Succeeded',
  'Failed',
  'TimedOut',
  'SucceededWithWarning',
  'CompletionSeconds',
  'CloudFrontCalls',
  'QueueSeconds',
  'WaitSavedSeconds',
  'InvalidEvents',
  'UnknownJobs',
  'ForeignJobs',
  'UncheckedJobs',
  'FailedDeliveries',
  'FailedDeliveryErrors',
  'WrongSettings',
  'StuckExecutions',
  'UndeliveredResults',
  'RejectedNotifications',
  'RejectedEvents',
  'AbandonedNotifications',
  'AbandonedEvents',
  'Throttles',
  'DueExecutions',
  'OpenExecutions',
  'OldestOverdueSeconds',
];

/** Those that the functions also write with `Monitoring.BASIC`. */
const BASIC: readonly string[] = ['UndeliveredResults', 'RejectedEvents', 'AbandonedEvents'];

/** Rejects a metric that has no values: an alarm on it would never fire. */
export function mustBeWritten(metricName: string, monitoring: Monitoring): void {
  if (!METRICS.includes(metricName)) {
    throw new Error(`The functions write no metric ${metricName}, only ${METRICS.join(', ')}.`);
  }
  const isWritten = monitoring === Monitoring.FULL || (monitoring === Monitoring.BASIC && BASIC.includes(metricName));
  if (!isWritten) {
    throw new Error(`The functions do not write ${metricName} with monitoring '${monitoring}'; use Monitoring.FULL.`);
  }
}

/** The period over which alarms and the dashboard count, unless they say otherwise. */
export const PERIOD = Duration.minutes(5);

/** A metric that a function writes itself. Its dimension keeps two stacks in one account apart. */
export function ownMetric(writer: lambda.IFunction, metricName: string, statistic: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { FunctionName: writer.functionName },
    statistic,
    period: PERIOD,
  });
}

/** A metric that Lambda publishes for a function. */
export function lambdaMetric(of: lambda.IFunction, metricName: string, statistic = 'Sum'): cloudwatch.Metric {
  return of.metric(metricName, { statistic, period: PERIOD });
}

/** The sum of several metrics that both functions write, as an expression in which each has its own id. */
export function sumOf(
  start: lambda.IFunction,
  checker: lambda.IFunction,
  metricNames: string[],
): { readonly expression: string; readonly usingMetrics: Record<string, cloudwatch.Metric> } {
  const terms = metricNames.flatMap((name): [string, cloudwatch.Metric][] => {
    const id = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    return [
      [`${id}Start`, ownMetric(start, name, 'Sum')],
      [`${id}Checker`, ownMetric(checker, name, 'Sum')],
    ];
  });
  const filled = terms.map(([id]) => `FILL(${id}, 0)`);
  return { expression: `SUM([${filled.join(', ')}])`, usingMetrics: Object.fromEntries(terms) };
}

/** The sum of both functions' metrics. A metric without a value counts as 0, or the sum with it would have none. */
export function sumOfBoth(
  label: string,
  start: cloudwatch.Metric,
  checker: cloudwatch.Metric,
): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    label,
    expression: 'SUM([FILL(start, 0), FILL(checker, 0)])',
    usingMetrics: { start, checker },
    period: PERIOD,
  });
}
