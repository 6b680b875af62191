import { Names, Stack, Token } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { mustBeInAccountOf } from './accounts';
import { CloudFrontInvalidator } from './cloudfront-invalidator';
import { distributionTenantArn } from './distribution-tenant';
import { distributionArn, INVALIDATE, INVALIDATE_TENANTS, IPermissions, useOfTopicKey } from './permissions';

/** The policy in a pipeline's stack for both roles of an invalidator that another stack makes. */
class PolicyElsewhere extends iam.Policy {
  public static of(stack: Stack, invalidator: CloudFrontInvalidator): PolicyElsewhere {
    const id = `PermissionsOf${invalidator.node.addr}`;
    return (stack.node.tryFindChild(id) as PolicyElsewhere | undefined) ?? new PolicyElsewhere(stack, id, invalidator);
  }

  private readonly growing = new Map<string, iam.PolicyStatement>();
  private readonly topicArns = new Set<string>();

  private constructor(stack: Stack, id: string, invalidator: CloudFrontInvalidator) {
    super(stack, id, { roles: [invalidator.startRole, invalidator.checkerRole] });
    // By default it is named after its logical id, which two stacks may have alike. Of two policies with one name, a role keeps
    // the later.
    this.cfnPolicy().policyName = Names.uniqueResourceName(this, { maxLength: 128 });
  }

  public allow({ sid, actions }: typeof INVALIDATE, resource: string): void {
    const statement = this.growing.get(sid);
    if (statement) {
      statement.addResources(resource);
      return;
    }
    const added = new iam.PolicyStatement({ sid, actions, resources: [resource] });
    this.growing.set(sid, added);
    this.addStatements(added);
  }

  public allowTopic(topic: sns.ITopic): void {
    if (this.topicArns.has(topic.topicArn)) {
      return;
    }
    this.topicArns.add(topic.topicArn);
    this.addStatements(new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
    if (topic.masterKey) {
      this.addStatements(useOfTopicKey(this, topic.masterKey.keyArn));
    }
  }

  private cfnPolicy(): iam.CfnPolicy {
    return this.node.findAll().find((child): child is iam.CfnPolicy => child instanceof iam.CfnPolicy)!;
  }
}

/**
 * The permissions for an action whose invalidator is made in another stack. What the pipeline's stack knows at synthesis is
 * allowed where the invalidator is. Anything else is a reference, and that stack must not refer to this one, which refers to its
 * function already: CloudFormation could deploy neither first. So it is allowed here, by a policy for the roles there.
 */
export class PermissionsElsewhere implements IPermissions {
  private readonly stack: Stack;

  constructor(
    private readonly invalidator: CloudFrontInvalidator,
    private readonly pipeline: codepipeline.IPipeline,
  ) {
    this.stack = Stack.of(pipeline);
  }

  public allowDistribution(distribution: cloudfront.IDistributionRef): void {
    const { distributionId } = distribution.distributionRef;
    if (!Token.isUnresolved(distributionId)) {
      this.invalidator.allowDistribution(distribution);
      return;
    }
    mustBeInAccountOf(this.invalidator, Stack.of(this.invalidator).account, distribution);
    this.invalidator._namesTargetElsewhere();
    this.policy().allow(INVALIDATE, distributionArn(this.stack, distributionId));
  }

  public allowDistributionTenant(tenant: cloudfront.IDistributionTenantRef): void {
    const { distributionTenantId } = tenant.distributionTenantRef;
    if (!Token.isUnresolved(distributionTenantId)) {
      this.invalidator.allowDistributionTenant(tenant);
      return;
    }
    mustBeInAccountOf(this.invalidator, Stack.of(this.invalidator).account, tenant);
    this.invalidator._namesTargetElsewhere();
    this.policy().allow(INVALIDATE_TENANTS, distributionTenantArn(this.stack, distributionTenantId));
  }

  public allowAliases(): void {
    this.invalidator.allowAliases();
  }

  public allowTopic(topic: sns.ITopic): void {
    if (!Token.isUnresolved(topic.topicArn)) {
      this.invalidator.allowTopic(topic);
      return;
    }
    this.invalidator._namesTopicElsewhere();
    this.policy().allowTopic(topic);
  }

  private policy(): PolicyElsewhere {
    const policy = PolicyElsewhere.of(this.stack, this.invalidator);
    // A new pipeline runs at once.
    this.pipeline.node.addDependency(policy);
    return policy;
  }
}
