import { Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Acknowledges a finding of cdk-nag's AwsSolutions with its reason, so that an application with that pack synthesizes. The
 * pack is not needed for it: the CDK itself keeps the reasons. cdk-nag 3 needs the whole finding, as in `IAM5[Resource::*]`, and
 * ignores a rule's bare name and the `cdk_nag` metadata of cdk-nag 2.
 */
export function acknowledge(scope: IConstruct, finding: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}
