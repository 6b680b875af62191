import { Duration } from 'aws-cdk-lib';
import { CloudFrontInvalidatorProps } from './invalidator-props';

export const DEFAULT_TIMEOUT = Duration.minutes(15);

/** What both functions read from their environment alike, beside the table and the topics. */
export function durationSettings(props: CloudFrontInvalidatorProps): Record<string, string> {
  const hold = (props.hold ?? Duration.seconds(25)).toSeconds({ integral: false });
  const timeout = (props.timeout ?? DEFAULT_TIMEOUT).toMinutes({ integral: false });
  const retention = (props.recordRetention ?? Duration.days(30)).toDays({ integral: false });
  const faults = [
    // A longer hold would leave `start` no time to answer after it.
    ...faultsOf('hold', 'seconds', hold, 0, 40),
    // CodePipeline itself gives up after 24 hours.
    ...faultsOf('timeout', 'minutes', timeout, 1, 1_380),
    ...faultsOf('recordRetention', 'days', retention, 2, 365),
  ];
  if (faults.length > 0) {
    throw new Error(`The settings of the CloudFrontInvalidator are wrong: ${faults.join('; ')}.`);
  }
  return { HOLD_SECONDS: `${hold}`, TIMEOUT_MINUTES: `${timeout}`, RETENTION_DAYS: `${retention}` };
}

function faultsOf(name: string, unit: string, value: number, least: number, most: number): string[] {
  const isFine = Number.isInteger(value) && value >= least && value <= most;
  return isFine ? [] : [`${name} must be a whole number of ${unit} from ${least} to ${most}`];
}
