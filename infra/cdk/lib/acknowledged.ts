import { Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Says why a finding of cdk-nag's AwsSolutions stays as it is, so that an application with that pack synthesizes. The pack is
 * not needed for it: the CDK itself keeps the reasons. cdk-nag 3 wants the finding in whole, as in `IAM5[Resource::*]`, and
 * ignores a rule's bare name and the `cdk_nag` metadata of cdk-nag 2.
 */
export function acknowledge(scope: IConstruct, finding: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}
