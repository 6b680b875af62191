import { Resource, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';

/** Distribution tenants that are known by their ids alone. The CDK imports distributions so, and no tenants yet. */
export class DistributionTenant extends Resource implements cloudfront.IDistributionTenantRef {
  /** The tenant with this id, such as dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB, in the account of the stack. */
  public static fromDistributionTenantId(
    scope: Construct,
    id: string,
    distributionTenantId: string,
  ): cloudfront.IDistributionTenantRef {
    return new DistributionTenant(scope, id, distributionTenantId);
  }

  public readonly distributionTenantRef: cloudfront.DistributionTenantReference;

  private constructor(scope: Construct, id: string, distributionTenantId: string) {
    super(scope, id);
    this.distributionTenantRef = {
      distributionTenantId,
      distributionTenantArn: distributionTenantArn(Stack.of(this), distributionTenantId),
    };
  }
}

/** "arn:${Partition}:cloudfront::${Account}:distribution-tenant/${Id}", in the account of a stack. */
export function distributionTenantArn(stack: Stack, distributionTenantId: string): string {
  return stack.formatArn({
    service: 'cloudfront',
    region: '',
    resource: 'distribution-tenant',
    resourceName: distributionTenantId,
  });
}
