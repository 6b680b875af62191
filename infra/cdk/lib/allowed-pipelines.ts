import { Token } from 'aws-cdk-lib';
import { CloudFrontInvalidatorProps } from './invalidator-props';
import { KINDS } from './targets';

/** "Pipeline name … 100 characters", with the pattern `[A-Za-z0-9.@\-_]+`. */
const NAME = /^(?=.{1,100}$)[A-Za-z0-9.@_-]*\*?$/;
const EVERY = '*';

/** The setting that says which pipelines may invalidate what; none if each may invalidate everything. */
export function allowedPipelines(props: CloudFrontInvalidatorProps): string | undefined {
  if (props.allowedPipelines === undefined) {
    return undefined;
  }
  const rules = Object.entries(props.allowedPipelines);
  const faults = [
    ...(rules.length === 0 ? ['it has no entry: name at least one pipeline, or omit it'] : []),
    ...rules.flatMap(([name, targets]) => faultsOf(name, targets)),
  ];
  if (faults.length > 0) {
    throw new Error(`allowedPipelines is invalid: ${faults.join('; ')}.`);
  }
  return JSON.stringify(Object.fromEntries(rules.map(([name, targets]) => [name, isEvery(targets) ? EVERY : targets])));
}

function isEvery(targets: string[]): boolean {
  return targets.length === 1 && targets[0] === EVERY;
}

/** Names and ids that CloudFormation fills in are checked by the functions. */
function faultsOf(name: string, targets: string[]): string[] {
  const isId = (target: string) =>
    Token.isUnresolved(target) || KINDS.distribution.pattern.test(target) || KINDS.tenant.pattern.test(target);
  const isRight = isEvery(targets) || (targets.length > 0 && targets.every(isId));
  return [
    ...(Token.isUnresolved(name) || NAME.test(name)
      ? []
      : [`"${name}" must be the name of a pipeline, at most 100 characters, with a "*" only at the end`]),
    ...(isRight ? [] : [`"${name}" must have ids of distributions and distribution tenants, or only "*"`]),
  ];
}
