import { Annotations as CdkAnnotations, App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { describe, expect, test, vi } from 'vitest';
import {
  CloudFrontInvalidateAction,
  CloudFrontInvalidator,
  InvalidationTarget,
  NotificationFormat,
  NotifyOn,
  OnTimeout,
  WhenEmpty,
} from '../lib';
import { deployActions, parameters, pipeline, pipelineOf } from './pipelines';
import { app, distribution, distributionArn, permissions, resource, stack, tenant, tenantArn } from './stacks';

const ENVIRONMENT = { account: '111111111111', region: 'eu-west-1' };

describe('one line', () => {
  const own = stack();
  pipeline(own, new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own) }));
  const template = Template.fromStack(own);
  const [action] = deployActions(template);
  const start = resource(template, 'CloudFrontInvalidatorStartFunction').logicalId;

  test('is a whole action', () => {
    expect(action).toMatchObject({
      Name: 'Invalidate',
      ActionTypeId: { Category: 'Invoke', Owner: 'AWS', Provider: 'Lambda', Version: '1' },
      Configuration: { FunctionName: { Ref: start }, UserParameters: '{"DistributionId":"E2EXAMPLE1ABCD"}' },
      RunOrder: 1,
    });
  });

  test("lets the action's role invoke the one function", () => {
    const role = action.RoleArn['Fn::GetAtt'][0];
    expect(permissions(template, role)).toEqual({
      'lambda:InvokeFunction': { 'Fn::GetAtt': [start, 'Arn'] },
      'lambda:ListFunctions': '*',
    });
  });

  test('lets both functions invalidate the one distribution', () => {
    for (const role of ['StartRole', 'CheckerRole']) {
      expect(permissions(template, `CloudFrontInvalidator${role}`)).toMatchObject({
        'cloudfront:CreateInvalidation': distributionArn('E2EXAMPLE1ABCD'),
      });
    }
  });
});

test('a file of an artifact makes the artifact an input, and its role may read it', () => {
  const own = stack();
  const source = new codepipeline.Artifact('Site');
  const action = new CloudFrontInvalidateAction({
    actionName: 'Invalidate',
    distribution: distribution(own),
    pathsFile: source.atPath('invalidation.txt'),
    whenEmpty: WhenEmpty.ALL,
  });
  pipelineOf(own, source, action);
  const template = Template.fromStack(own);
  const [written] = deployActions(template);
  expect(written.InputArtifacts).toEqual([{ Name: 'Site' }]);
  expect(parameters(written)).toEqual({
    DistributionId: 'E2EXAMPLE1ABCD',
    PathsFile: 'Site::invalidation.txt',
    WhenEmpty: 'all',
  });
  const role = written.RoleArn['Fn::GetAtt'][0];
  expect(Object.keys(permissions(template, role))).toContain('s3:GetObject*');
});

test('everything that can be said reaches the function', () => {
  const own = stack();
  const topic = new sns.Topic(own, 'Topic');
  const role = new iam.Role(own, 'ActionRole', { assumedBy: new iam.AccountRootPrincipal() });
  const action = new CloudFrontInvalidateAction({
    actionName: 'Invalidate',
    distribution: distribution(own),
    paths: ['/index.html', '/images/*', '#product:electronics'],
    maxPaths: 2,
    topic,
    timeout: Duration.hours(1),
    notificationFormat: NotificationFormat.CHAT,
    notifyOn: NotifyOn.CHANGE,
    onTimeout: OnTimeout.RELEASE,
    wait: false,
    dryRun: true,
    pipelineName: 'the shop',
    runOrder: 7,
    variablesNamespace: 'Cdn',
    role,
  });
  pipeline(own, action);
  const template = Template.fromStack(own);
  const [written] = deployActions(template);
  expect(parameters(written)).toEqual({
    DistributionId: 'E2EXAMPLE1ABCD',
    Paths: ['/index.html', '/images/*', '#product:electronics'],
    MaxPaths: 2,
    PipelineName: 'the shop',
    SnsTopicArn: resource(template, 'Topic').logicalId,
    TimeoutMinutes: 60,
    NotificationFormat: 'chat',
    NotifyOn: 'change',
    OnTimeout: 'release',
    Wait: false,
    DryRun: true,
  });
  expect(written).toMatchObject({
    RunOrder: 7,
    Namespace: 'Cdn',
    RoleArn: { 'Fn::GetAtt': [resource(template, 'ActionRole').logicalId, 'Arn'] },
  });
  // CodePipeline's own field is for manual approvals alone.
  expect(written).not.toHaveProperty('TimeoutInMinutes');
});

