import { Duration, Token, Tokenization } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { WILDCARDS_AT_MOST } from './batch';
import { CloudFrontInvalidatorProps } from './invalidator-props';
import { Monitoring } from './monitoring';

export const DEFAULT_TIMEOUT = Duration.minutes(15);

/** The settings that both functions read from their environment, without the table and the topics. */
export function numericSettings(props: CloudFrontInvalidatorProps): Record<string, string> {
  const maxWait = amount(props.maxWait ?? Duration.seconds(540), 'toSeconds');
  const timeout = amount(props.timeout ?? DEFAULT_TIMEOUT, 'toMinutes');
  const retention = amount(props.recordRetention ?? Duration.days(30), 'toDays');
  const reserved = props.reservedWildcards ?? 2;
  const maxTargets = props.maxTargetsPerAction ?? 100;
  const maxPaths = props.maxPathsPerAction ?? 3_000;
  const faults = [
    // A longer wait would leave `start` no time to report a result after it.
    ...faultsOf('maxWait', 'seconds', maxWait, 0, 580),
    // CodePipeline itself times out after 24 hours.
    ...faultsOf('timeout', 'minutes', timeout, 1, 1_380),
    ...faultsOf('recordRetention', 'days', retention, 2, 365),
    // At least one is for actions; otherwise each would wait until no other wildcard is in progress.
    ...faultsOf('reservedWildcards', 'wildcards', reserved, 0, WILDCARDS_AT_MOST - 1),
    ...faultsOf('maxTargetsPerAction', 'targets', maxTargets, 1, 200),
    ...faultsOf('maxPathsPerAction', 'paths', maxPaths, 1, 3_000),
  ];
  if (faults.length > 0) {
    throw new Error(`The properties of the CloudFrontInvalidator are invalid: ${faults.join('; ')}.`);
  }
  return {
    MAX_WAIT_SECONDS: Tokenization.stringifyNumber(maxWait),
    TIMEOUT_MINUTES: Tokenization.stringifyNumber(timeout),
    RETENTION_DAYS: Tokenization.stringifyNumber(retention),
    RESERVED_WILDCARDS: Tokenization.stringifyNumber(reserved),
    MAX_TARGETS_PER_ACTION: Tokenization.stringifyNumber(maxTargets),
    MAX_PATHS_PER_ACTION: Tokenization.stringifyNumber(maxPaths),
  };
}

/** The level of the functions' own lines: at most INFO. */
export function logLevel(props: CloudFrontInvalidatorProps): lambda.ApplicationLogLevel {
  const { TRACE, DEBUG, INFO } = lambda.ApplicationLogLevel;
  const level = props.logLevel ?? INFO;
  if (!Token.isUnresolved(level) && ![TRACE, DEBUG, INFO].includes(level)) {
    // "If you don't supply a valid timestamp, Lambda will assign the log the level INFO": a metric's line has no level.
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    throw new Error('logLevel must be TRACE, DEBUG or INFO: above INFO, Lambda drops the log lines of the metrics.');
  }
  return level;
}

/** The level of monitoring. It decides which resources there are, so CloudFormation cannot fill it in. */
export function monitoringLevel(props: CloudFrontInvalidatorProps): Monitoring {
  const level = props.monitoring ?? Monitoring.BASIC;
  const levels = Object.values(Monitoring);
  if (!levels.includes(level)) {
    throw new Error(`monitoring must be ${levels.join(', ')}, known at synthesis; it is '${level}'.`);
  }
  const { alarmTopic, alarmActions = [], okActions = [], lowUrgencyAlarmTopic, lowUrgencyAlarmActions = [] } = props;
  if (level === Monitoring.NONE && (alarmTopic || alarmActions.length + okActions.length > 0)) {
    throw new Error("alarmTopic, alarmActions and okActions need alarms: with monitoring 'none' there are none.");
  }
  if (level !== Monitoring.FULL && (lowUrgencyAlarmTopic || lowUrgencyAlarmActions.length > 0)) {
    throw new Error(
      'lowUrgencyAlarmTopic and lowUrgencyAlarmActions need Monitoring.FULL, which alone has alarms of low urgency.',
    );
  }
  return level;
}

/** The reserved concurrency of `start`, if any. */
export function startReservedConcurrency(props: CloudFrontInvalidatorProps): number | undefined {
  const reserved = props.startReservedConcurrency;
  // With 0, Lambda would never run it.
  if (reserved !== undefined && !isUnknownOrWhole(reserved, 1, 1_000)) {
    throw new Error('startReservedConcurrency must be a whole number from 1 to 1000; omit it to reserve none.');
  }
  return reserved;
}

/** A number that CloudFormation fills in is not validated here. */
export function isUnknownOrWhole(value: number, least: number, most: number): boolean {
  return Token.isUnresolved(value) || (Number.isInteger(value) && value >= least && value <= most);
}

/** A length of time in one unit. One that CloudFormation fills in must be given in that unit: it cannot be converted here. */
function amount(duration: Duration, unit: 'toSeconds' | 'toMinutes' | 'toDays'): number {
  return duration[unit]({ integral: false });
}

function faultsOf(name: string, unit: string, value: number, least: number, most: number): string[] {
  return isUnknownOrWhole(value, least, most)
    ? []
    : [`${name} must be a whole number of ${unit} from ${least} to ${most}`];
}
