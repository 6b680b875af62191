import { Token, TokenComparison } from 'aws-cdk-lib';
import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';

/**
 * Refuses what an invalidator is to invalidate if it is known to be in another account. A role may be allowed nothing there:
 * a distribution has no policy of its own that could admit it. An account that is not known at synthesis passes.
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
        'CloudFront cannot be invalidated across accounts, so give that account an invalidator and a pipeline of its own.',
    );
  }
}

/** Whether both are known, and are not the same. */
export function areDifferent(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}
