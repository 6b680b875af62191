import { Duration, Token } from 'aws-cdk-lib';
import { certainlySent, isWildcard, WILDCARDS_AT_MOST } from './batch';
import { PATH_FAULTS, pathFault } from './invalidation-path';
import { characters, isUnknownList, knownStretches, withoutTokens } from './known-text';

/**
 * "UserParameters … 1000 characters": the limit of an action configuration value
 * (https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html).
 */
const CHARACTERS_AT_MOST = 1_000;
const PIPELINE_NAME_CHARACTERS_AT_MOST = 256;

/** The least and the most that the function takes, in minutes. CodePipeline itself gives an action up after 24 hours. */
const TIMEOUT_MINUTES = { least: 1, most: 1_380 };

/** The least and the most that the function takes: "3,000 files per distribution" may be invalidated at one time. */
const MAX_PATHS = { least: 1, most: 3_000 };

const DISTRIBUTION_ID = /^E[A-Z0-9]{1,31}$/;
const TOPIC_ARN = /^arn:aws[a-z0-9-]*:sns:[a-z0-9-]+:[0-9]{12}:(?=.{1,256}$)[A-Za-z0-9_-]+(\.fifo)?$/;

/** What an action asks of the function. */
export interface Wishes {
  readonly distributionId: string;
  readonly paths?: string[];
  readonly maxPaths?: number;
  readonly pipelineName?: string;
  readonly topicArn?: string;
  readonly timeout?: Duration;
}

/** The JSON object that the function reads from the action's `UserParameters`; an absent key is left out. */
export interface UserParameters {
  readonly DistributionId: string;
  readonly Paths?: string[];
  readonly MaxPaths?: number;
  readonly PipelineName?: string;
  readonly SnsTopicArn?: string;
  readonly TimeoutMinutes?: number;
}

/**
 * The parameters of an action, or an error that tells everything that is wrong with them.
 *
 * Only what is known at synthesis can be judged. A part that CloudFormation or CodePipeline fills in later counts for
 * nothing, also against the limit of 1,000 characters: so what passes here may still be too long, and then the action
 * fails with that message.
 */
export function userParameters(actionName: string, wishes: Wishes): UserParameters {
  const faults = [
    ...distributionFaults(wishes.distributionId),
    ...maxPathsFaults(wishes.maxPaths),
    ...pathsFaults(wishes.paths, wishes.maxPaths),
    ...pipelineNameFaults(wishes.pipelineName),
    ...topicFaults(wishes.topicArn),
    ...timeoutFaults(wishes.timeout),
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
    DistributionId: wishes.distributionId,
    ...(wishes.paths && { Paths: wishes.paths }),
    ...(wishes.maxPaths !== undefined && { MaxPaths: wishes.maxPaths }),
    ...(wishes.pipelineName !== undefined && { PipelineName: wishes.pipelineName }),
    ...(wishes.topicArn !== undefined && { SnsTopicArn: wishes.topicArn }),
    ...(wishes.timeout && { TimeoutMinutes: wishes.timeout.toMinutes() }),
  };
}

function distributionFaults(id: string): string[] {
  const isFine = Token.isUnresolved(id) || DISTRIBUTION_ID.test(id);
  return isFine
    ? []
    : ["distribution must have a distribution's id, such as E2EXAMPLE1ABCD (not its domain name or ARN)"];
}

function maxPathsFaults(maxPaths?: number): string[] {
  const { least, most } = MAX_PATHS;
  const isFine = maxPaths === undefined || Token.isUnresolved(maxPaths) || isWhole(maxPaths, least, most);
  return isFine ? [] : [`maxPaths must be a whole number of paths from ${least} to ${most}`];
}

function pathsFaults(paths?: string[], maxPaths?: number): string[] {
  if (paths === undefined) {
    return [];
  }
  if (isUnknownList(paths)) {
    return ['paths must be a list that is known at synthesis; its items may be tokens'];
  }
  if (paths.length === 0) {
    return ['paths is empty; leave it out to invalidate everything ("/*")'];
  }
  const faults = paths.flatMap(itemFaults);
  // With maxPaths, the function merges them.
  return faults.length > 0 || maxPaths !== undefined ? faults : wildcardFaults(paths);
}

function wildcardFaults(paths: string[]): string[] {
  const wildcards = certainlySent(paths).filter(isWildcard).length;
  const fault =
    `paths has ${wildcards} wildcards; CloudFront runs at most ${WILDCARDS_AT_MOST} at a time; ` +
    'with maxPaths, some are merged';
  return wildcards > WILDCARDS_AT_MOST ? [fault] : [];
}

function itemFaults(path: string, index: number): string[] {
  const fault = pathFault(path);
  return fault === undefined ? [] : [`paths is wrong at item ${index + 1}: it ${PATH_FAULTS[fault]}`];
}

function pipelineNameFaults(name?: string): string[] {
  if (name === undefined) {
    return [];
  }
  if (name === '') {
    return ["pipelineName is empty; leave it out to have CodePipeline's own name used"];
  }
  const known = knownStretches(name).join('');
  const isFine = characters(known) <= PIPELINE_NAME_CHARACTERS_AT_MOST && !/\p{Cc}/u.test(known);
  return isFine
    ? []
    : ["pipelineName must be the pipeline's name: at most 256 characters, none of them a control character"];
}

function topicFaults(arn?: string): string[] {
  const isFine = arn === undefined || Token.isUnresolved(arn) || TOPIC_ARN.test(arn);
  return isFine ? [] : ['topic must have the ARN of an SNS topic, such as arn:aws:sns:us-east-1:111111111111:deploys'];
}

function timeoutFaults(timeout?: Duration): string[] {
  if (timeout === undefined || timeout.isUnresolved()) {
    return [];
  }
  const minutes = timeout.toMinutes({ integral: false });
  const { least, most } = TIMEOUT_MINUTES;
  return isWhole(minutes, least, most) ? [] : [`timeout must be a whole number of minutes from ${least} to ${most}`];
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
