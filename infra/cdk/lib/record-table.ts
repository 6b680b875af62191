import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ExecutionRole } from './execution-role';
import { CloudFrontInvalidatorProps } from './invalidator-props';

/** The index of unfinished records. It is sparse: a finished record is not in it. */
const UNFINISHED = 'unfinished';

/** The index of the same records by the time at which they become overdue. */
const OVERDUE = 'overdue';

/** The table that holds one record for each execution, and one queue for each distribution. */
export class RecordTable extends dynamodb.Table {
  constructor(scope: Construct, id: string, props: CloudFrontInvalidatorProps, writers: iam.IRole[]) {
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.DESTROY;
    if (removalPolicy === RemovalPolicy.SNAPSHOT) {
      // CloudFormation takes snapshots of some resource types, and DynamoDB's is not one of them
      // (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html).
      throw new Error('removalPolicy must not be SNAPSHOT: a table has none. RETAIN keeps the table.');
    }
    super(scope, id, {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expires_at',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: props.pointInTimeRecovery ?? true },
      deletionProtection: props.deletionProtection ?? false,
      resourcePolicy: props.lockTable ? writtenOnlyBy(writers) : undefined,
      removalPolicy,
      // Without a customer managed key, DynamoDB encrypts with an AWS owned key.
      encryption: props.encryptionKey && dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: props.encryptionKey,
    });
    this.addIndex(UNFINISHED, 'due_at');
    this.addIndex(OVERDUE, 'overdue_at');
  }

  private addIndex(indexName: string, sortKey: string): void {
    this.addGlobalSecondaryIndex({
      indexName,
      partitionKey: { name: 'due_shard', type: dynamodb.AttributeType.STRING },
      sortKey: { name: sortKey, type: dynamodb.AttributeType.NUMBER },
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    });
  }

  /** Explicit statements, because `grant` allows the indexes wherever it allows the table. */
  public allowExecutions(role: ExecutionRole): void {
    const actions = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
    role.allow('KeepRecordsAndQueues', actions, [this.tableArn]);
  }

  public allowPasses(role: ExecutionRole): void {
    const indexes = [OVERDUE, UNFINISHED].map((name) => `${this.tableArn}/index/${name}`);
    role.allow('FindDueAndOverdueRecords', ['dynamodb:Query'], indexes);
  }
}

/** A policy that allows nothing, and denies writing items to all principals except these. */
function writtenOnlyBy(writers: iam.IRole[]): iam.PolicyDocument {
  const statement = new iam.PolicyStatement({
    sid: 'DenyOthersToWrite',
    effect: iam.Effect.DENY,
    principals: [new iam.StarPrincipal()],
    actions: [
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:PartiQLDelete',
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLUpdate',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
    // In a table's policy, "*" is the table itself.
    resources: ['*'],
    conditions: { ArnNotEquals: { 'aws:PrincipalArn': writers.map((role) => role.roleArn) } },
  });
  return new iam.PolicyDocument({ statements: [statement] });
}