describe('what the function will note', () => {
  const own = stack();
  const paths = ['/café', '/a//b', '/fine', '/docs/', '/docs/*'];
  pipeline(own, new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own), paths }));
  const said = Annotations.fromStack(own);

  test('is a warning at synthesis', () => {
    const [only, ...others] = said.findWarning('*', Match.stringLikeRegexp('^The action '));
    expect(only.entry.data).toMatch(/^The action Invalidate: item 2 of paths contains "\/\/", .*:DoubledSlash\]$/);
    expect(others).toEqual([]);
  });

  test('is information alone where the function sees to it', () => {
    const [encoded, beside, ...others] = said.findInfo('*', Match.stringLikeRegexp('^The action '));
    expect(encoded.entry.data).toMatch(/^The action Invalidate: item 1 of paths was URL-encoded, /);
    expect(beside.entry.data).toMatch(/^The action Invalidate: item 4 of paths was sent in addition to the wildcard /);
    expect(others).toEqual([]);
  });

  test('changes nothing that is sent', () => {
    const [action] = deployActions(Template.fromStack(own));
    expect(parameters(action)).toMatchObject({ Paths: paths });
  });
});

test('a variable with free text is a warning, unless it is a path of its own', () => {
  const own = stack();
  const action = new CloudFrontInvalidateAction({
    actionName: 'Invalidate',
    distribution: distribution(own),
    pipelineName: '#{Source.CommitMessage}',
    paths: [
      '/#{Build.Prefix}/*',
      '#{Build.Path}',
      '/#{Build.Page}*',
      '/#{Source.CommitId}/a',
      '/#{Source.BranchName}/*',
      '/x-#{Build.Name}',
    ],
  });
  pipeline(own, action);
  const warned = Annotations.fromStack(own).findWarning('*', Match.stringLikeRegexp('free text'));
  const names = warned.map(({ entry }) => /the variable (\w+) may contain free text/.exec(entry.data as string)?.[1]);
  expect(names.sort()).toEqual(['CommitMessage', 'Name']);
});

describe('two actions', () => {
  const own = stack();
  const topics = ['one', 'two'].map((name) =>
    sns.Topic.fromTopicArn(own, name, `arn:aws:sns:us-east-1:111111111111:${name}`),
  );
  const [first, second] = ['E1FIRST', 'E2SECOND'].map((id) => distribution(own, id));
  pipeline(
    own,
    new CloudFrontInvalidateAction({ actionName: 'First', distribution: first, topic: topics[0] }),
    new CloudFrontInvalidateAction({ actionName: 'Second', distribution: second, topic: topics[1] }),
    new CloudFrontInvalidateAction({ actionName: 'Again', distribution: first, topic: topics[0], paths: ['/b'] }),
  );
  const template = Template.fromStack(own);

  test('share one invalidator', () => {
    template.resourceCountIs('AWS::Lambda::Function', 2);
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
  });

  test('may each do what it names, in both functions, once', () => {
    for (const role of ['CloudFrontInvalidatorStartRole', 'CloudFrontInvalidatorCheckerRole']) {
      const allowed = permissions(template, role);
      expect(allowed['cloudfront:GetInvalidation']).toEqual([distributionArn('E1FIRST'), distributionArn('E2SECOND')]);
      expect(allowed['sns:Publish']).toEqual(topics.map((topic) => topic.topicArn));
    }
    const { Variables } = resource(template, 'CloudFrontInvalidatorStartFunction').Properties.Environment;
    expect(Variables.ALLOWED_TOPIC_ARNS).toBe(topics.map((topic) => topic.topicArn).join(','));
  });
});

