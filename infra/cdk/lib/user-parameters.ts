import { Duration, Token } from 'aws-cdk-lib';
import { batchFaults } from './batch';
import { characters, knownStretches, withoutTokens } from './known-text';
import { NotificationFormat, NotifyOn } from './notification';
import { OnTimeout } from './on-timeout';
import { Named, sourceFaults, targetFaults, WrittenTargets, writtenTargets } from './targets';
import { WhenEmpty } from './when-empty';

/**
 * "UserParameters … 1000 characters": the limit of an action configuration value
 * (https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html).
 */
const CHARACTERS_AT_MOST = 1_000;
const PIPELINE_NAME_CHARACTERS_AT_MOST = 256;

/** The minimum and the maximum that the function accepts, in minutes. CodePipeline itself times an action out after 24 hours. */
const TIMEOUT_MINUTES = { least: 1, most: 1_380 };

/** The minimum and the maximum that the function accepts: "3,000 files per distribution" may be invalidated at one time. */
const MAX_PATHS = { least: 1, most: 3_000 };

const TOPIC_ARN = /^arn:aws[a-z0-9-]*:sns:[a-z0-9-]+:[0-9]{12}:(?=.{1,256}$)[A-Za-z0-9_-]+(\.fifo)?$/;

/** A control or format character, or a separator of lines or paragraphs: none is shown, and some change how others appear. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** The parameters of an action. */
export interface Wishes extends Named {
  readonly paths?: string[];
  readonly pathsFile?: string;
  readonly whenEmpty?: WhenEmpty;
  readonly maxPaths?: number;
  readonly pipelineName?: string;
  readonly topicArn?: string;
  readonly notificationFormat?: NotificationFormat;
  readonly notifyOn?: NotifyOn;
  readonly timeout?: Duration;
  readonly onTimeout?: OnTimeout;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

/** The JSON object that the function reads from the action's `UserParameters`; an absent key is left out. */
export interface UserParameters extends WrittenTargets {
  readonly Paths?: string[];
  readonly PathsFile?: string;
  readonly WhenEmpty?: string;
  readonly MaxPaths?: number;
  readonly PipelineName?: string;
  readonly SnsTopicArn?: string;
  readonly NotificationFormat?: string;
  readonly NotifyOn?: string;
  readonly TimeoutMinutes?: number;
  readonly OnTimeout?: string;
  readonly Wait?: boolean;
  readonly DryRun?: boolean;
}

/**
 * The parameters of an action, or an error that lists all their faults.
 *
 * Only what is known at synthesis is validated. A part that CloudFormation or CodePipeline fills in later is not counted
 * against the limit of 1,000 characters: parameters that are accepted here may still be too long, and then the action fails
 * with that message.
 */
export function userParameters(actionName: string, wishes: Wishes): UserParameters {
  const faults = [
    ...targetFaults(wishes, wishes.maxPaths, wishes.whenEmpty),
    ...maxPathsFaults(wishes.maxPaths),
    ...batchFaults(wishes.paths, wishes.maxPaths, wishes.whenEmpty),
    ...sourceFaults(wishes),
    ...pipelineNameFaults(wishes.pipelineName),
    ...topicFaults(wishes.topicArn),
    ...timeoutFaults(wishes.timeout),
    ...notificationFaults(wishes),
    ...onTimeoutFaults(wishes.onTimeout),
  ];
  if (faults.length === 0) {
    const parameters = written(wishes);
    const known = knownCharacters(parameters);
    if (known <= CHARACTERS_AT_MOST) {
      return parameters;
    }
    faults.push(
      `all parameters together have at least ${known} characters, and CodePipeline allows ${CHARACTERS_AT_MOST}; ` +
        'a wildcard path such as "/images/*" covers many files',
    );
  }
  throw new Error(`The action ${actionName} cannot invalidate: ${faults.join('; ')}.`);
}

/** How many characters the JSON text has at least; a number that CloudFormation fills in has at least one. */
function knownCharacters(parameters: UserParameters): number {
  const known = (_key: string, value: unknown) => (typeof value === 'number' && Token.isUnresolved(value) ? 0 : value);
  return characters(withoutTokens(JSON.stringify(parameters, known)));
}

function written(wishes: Wishes): UserParameters {
  return {
    ...writtenTargets(wishes),
    ...(wishes.paths && { Paths: wishes.paths }),
    ...(wishes.pathsFile !== undefined && { PathsFile: wishes.pathsFile }),
    ...(wishes.whenEmpty !== undefined && { WhenEmpty: wishes.whenEmpty }),
    ...(wishes.maxPaths !== undefined && { MaxPaths: wishes.maxPaths }),
    ...(wishes.pipelineName !== undefined && { PipelineName: wishes.pipelineName }),
    ...(wishes.topicArn !== undefined && { SnsTopicArn: wishes.topicArn }),
    ...(wishes.notificationFormat !== undefined && { NotificationFormat: wishes.notificationFormat }),
    ...(wishes.notifyOn !== undefined && { NotifyOn: wishes.notifyOn }),
    ...(wishes.timeout && { TimeoutMinutes: wishes.timeout.toMinutes() }),
    ...(wishes.onTimeout !== undefined && { OnTimeout: wishes.onTimeout }),
    ...(wishes.wait !== undefined && { Wait: wishes.wait }),
    ...(wishes.dryRun !== undefined && { DryRun: wishes.dryRun }),
  };
}

function maxPathsFaults(maxPaths?: number): string[] {
  const { least, most } = MAX_PATHS;
  const isFine = maxPaths === undefined || Token.isUnresolved(maxPaths) || isWhole(maxPaths, least, most);
  return isFine ? [] : [`maxPaths must be a whole number of paths from ${least} to ${most}`];
}

function pipelineNameFaults(name?: string): string[] {
  if (name === undefined) {
    return [];
  }
  if (name === '') {
    return ["pipelineName is empty; leave it out to have CodePipeline's own name used"];
  }
  const known = knownStretches(name).join('');
  if (characters(known) > PIPELINE_NAME_CHARACTERS_AT_MOST) {
    return ["pipelineName must be the pipeline's name: at most 256 characters"];
  }
  const invisible = INVISIBLE.exec(known)?.[0].codePointAt(0);
  return invisible === undefined
    ? []
    : [`pipelineName contains the invisible character ${codePoint(invisible)}; remove it`];
}

/** A code point as Unicode writes it, such as U+202E. */
function codePoint(value: number): string {
  return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
}

function topicFaults(arn?: string): string[] {
  const isFine = arn === undefined || Token.isUnresolved(arn) || TOPIC_ARN.test(arn);
  return isFine ? [] : ['topic must have the ARN of an SNS topic, such as arn:aws:sns:us-east-1:111111111111:deploys'];
}

function notificationFaults({ notificationFormat, notifyOn }: Wishes): string[] {
  const formats = Object.values(NotificationFormat);
  const occasions = Object.values(NotifyOn);
  return [
    ...(notificationFormat === undefined || formats.includes(notificationFormat)
      ? []
      : ['notificationFormat must be "text", "json", "chat" or "mixed"']),
    ...(notifyOn === undefined || occasions.includes(notifyOn)
      ? []
      : ['notifyOn must be "always", "failure" or "change"']),
  ];
}

function timeoutFaults(timeout?: Duration): string[] {
  if (timeout === undefined || timeout.isUnresolved()) {
    return [];
  }
  const minutes = timeout.toMinutes({ integral: false });
  const { least, most } = TIMEOUT_MINUTES;
  return isWhole(minutes, least, most) ? [] : [`timeout must be a whole number of minutes from ${least} to ${most}`];
}

function onTimeoutFaults(onTimeout?: OnTimeout): string[] {
  const isFine = onTimeout === undefined || Object.values(OnTimeout).includes(onTimeout);
  return isFine ? [] : ['onTimeout must be "fail", "succeed" or "release"'];
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
