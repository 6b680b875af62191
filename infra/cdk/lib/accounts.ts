import { Token, TokenComparison } from 'aws-cdk-lib';
import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';

/**
 * Rejects a target that is known to be in another account than the invalidator. A role can get no permission there: a
 * distribution has no resource policy. An account that is not known at synthesis is accepted.
 */
export function mustBeInAccountOf(
  invalidator: IConstruct,
  account: string,
  target: IConstruct & Partial<IEnvironmentAware>,
): void {
  const other = target.env?.account;
  if (other !== undefined && areDifferent(other, account)) {
    throw new Error(
      `${target.node.path} is in the account ${other}, and the invalidator ${invalidator.node.path} in ${account}: ` +
        'CloudFront cannot be invalidated across accounts, so create an invalidator and a pipeline in that account.',
    );
  }
}

/** Whether both are known, and are not the same. */
export function areDifferent(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}