test.each<[string, (own: Stack) => cloudfront.IDistributionRef]>([
  [
    'imported',
    (own) =>
      cloudfront.Distribution.fromDistributionAttributes(own, 'D', {
        distributionId: 'E9',
        domainName: 'd.example.com',
      }),
  ],
  ['imported by its id', (own) => cloudfront.CfnDistribution.fromDistributionId(own, 'D', 'E9')],
])('a distribution may be %s', (_how, imported) => {
  const own = stack();
  pipeline(own, new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: imported(own) }));
  const template = Template.fromStack(own);
  expect(parameters(deployActions(template)[0])).toEqual({ DistributionId: 'E9' });
  expect(permissions(template, 'CloudFrontInvalidatorStartRole')['cloudfront:CreateInvalidation']).toEqual(
    distributionArn('E9'),
  );
});

test('a distribution may be made in the same stack, or in another one', () => {
  const whole = app();
  const other = new Stack(whole, 'Other');
  const own = new Stack(whole, 'Own');
  const of = (scope: Stack) =>
    new cloudfront.Distribution(scope, 'D', { defaultBehavior: { origin: new origins.HttpOrigin('www.example.com') } });
  pipeline(
    own,
    new CloudFrontInvalidateAction({ actionName: 'Near', distribution: of(own) }),
    new CloudFrontInvalidateAction({ actionName: 'Far', distribution: of(other) }),
  );
  const template = Template.fromStack(own);
  const near = { Ref: resource(template, 'D').logicalId };
  const far = { 'Fn::ImportValue': expect.stringMatching(/^Other:ExportsOutputRefD/) };
  expect(permissions(template, 'CloudFrontInvalidatorCheckerRole')['cloudfront:ListInvalidations']).toEqual([
    distributionArn(near),
    distributionArn(far),
  ]);
});

test('the output variables are those of the function, in a namespace of their own', () => {
  const own = stack();
  const invalidate = new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own) });
  const { invalidationId, distributionId, status, durationSeconds, pathCount, targets, plan } = invalidate.variables;
  const reader = new CloudFrontInvalidateAction({
    actionName: 'Again',
    runOrder: 2,
    distribution: distribution(own, 'E2SECOND'),
    pipelineName: [invalidationId, distributionId, status, durationSeconds, pathCount, targets, plan].join(' '),
  });
  pipeline(own, invalidate, reader);
  const [written, told] = deployActions(Template.fromStack(own));
  expect(written.Namespace).toBe('Deploy_Invalidate_NS');
  const names = ['InvalidationId', 'DistributionId', 'Status', 'DurationSeconds', 'PathCount', 'Targets', 'Plan'];
  expect(parameters(told)).toEqual({
    DistributionId: 'E2SECOND',
    PipelineName: names.map((name) => `#{Deploy_Invalidate_NS.${name}}`).join(' '),
  });
});

