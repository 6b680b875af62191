import { Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { acknowledge } from './acknowledged';

/** Receives the permissions that an action needs for its targets and its topic. */
export interface IPermissions {
  /** Lets the functions invalidate one more distribution. */
  allowDistribution(distribution: cloudfront.IDistributionRef): void;

  /** Lets them invalidate one more distribution tenant. */
  allowDistributionTenant(tenant: cloudfront.IDistributionTenantRef): void;

  /** Lets them find the target of a domain name. */
  allowAliases(): void;

  /** Lets them publish to one more topic. */
  allowTopic(topic: sns.ITopic): void;
}

/** The actions that invalidate a distribution, and no others in CloudFront. */
export const INVALIDATE = {
  sid: 'Invalidate',
  actions: ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation', 'cloudfront:ListInvalidations'],
};

/** The same for a distribution tenant. */
export const INVALIDATE_TENANTS = {
  sid: 'InvalidateTenants',
  actions: [
    'cloudfront:CreateInvalidationForDistributionTenant',
    'cloudfront:GetInvalidationForDistributionTenant',
    'cloudfront:ListInvalidationsForDistributionTenant',
  ],
};

/** The ARN of a distribution in the account of a stack. */
export function distributionArn(stack: Stack, distributionId: string): string {
  return stack.formatArn({ service: 'cloudfront', region: '', resource: 'distribution', resourceName: distributionId });
}

/** The use of a topic's key, through SNS alone, in `scope`. */
export function useOfTopicKey(scope: iam.Role | iam.Policy, keyArn: string): iam.PolicyStatement {
  acknowledge(
    scope,
    'IAM5[Action::kms:GenerateDataKey*]',
    'SNS requires this family of actions by name, and the resource is the key of one topic.',
  );
  return new iam.PolicyStatement({
    // The permissions that SNS requires of a publisher (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
    actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    resources: [keyArn],
    // The key is in the region of the topic, which may be another region.
    conditions: { StringLike: { 'kms:ViaService': `sns.*.${Stack.of(scope).urlSuffix}` } },
  });
}
