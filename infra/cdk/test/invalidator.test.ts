import { CfnParameter, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CloudFrontInvalidator, CloudFrontInvalidatorProps, Monitoring } from '../lib';
import { app, distribution, distributionArn, invalidatorTemplate, permissions, resource, stack } from './stacks';

const DEPLOYS = 'arn:aws:sns:us-east-1:111111111111:deploys';

const byDefault = invalidatorTemplate();
const logicalId = (id: string) => resource(byDefault, id).logicalId;
const arnOf = (id: string) => ({ 'Fn::GetAtt': [logicalId(id), 'Arn'] });

describe('by default', () => {
  test.each([
    ['StartFunction', 600, 'StartLogGroup', 'StartRole'],
    ['CheckerFunction', 55, 'CheckerLogGroup', 'CheckerRole'],
  ])('%s is a small arm64 bootstrap with a log of its own', (id, timeout, logGroup, role) => {
    const { Properties } = resource(byDefault, id);
    expect(Properties).toMatchObject({
      Runtime: 'provided.al2023',
      Handler: 'bootstrap',
      Architectures: ['arm64'],
      MemorySize: 128,
      Timeout: timeout,
      TracingConfig: { Mode: 'PassThrough' },
      LoggingConfig: {
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'WARN',
        LogGroup: { Ref: logicalId(logGroup) },
      },
      Role: arnOf(role),
    });
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(resource(byDefault, logGroup)).toMatchObject({
      Properties: { RetentionInDays: 30 },
      DeletionPolicy: 'Delete',
    });
  });

  test('both functions read the same settings, and no topic', () => {
    const environment = resource(byDefault, 'StartFunction').Properties.Environment;
    expect(environment).toEqual({
      Variables: {
        TABLE_NAME: { Ref: logicalId('Table') },
        MAX_WAIT_SECONDS: '540',
        TIMEOUT_MINUTES: '15',
        RETENTION_DAYS: '30',
        RESERVED_WILDCARDS: '2',
        MAX_TARGETS_PER_ACTION: '100',
        MAX_PATHS_PER_ACTION: '3000',
        METRICS: 'basic',
        ALLOWED_TOPIC_ARNS: 'none',
      },
    });
    expect(resource(byDefault, 'CheckerFunction').Properties.Environment).toEqual({
      Variables: { ...environment.Variables, START_FUNCTION_ARN: arnOf('StartFunction') },
    });
  });

  test('a job that start failed to take goes to the checker, and to nothing that would keep it', () => {
    expect(resource(byDefault, 'StartFunctionEventInvokeConfig').Properties).toEqual({
      FunctionName: { Ref: logicalId('StartFunction') },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 480,
      DestinationConfig: { OnFailure: { Destination: arnOf('CheckerFunction') } },
    });
    expect(resource(byDefault, 'CheckerFunctionEventInvokeConfig').Properties).toEqual({
      FunctionName: { Ref: logicalId('CheckerFunction') },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 600,
    });
  });

  test('the checker is woken each minute', () => {
    expect(resource(byDefault, 'Schedule').Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: arnOf('CheckerFunction'),
        RoleArn: arnOf('ScheduleRole'),
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
    const [trust] = resource(byDefault, 'ScheduleRole').Properties.AssumeRolePolicyDocument.Statement;
    expect(trust.Principal).toEqual({ Service: 'scheduler.amazonaws.com' });
    expect(trust.Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
  });

  test('the table expires what is finished, finds what is not, and leaves with the stack', () => {
    const { Properties, DeletionPolicy, UpdateReplacePolicy } = resource(byDefault, 'Table');
    expect(Properties).toEqual({
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'due_shard', AttributeType: 'S' },
        { AttributeName: 'due_at', AttributeType: 'N' },
        { AttributeName: 'overdue_at', AttributeType: 'N' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'unfinished',
          KeySchema: [
            { AttributeName: 'due_shard', KeyType: 'HASH' },
            { AttributeName: 'due_at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
        {
          IndexName: 'overdue',
          KeySchema: [
            { AttributeName: 'due_shard', KeyType: 'HASH' },
            { AttributeName: 'overdue_at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: false,
    });
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['Delete', 'Delete']);
  });

  test('nothing has a physical name, so that a second stack does not collide', () => {
    const named = Object.entries<any>(byDefault.toJSON().Resources).flatMap(([id, { Type, Properties }]) => {
      const names = [
        'FunctionName',
        'RoleName',
        'TableName',
        'LogGroupName',
        'Name',
        'AlarmName',
        'DashboardName',
        'TopicName',
      ];
      // The first is a reference to a function; CloudFormation demands the second, and the stack's name is in it.
      const isFree = (name: string) =>
        (Type === 'AWS::Lambda::EventInvokeConfig' && name === 'FunctionName') ||
        (Type === 'AWS::Logs::QueryDefinition' && JSON.stringify(Properties[name]).includes('AWS::StackName'));
      return names.filter((name) => name in Properties && !isFree(name)).map((name) => `${id}.${name}`);
    });
    expect(named).toEqual([]);
  });
});

describe('permissions', () => {
  const cloudfront = distributionArn('E2EXAMPLE1ABCD');
  const both = () => ({
    'logs:CreateLogStream': arnOf('StartLogGroup'),
    'logs:PutLogEvents': arnOf('StartLogGroup'),
    'xray:PutTraceSegments': '*',
    'xray:PutTelemetryRecords': '*',
    'codepipeline:PutJobSuccessResult': '*',
    'codepipeline:PutJobFailureResult': '*',
    'codepipeline:GetJobDetails': '*',
    'cloudfront:CreateInvalidation': cloudfront,
    'cloudfront:GetInvalidation': cloudfront,
    'cloudfront:ListInvalidations': cloudfront,
    'dynamodb:GetItem': arnOf('Table'),
    'dynamodb:PutItem': arnOf('Table'),
    'dynamodb:UpdateItem': arnOf('Table'),
  });

  test('start may do this and no more', () => {
    expect(permissions(byDefault, 'StartRole')).toEqual({
      ...both(),
      'lambda:InvokeFunction': arnOf('CheckerFunction'),
    });
  });

  test('the checker may do this and no more', () => {
    expect(permissions(byDefault, 'CheckerRole')).toEqual({
      ...both(),
      'logs:CreateLogStream': arnOf('CheckerLogGroup'),
      'logs:PutLogEvents': arnOf('CheckerLogGroup'),
      'dynamodb:Query': ['overdue', 'unfinished'].map((index) => ({
        'Fn::Join': ['', [arnOf('Table'), `/index/${index}`]],
      })),
    });
  });

  test('the schedule may wake the checker and no more', () => {
    expect(permissions(byDefault, 'ScheduleRole')).toEqual({ 'lambda:InvokeFunction': arnOf('CheckerFunction') });
  });

  test('the feature flags of a new application change nothing of this', () => {
    const flags = require.resolve('aws-cdk-lib/recommended-feature-flags.json');
    const context = JSON.parse(fs.readFileSync(flags, 'utf8'));
    expect(context).toHaveProperty('@aws-cdk/aws-iam:minimizePolicies', true);
    const own = new Stack(app({ context }), 'Stack');
    new CloudFrontInvalidator(own, 'Default', { distributions: [distribution(own)] });
    const template = Template.fromStack(own);
    for (const role of ['StartRole', 'CheckerRole', 'ScheduleRole']) {
      expect(permissions(template, role)).toEqual(permissions(byDefault, role));
    }
  });

  test('no role has a managed policy', () => {
    for (const { Properties } of Object.values(byDefault.findResources('AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  test('a boundary reaches every role', () => {
    const template = invalidatorTemplate((own) => ({
      permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyArn(
        own,
        'Boundary',
        'arn:aws:iam::111111111111:policy/boundary',
      ),
    }));
    const roles = Object.values(template.findResources('AWS::IAM::Role'));
    expect(roles).toHaveLength(3);
    for (const { Properties } of roles) {
      expect(Properties.PermissionsBoundary).toBe('arn:aws:iam::111111111111:policy/boundary');
    }
  });

  test('without a distribution there is nothing to do, and synthesis says so', () => {
    const own = stack();
    new CloudFrontInvalidator(own, 'Idle');
    expect(() => Template.fromStack(own)).toThrow(/Nothing may be invalidated: specify distributions or distr/);
  });
});

describe('a VPC', () => {
  const vpcOf = (own: Stack) =>
    ec2.Vpc.fromVpcAttributes(own, 'Vpc', {
      vpcId: 'vpc-11111111',
      availabilityZones: ['us-east-1a', 'us-east-1b'],
      privateSubnetIds: ['subnet-11111111', 'subnet-22222222'],
      isolatedSubnetIds: ['subnet-33333333', 'subnet-44444444'],
    });
  const INTERFACES = ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces'];

  test('has both functions in its private subnets, each with a security group', () => {
    const template = invalidatorTemplate((own) => ({ vpc: vpcOf(own) }));
    for (const name of ['Start', 'Checker']) {
      expect(resource(template, `${name}Function`).Properties.VpcConfig).toEqual({
        SubnetIds: ['subnet-11111111', 'subnet-22222222'],
        SecurityGroupIds: [{ 'Fn::GetAtt': [resource(template, `${name}FunctionSecurityGroup`).logicalId, 'GroupId'] }],
      });
    }
  });

  test('has them in the subnets and security groups that are given', () => {
    const template = invalidatorTemplate((own) => ({
      vpc: vpcOf(own),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(own, 'Group', 'sg-11111111')],
    }));
    for (const name of ['Start', 'Checker']) {
      expect(resource(template, `${name}Function`).Properties.VpcConfig).toEqual({
        SubnetIds: ['subnet-33333333', 'subnet-44444444'],
        SecurityGroupIds: ['sg-11111111'],
      });
    }
  });

  test('lets Lambda make network interfaces, and the code none', () => {
    const template = invalidatorTemplate((own) => ({ vpc: vpcOf(own) }));
    for (const name of ['Start', 'Checker']) {
      const roles = [{ Ref: resource(template, `${name}Role`).logicalId }];
      for (const [Effect, Condition] of [
        ['Allow', Match.absent()],
        ['Deny', { Null: { 'lambda:SourceFunctionArn': 'false' } }],
      ] as const) {
        const statement = { Effect, Condition, Action: Match.arrayWith(INTERFACES), Resource: '*' };
        template.hasResourceProperties('AWS::IAM::Policy', {
          Roles: roles,
          PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(statement)]) },
        });
      }
      expect(resource(template, `${name}Role`).Properties).not.toHaveProperty('ManagedPolicyArns');
    }
    expect(permissions(byDefault, 'StartRole')).not.toHaveProperty(['ec2:CreateNetworkInterface']);
  });

  test('is there if its subnets are', () => {
    const vpcSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    expect(() => invalidatorTemplate({ vpcSubnets })).toThrow('vpcSubnets and securityGroups need a vpc.');
  });
});

/** The conditions under which roles may use keys, a statement each. */
function usesOfKeys(template: Template): unknown[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  const statements = policies.flatMap(({ Properties }): any[] => Properties.PolicyDocument.Statement);
  return statements.filter(({ Action }) => JSON.stringify(Action).includes('kms:')).map(({ Condition }) => Condition);
}

describe('the table', () => {
  test('has no policy of its own unless it is locked', () => {
    expect(resource(byDefault, 'Table').Properties).not.toHaveProperty('ResourcePolicy');
  });

  test('that is locked is written by the two roles alone, and allows nothing', () => {
    const template = invalidatorTemplate({ lockTable: true });
    const roles = ['StartRole', 'CheckerRole'].map((name) => ({
      'Fn::GetAtt': [resource(template, name).logicalId, 'Arn'],
    }));
    const { Statement } = resource(template, 'Table').Properties.ResourcePolicy.PolicyDocument;
    expect(Statement).toHaveLength(1);
    expect(Statement[0]).toMatchObject({
      Effect: 'Deny',
      Principal: '*',
      Action: expect.arrayContaining(['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']),
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': roles } },
    });
  });
});

describe('topics', () => {
  test('those that are given may be named and published to', () => {
    const template = invalidatorTemplate((own) => ({
      topics: ['one', 'two'].map((name) =>
        sns.Topic.fromTopicArn(own, name, `arn:aws:sns:eu-west-1:111111111111:${name}`),
      ),
    }));
    const arns = ['arn:aws:sns:eu-west-1:111111111111:one', 'arn:aws:sns:eu-west-1:111111111111:two'];
    for (const name of ['Start', 'Checker']) {
      expect(permissions(template, `${name}Role`)['sns:Publish']).toEqual(arns);
      const variables = resource(template, `${name}Function`).Properties.Environment.Variables;
      expect(variables.ALLOWED_TOPIC_ARNS).toBe(arns.join(','));
      expect(variables).not.toHaveProperty('DEFAULT_TOPIC_ARN');
    }
  });

  test('the default topic is one of them, given or made here', () => {
    const given = invalidatorTemplate((own) => ({ defaultTopic: sns.Topic.fromTopicArn(own, 'Deploys', DEPLOYS) }));
    const made = invalidatorTemplate({ createTopic: true });
    for (const [template, arn] of [
      [given, DEPLOYS],
      [made, { Ref: resource(made, 'Topic').logicalId }],
    ] as const) {
      expect(permissions(template, 'StartRole')['sns:Publish']).toEqual(arn);
      expect(resource(template, 'StartFunction').Properties.Environment.Variables).toMatchObject({
        DEFAULT_TOPIC_ARN: arn,
        ALLOWED_TOPIC_ARNS: arn,
      });
    }
  });

  test('there is one default topic', () => {
    const both = (own: Stack) => ({ createTopic: true, defaultTopic: sns.Topic.fromTopicArn(own, 'Deploys', DEPLOYS) });
    expect(() => invalidatorTemplate(both)).toThrow(/defaultTopic or createTopic, not both/);
  });

  test('the key of an encrypted topic may be used, too, through SNS', () => {
    const template = invalidatorTemplate((own) => {
      const masterKey = kms.Key.fromKeyArn(own, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/one');
      return { topics: [new sns.Topic(own, 'Encrypted', { masterKey })] };
    });
    for (const role of ['StartRole', 'CheckerRole']) {
      expect(permissions(template, role)).toMatchObject({
        'kms:Decrypt': 'arn:aws:kms:us-east-1:111111111111:key/one',
        'kms:GenerateDataKey*': 'arn:aws:kms:us-east-1:111111111111:key/one',
      });
    }
    expect(usesOfKeys(template)).toEqual(
      Array(2).fill({ StringLike: { 'kms:ViaService': { 'Fn::Join': ['', ['sns.*.', { Ref: 'AWS::URLSuffix' }]] } } }),
    );
  });
});

describe('an encryption key', () => {
  const template = invalidatorTemplate((own) => ({ encryptionKey: new kms.Key(own, 'Key'), createTopic: true }));
  const key = { 'Fn::GetAtt': [resource(template, 'Key').logicalId, 'Arn'] };

  test('encrypts the table, both logs, both environments and the topic', () => {
    expect(resource(template, 'Table').Properties.SSESpecification).toEqual({
      SSEEnabled: true,
      SSEType: 'KMS',
      KMSMasterKeyId: key,
    });
    for (const name of ['Start', 'Checker']) {
      expect(resource(template, `${name}LogGroup`).Properties.KmsKeyId).toEqual(key);
      expect(resource(template, `${name}Function`).Properties.KmsKeyArn).toEqual(key);
      expect(permissions(template, `${name}Role`)).toMatchObject({ 'kms:Encrypt': key, 'kms:ReEncrypt*': key });
    }
    expect(resource(template, 'Topic').Properties.KmsMasterKeyId).toEqual(key);
  });

  test('is used through three services only, and admits the logs of this account and region', () => {
    const services = ['dynamodb.', 'lambda.', 'sns.'].map((service) => ({
      'Fn::Join': ['', [service, { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]],
    }));
    expect(usesOfKeys(template)).toEqual(Array(2).fill({ StringEquals: { 'kms:ViaService': services } }));
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': Match.anyValue() } } }),
        ]),
      },
    });
  });
});

describe('what can be set', () => {
  test('reaches the resources', () => {
    const template = invalidatorTemplate({
      architecture: lambda.Architecture.X86_64,
      startCode: lambda.Code.fromCfnParameters(),
      checkerCode: lambda.Code.fromCfnParameters(),
      maxWait: Duration.seconds(0),
      timeout: Duration.hours(1),
      recordRetention: Duration.days(90),
      reservedWildcards: 0,
      logLevel: lambda.ApplicationLogLevel.DEBUG,
      logRetention: logs.RetentionDays.ONE_YEAR,
      startReservedConcurrency: 5,
      pointInTimeRecovery: false,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      monitoring: Monitoring.NONE,
    });
    for (const name of ['StartFunction', 'CheckerFunction']) {
      expect(resource(template, name).Properties).toMatchObject({
        Architectures: ['x86_64'],
        LoggingConfig: { ApplicationLogLevel: 'DEBUG' },
        Environment: {
          Variables: { MAX_WAIT_SECONDS: '0', TIMEOUT_MINUTES: '60', RETENTION_DAYS: '90', RESERVED_WILDCARDS: '0' },
        },
      });
    }
    expect(resource(template, 'StartFunction').Properties.ReservedConcurrentExecutions).toBe(5);
    expect(resource(template, 'CheckerFunction').Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(resource(template, 'StartLogGroup').Properties.RetentionInDays).toBe(365);
    expect(resource(template, 'Table')).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      },
    });
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });

  test.each<[string, CloudFrontInvalidatorProps]>([
    ['maxWait must be a whole number of seconds from 0 to 580', { maxWait: Duration.seconds(581) }],
    ['timeout must be a whole number of minutes from 1 to 1380', { timeout: Duration.seconds(90) }],
    ['timeout must be a whole number of minutes from 1 to 1380', { timeout: Duration.hours(24) }],
    ['recordRetention must be a whole number of days from 2 to 365', { recordRetention: Duration.days(1) }],
    ['reservedWildcards must be a whole number of wildcards from 0 to 14', { reservedWildcards: 15 }],
    ['reservedWildcards must be a whole number of wildcards from 0 to 14', { reservedWildcards: -1 }],
    ['reservedWildcards must be a whole number of wildcards from 0 to 14', { reservedWildcards: 2.5 }],
    ['maxTargetsPerAction must be a whole number of targets from 1 to 200', { maxTargetsPerAction: 201 }],
    ['maxPathsPerAction must be a whole number of paths from 1 to 3000', { maxPathsPerAction: 0 }],
    ['allowedPipelines is invalid: it has no entry', { allowedPipelines: {} }],
    ['"a b" must be the name of a pipeline', { allowedPipelines: { 'a b': ['E1'] } }],
    ['"*a" must be the name of a pipeline', { allowedPipelines: { '*a': ['E1'] } }],
    ['"site" must have ids', { allowedPipelines: { site: [] } }],
    ['"site" must have ids', { allowedPipelines: { site: ['E1', '*'] } }],
    ['startReservedConcurrency must be a whole number from 1 to 1000', { startReservedConcurrency: 0 }],
    ['logLevel must be TRACE, DEBUG or INFO', { logLevel: lambda.ApplicationLogLevel.WARN }],
    ["monitoring must be none, basic, full, known at synthesis; it is 'Full'", { monitoring: 'Full' as Monitoring }],
    ['known at synthesis', { monitoring: Lazy.string({ produce: () => 'full' }) as Monitoring }],
  ])('is refused out of range: %s', (message, props) => {
    expect(() => invalidatorTemplate(props)).toThrow(message);
  });

  test('may restrict pipelines, also to an id that CloudFormation fills in', () => {
    const template = invalidatorTemplate((own) => {
      const distributionId = new CfnParameter(own, 'Site').valueAsString;
      return { allowedPipelines: { site: [distributionId, 'dt_1'], 'shop-*': ['*'] } };
    });
    const { ALLOWED_PIPELINES } = resource(template, 'StartFunction').Properties.Environment.Variables;
    const [, [before, reference, after]] = ALLOWED_PIPELINES['Fn::Join'];
    expect(reference).toEqual({ Ref: 'Site' });
    expect(JSON.parse(`${before}E1${after}`)).toEqual({ site: ['E1', 'dt_1'], 'shop-*': '*' });
  });

  test('may be a number that CloudFormation fills in', () => {
    const template = invalidatorTemplate((own) => {
      const number = (id: string) => new CfnParameter(own, id, { type: 'Number' }).valueAsNumber;
      return {
        maxWait: Duration.seconds(number('Seconds')),
        timeout: Duration.minutes(number('Minutes')),
        recordRetention: Duration.days(number('Days')),
        reservedWildcards: Lazy.number({ produce: () => 3 }),
        startReservedConcurrency: number('Concurrency'),
        logLevel: new CfnParameter(own, 'Level').valueAsString as lambda.ApplicationLogLevel,
        monitoring: Monitoring.FULL,
        alarmThresholds: { StartErrorsAlarm: number('Threshold') },
      };
    });
    const { Environment, ReservedConcurrentExecutions, LoggingConfig } = resource(template, 'StartFunction').Properties;
    expect(Environment.Variables).toMatchObject({
      MAX_WAIT_SECONDS: { Ref: 'Seconds' },
      TIMEOUT_MINUTES: { Ref: 'Minutes' },
      RETENTION_DAYS: { Ref: 'Days' },
      RESERVED_WILDCARDS: '3',
    });
    expect(ReservedConcurrentExecutions).toEqual({ Ref: 'Concurrency' });
    expect(LoggingConfig.ApplicationLogLevel).toEqual({ Ref: 'Level' });
    expect(resource(template, 'StartErrorsAlarm').Properties.Threshold).toEqual({ Ref: 'Threshold' });
  });

  test('is a removal policy that a table can have', () => {
    expect(() => invalidatorTemplate({ removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow(
      'removalPolicy must not be SNAPSHOT',
    );
    const kept = invalidatorTemplate({ removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE });
    expect(resource(kept, 'Table').DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  test('is the memory and the tracing of both functions', () => {
    const template = invalidatorTemplate({ memorySize: 256, tracing: lambda.Tracing.DISABLED });
    for (const name of ['Start', 'Checker']) {
      const { MemorySize, TracingConfig } = resource(template, `${name}Function`).Properties;
      expect([MemorySize, TracingConfig]).toEqual([256, undefined]);
      expect(permissions(template, `${name}Role`)).not.toHaveProperty(['xray:PutTraceSegments']);
    }
  });

  test('two in one stack get along', () => {
    const own = stack();
    for (const id of ['One', 'Two']) {
      new CloudFrontInvalidator(own, id, { distributions: [distribution(own, `E${id.toUpperCase()}`)] });
    }
    const template = Template.fromStack(own);
    template.resourceCountIs('AWS::Lambda::Function', 4);
    const names = Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) =>
      JSON.stringify(Properties.Name),
    );
    expect(new Set(names).size).toBe(16);
  });
});