describe('the invalidator', () => {
  test('may be given, and shared by pipelines of several stacks', () => {
    const whole = app();
    const central = new Stack(whole, 'Central');
    const invalidator = new CloudFrontInvalidator(central, 'Invalidator');
    const stacks = ['One', 'Two'].map((id) => new Stack(whole, id));
    for (const own of stacks) {
      const action = {
        actionName: 'Invalidate',
        distribution: distribution(own, `E${own.node.id.toUpperCase()}`),
        invalidator,
      };
      pipeline(own, new CloudFrontInvalidateAction(action));
    }
    for (const own of stacks) {
      Template.fromStack(own).resourceCountIs('AWS::Lambda::Function', 0);
    }
    const template = Template.fromStack(central);
    expect(permissions(template, 'InvalidatorStartRole')['cloudfront:CreateInvalidation']).toEqual([
      distributionArn('EONE'),
      distributionArn('ETWO'),
    ]);
  });

  describe('may be shared by a stack that makes the distribution and the topic itself', () => {
    const whole = app();
    const central = new Stack(whole, 'Central');
    const invalidator = new CloudFrontInvalidator(central, 'Invalidator');
    const stacks = ['One', 'Two'].map((id) => new Stack(whole, id));
    for (const own of stacks) {
      const tenant = new cloudfront.CfnDistributionTenant(own, 'Tenant', {
        distributionId: 'E2EXAMPLE1ABCD',
        domains: ['www.example.com'],
        name: 'tenant',
      });
      const masterKey = new kms.Key(own, 'Key');
      const topic = new sns.Topic(own, 'Topic', { masterKey });
      const defaultBehavior = { origin: new origins.HttpOrigin('www.example.com') };
      const targets = [
        InvalidationTarget.fromDistribution(new cloudfront.Distribution(own, 'D', { defaultBehavior })),
        InvalidationTarget.fromDistributionTenant(tenant),
        InvalidationTarget.fromAlias('www.example.com'),
      ];
      pipeline(
        own,
        new CloudFrontInvalidateAction({ actionName: 'Invalidate', targets, topic, invalidator }),
        new CloudFrontInvalidateAction({ actionName: 'Again', targets, topic, invalidator }),
      );
    }
    const assembly = whole.synth();
    const template = Template.fromStack(stacks[0]);
    const [[id, policy], ...others] = Object.entries<any>(
      template.findResources('AWS::IAM::Policy', {
        Properties: { Roles: Match.arrayWith([{ 'Fn::ImportValue': Match.stringLikeRegexp('StartRole') }]) },
      }),
    );

    test('without a reference back to it', () => {
      const dependencies = (name: string) => assembly.getStackByName(name).dependencies.map(({ id }) => id);
      expect(dependencies('Central')).toEqual(['Central.assets']);
      expect(dependencies('One')).toContain('Central');
      expect(others).toEqual([]);
    });

    test('with a policy of its own for both roles', () => {
      expect(policy.Properties.Roles).toEqual(
        ['StartRole', 'CheckerRole'].map((role) => ({ 'Fn::ImportValue': expect.stringMatching(role) })),
      );
      const [distributionId, topicId, keyId] = ['D', 'Topic', 'Key'].map((of) => resource(template, of).logicalId);
      const tenantId = { Ref: resource(template, 'Tenant').logicalId };
      expect(policy.Properties.PolicyDocument.Statement).toEqual([
        expect.objectContaining({ Sid: 'Invalidate', Resource: distributionArn({ Ref: distributionId }) }),
        expect.objectContaining({ Sid: 'InvalidateTenants', Resource: tenantArn(tenantId) }),
        expect.objectContaining({ Action: 'sns:Publish', Resource: { Ref: topicId } }),
        expect.objectContaining({
          Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          Resource: { 'Fn::GetAtt': [keyId, 'Arn'] },
          Condition: expect.anything(),
        }),
      ]);
    });

    test('before the pipeline runs', () => {
      const [made] = Object.values(template.findResources('AWS::CodePipeline::Pipeline'));
      expect(made.DependsOn).toContain(id);
    });

    test('with policies that do not replace each other', () => {
      const names = stacks.map((own) =>
        Object.values(Template.fromStack(own).findResources('AWS::IAM::Policy'))
          .map(({ Properties }) => Properties)
          .filter(({ Roles }) => JSON.stringify(Roles).includes('ImportValue'))
          .map(({ PolicyName }) => PolicyName),
      );
      expect(new Set(names.flat()).size).toBe(2);
    });

    test('and IAM alone decides about topics that the invalidator cannot list', () => {
      const { Variables } = resource(Template.fromStack(central), 'InvalidatorStartFunction').Properties.Environment;
      expect(Variables).not.toHaveProperty('ALLOWED_TOPIC_ARNS');
      expect(permissions(Template.fromStack(central), 'InvalidatorStartRole')).toHaveProperty([
        'cloudfront:ListDistributions',
      ]);
    });
  });

  test('is the one of the stack that bears its id, if there is one', () => {
    const own = stack();
    new CloudFrontInvalidator(own, 'CloudFrontInvalidator', { createTopic: true });
    pipeline(own, new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own) }));
    const template = Template.fromStack(own);
    template.resourceCountIs('AWS::Lambda::Function', 2);
    template.resourceCountIs('AWS::SNS::Topic', 1);
  });

  test('that is shared may be configured before the first action', () => {
    const own = stack();
    const shared = CloudFrontInvalidator.shared(own, { createTopic: true });
    const scope = new Construct(own, 'Scope');
    pipeline(scope, new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own) }));
    expect(CloudFrontInvalidator.shared(scope)).toBe(shared);
    const template = Template.fromStack(own);
    template.resourceCountIs('AWS::Lambda::Function', 2);
    template.resourceCountIs('AWS::SNS::Topic', 1);
    expect(() => CloudFrontInvalidator.shared(own, { createTopic: false })).toThrow(
      'Stack/CloudFrontInvalidator was made before: configure it before the first action is added.',
    );
  });

  test('is known also if another copy of this library made it', async () => {
    vi.resetModules();
    const copy = await import('../lib/index.js');
    expect(copy.CloudFrontInvalidator).not.toBe(CloudFrontInvalidator);
    const own = stack();
    const theirs = new copy.CloudFrontInvalidator(own, 'CloudFrontInvalidator');
    expect(theirs instanceof CloudFrontInvalidator).toBe(false);
    pipeline(own, new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own) }));
    Template.fromStack(own).resourceCountIs('AWS::Lambda::Function', 2);
  });

  test('is not some other construct of that id', () => {
    const own = stack();
    new Construct(own, 'CloudFrontInvalidator');
    const action = new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own) });
    expect(() => pipeline(own, action)).toThrow(/Stack\/CloudFrontInvalidator is no CloudFrontInvalidator/);
  });

  test('may be one in another region, which makes a cross-region action', () => {
    const own = stack({ env: ENVIRONMENT });
    const arn = 'arn:aws:lambda:us-west-2:111111111111:function:start';
    const invalidator = CloudFrontInvalidator.fromStartFunctionArn(own, 'Imported', arn);
    pipeline(
      own,
      new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own), invalidator }),
    );
    const [written] = deployActions(Template.fromStack(own));
    expect(written).toMatchObject({ Region: 'us-west-2', Configuration: { FunctionName: 'start' } });
  });
});

