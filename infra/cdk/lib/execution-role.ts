import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledged';
import { INVALIDATE, INVALIDATE_TENANTS, useOfTopicKey } from './permissions';

/** Whether a bus is known to be one of the account and the region of the stack, so that its name alone says which it is. */
export function isOwnBus(scope: Construct, { env }: events.IEventBus): boolean {
  const { account, region } = Stack.of(scope);
  return env.account === account && env.region === region;
}

export interface ExecutionRoleProps {
  readonly description: string;
  readonly logGroup: logs.ILogGroup;
  readonly encryptionKey?: kms.IKey;
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/** The role of one of the two functions: what both need, written out; no managed policy. */
export class ExecutionRole extends iam.Role {
  private readonly encryptionKey?: kms.IKey;
  /** The statements about what is invalidated, by their sids. They grow with what the actions name. */
  private readonly growing = new Map<string, iam.Grant>();

  constructor(scope: Construct, id: string, props: ExecutionRoleProps) {
    super(scope, id, {
      description: props.description,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      permissionsBoundary: props.permissionsBoundary,
    });
    this.encryptionKey = props.encryptionKey;
    this.allow('WriteOwnLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [props.logGroup.logGroupArn]);
    this.allow(
      'ReportResults',
      ['codepipeline:PutJobSuccessResult', 'codepipeline:PutJobFailureResult', 'codepipeline:GetJobDetails'],
      // The service authorization reference lists no resource type for these actions
      // (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html).
      ['*'],
    );
    acknowledge(
      this,
      'IAM5[Resource::*]',
      "CodePipeline's job actions, EC2's network interfaces, X-Ray's put actions and cloudfront:ListDistributions have no resource type that a policy could " +
        'name, and the tenant of a domain is not known before cloudfront:GetDistributionTenantByDomain.',
    );
    if (props.encryptionKey) {
      // The permissions that DynamoDB requires to read and write a table with a customer managed key
      // (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html); Lambda, for the
      // environment, and SNS require some of them. The key can only be used through these three services.
      const actions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
      const { region, urlSuffix } = Stack.of(this);
      const services = ['dynamodb', 'lambda', 'sns'].map((service) => `${service}.${region}.${urlSuffix}`);
      this.allow('UseKey', actions, [props.encryptionKey.keyArn]).addCondition('StringEquals', {
        'kms:ViaService': services,
      });
      for (const family of ['kms:GenerateDataKey*', 'kms:ReEncrypt*']) {
        acknowledge(
          this,
          `IAM5[Action::${family}]`,
          'DynamoDB and SNS require this family of actions by name, and the resource is one key.',
        );
      }
    }
  }

  public allow(sid: string, actions: string[], resources: string[]): iam.PolicyStatement {
    const statement = new iam.PolicyStatement({ sid, actions, resources });
    this.addToPrincipalPolicy(statement);
    return statement;
  }

  /** Allows the same on one more resource. */
  private allowMore(sid: string, actions: string[], resource: string): iam.Grant {
    const known = this.growing.get(sid);
    if (known) {
      known.principalStatements.forEach((statement) => statement.addResources(resource));
      return known;
    }
    const grant = iam.Grant.addToPrincipal({ grantee: this, actions, resourceArns: [resource] });
    grant.principalStatements.forEach((statement) => (statement.sid = sid));
    this.growing.set(sid, grant);
    return grant;
  }

  /** Allows invalidating one more distribution, and nothing else in CloudFront. */
  public allowInvalidation(distributionArn: string): iam.Grant {
    return this.allowMore(INVALIDATE.sid, INVALIDATE.actions, distributionArn);
  }

  /** Allows to invalidate one more distribution tenant. */
  public allowTenantInvalidation(tenantArn: string): iam.Grant {
    return this.allowMore(INVALIDATE_TENANTS.sid, INVALIDATE_TENANTS.actions, tenantArn);
  }

  /**
   * Allows finding the target of a domain name. The service authorization reference lists no resource type for
   * ListDistributions, and "If there is no value for this column, you must specify all resources ("*")". For
   * GetDistributionTenantByDomain it lists distribution-tenant; the call returns the tenant, so a policy cannot name it, and a
   * domain may have none (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html).
   */
  public allowAliases(): iam.Grant {
    return this.allowMore(
      'ResolveAliases',
      ['cloudfront:GetDistributionTenantByDomain', 'cloudfront:ListDistributions'],
      '*',
    );
  }

  /**
   * Allows Lambda to connect the function to a VPC. "These actions must be allowed on all resources"; the functions themselves may
   * not do it (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions).
   */
  public allowNetworkInterfaces(): void {
    const actions = [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ];
    this.allow('ConnectToVpc', actions, ['*']);
    // "lambda:SourceFunctionArn" is present in calls from the function's code, and absent in calls from the service.
    const deny = new iam.PolicyStatement({ sid: 'DenyCode', effect: iam.Effect.DENY, actions, resources: ['*'] });
    deny.addCondition('Null', { 'lambda:SourceFunctionArn': 'false' });
    this.addToPrincipalPolicy(deny);
  }

  /** Allows to put events on a bus, and to find out whether it exists if it is one of this account. */
  public allowEvents(eventBus: events.IEventBus): void {
    this.allow('PutEvents', ['events:PutEvents'], [eventBus.eventBusArn]);
    if (isOwnBus(this, eventBus)) {
      this.allow('FindBus', ['events:DescribeEventBus'], [eventBus.eventBusArn]);
    }
  }

  /**
   * Allows to publish to one more topic, and to use its key, if the topic knows one, through SNS alone. Not `grantPublish`,
   * which allows the key for anything.
   */
  public allowPublishing(topic: sns.ITopic): iam.Grant {
    const grant = iam.Grant.addToPrincipalOrResource({
      grantee: this,
      actions: ['sns:Publish'],
      resourceArns: [topic.topicArn],
      resource: topic,
    });
    const key = topic.masterKey;
    if (key && key.keyArn !== this.encryptionKey?.keyArn) {
      this.addToPrincipalPolicy(useOfTopicKey(this, key.keyArn));
    }
    return grant;
  }
}
