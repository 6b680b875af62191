import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { WILDCARDS_AT_MOST } from './batch';
import { CloudFrontInvalidatorProps } from './invalidator-props';

export const DEFAULT_TIMEOUT = Duration.minutes(15);

/** What both functions read from their environment alike, beside the table and the topics. */
export function numericSettings(props: CloudFrontInvalidatorProps): Record<string, string> {
  const maxWait = (props.maxWait ?? Duration.seconds(35)).toSeconds({ integral: false });
  const timeout = (props.timeout ?? DEFAULT_TIMEOUT).toMinutes({ integral: false });
  const retention = (props.recordRetention ?? Duration.days(30)).toDays({ integral: false });
  const reserved = props.reservedWildcards ?? 2;
  const faults = [
    // A longer hold would leave `start` no time to answer after it.
    ...faultsOf('maxWait', 'seconds', maxWait, 0, 40),
    // CodePipeline itself gives up after 24 hours.
    ...faultsOf('timeout', 'minutes', timeout, 1, 1_380),
    ...faultsOf('recordRetention', 'days', retention, 2, 365),
    // One is left to actions at least; otherwise each would wait until it is alone.
    ...faultsOf('reservedWildcards', 'wildcards', reserved, 0, WILDCARDS_AT_MOST - 1),
  ];
  if (faults.length > 0) {
    throw new Error(`The settings of the CloudFrontInvalidator are wrong: ${faults.join('; ')}.`);
  }
  return {
    MAX_WAIT_SECONDS: `${maxWait}`,
    TIMEOUT_MINUTES: `${timeout}`,
    RETENTION_DAYS: `${retention}`,
    RESERVED_WILDCARDS: `${reserved}`,
  };
}

/** The level of the functions' own lines: at most INFO. */
export function logLevel(props: CloudFrontInvalidatorProps): lambda.ApplicationLogLevel {
  const { TRACE, DEBUG, INFO } = lambda.ApplicationLogLevel;
  const level = props.logLevel ?? INFO;
  if (![TRACE, DEBUG, INFO].includes(level)) {
    // "If you don't supply a valid timestamp, Lambda will assign the log the level INFO": a metric's line has no level.
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    throw new Error('logLevel must be TRACE, DEBUG or INFO: above, Lambda drops the lines of the metrics.');
  }
  return level;
}

/** The concurrency that is set aside for `start`, if any is. */
export function startReservedConcurrency(props: CloudFrontInvalidatorProps): number | undefined {
  const reserved = props.startReservedConcurrency;
  // With 0, Lambda would never run it.
  if (reserved !== undefined && !isWhole(reserved, 1, 1_000)) {
    throw new Error('startReservedConcurrency must be a whole number from 1 to 1000; leave it out to set none aside.');
  }
  return reserved;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function faultsOf(name: string, unit: string, value: number, least: number, most: number): string[] {
  return isWhole(value, least, most) ? [] : [`${name} must be a whole number of ${unit} from ${least} to ${most}`];
}