describe('an invalidator that was deployed before', () => {
  const own = stack({ env: ENVIRONMENT });
  const invalidator = CloudFrontInvalidator.fromStartFunctionName(own, 'Sam', 'start-1A2B');
  const topic = sns.Topic.fromTopicArn(own, 'Deploys', 'arn:aws:sns:us-east-1:111111111111:deploys');
  pipeline(
    own,
    new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own), topic, invalidator }),
  );
  const template = Template.fromStack(own);

  test('is invoked by its name, and nothing is made beside it', () => {
    const arn = {
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':lambda:eu-west-1:111111111111:function:start-1A2B']],
    };
    // The last part of the ARN, which is its name.
    expect(deployActions(template)[0].Configuration.FunctionName).toEqual({
      'Fn::Select': [6, { 'Fn::Split': [':', arn] }],
    });
    template.resourceCountIs('AWS::Lambda::Function', 0);
    const role = deployActions(template)[0].RoleArn['Fn::GetAtt'][0];
    expect(permissions(template, role)['lambda:InvokeFunction']).toEqual(arn);
  });

  test('warns of what its own deployment must allow, until that is acknowledged', () => {
    const said = Annotations.fromStack(own);
    for (const what of [
      'its distributions are set there: see that Stack/E2EXAMPLE1ABCD .*:DistributionElsewhere',
      'its topics are set there: see that Stack/Deploys .*:TopicElsewhere',
    ]) {
      said.hasWarning('/Stack/Sam', Match.stringLikeRegexp(what));
    }
    const seen = stack({ env: ENVIRONMENT });
    const of = CloudFrontInvalidator.fromStartFunctionName(seen, 'Sam', 'start-1A2B');
    const kinds = ['Distribution', 'DistributionTenant', 'Topic', 'Aliases'];
    kinds.forEach((kind) =>
      CdkAnnotations.of(of).acknowledgeWarning(`cloudfront-invalidation-action:${kind}Elsewhere`),
    );
    of.allowDistribution(distribution(seen));
    of.allowDistributionTenant(tenant(seen));
    of.allowTopic(sns.Topic.fromTopicArn(seen, 'Deploys', 'arn:aws:sns:us-east-1:111111111111:deploys'));
    of.allowAliases();
    expect(Annotations.fromStack(seen).findWarning('*', Match.stringLikeRegexp('deployed elsewhere'))).toEqual([]);
  });
});

test('an application without builds gets the command of the build', () => {
  const own = new Stack(new App({ context: { 'cloudfront-invalidation-action:codeFolder': '/nowhere' } }), 'Stack');
  const action = new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution: distribution(own) });
  expect(() => pipeline(own, action)).toThrow(/bootstrap is missing: build it/);
});
