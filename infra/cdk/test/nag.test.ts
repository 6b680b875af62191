import { App, Stack, Validations } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { IConstruct } from 'constructs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { SiteStack } from '../example/site-stack';
import { CloudFrontInvalidateAction, CloudFrontInvalidator, InvalidationTarget } from '../lib';
import { pipeline } from './pipelines';
import { app, distribution, tenant } from './stacks';

/** A finding of cdk-nag that stays as it is, on one construct or on those below it. */
interface Acknowledged {
  readonly at: string;
  readonly rules: string[];
  readonly reason: string;
}

/** What is the example's own; the construct library says its reasons itself. */
const EXAMPLE: Acknowledged[] = [
  ...['Site', 'Artifacts', 'Releases'].map((at) => ({
    at,
    rules: ['S1'],
    reason: 'Access logs need a bucket, a retention and a price, which the owner of a site chooses.',
  })),
  {
    at: 'Distribution',
    rules: ['CFR1', 'CFR2', 'CFR3', 'CFR4'],
    reason:
      'Whom a site serves, its firewall, its access logs, and its certificate with the least TLS are its owner to choose.',
  },
  ...['Pipeline/Role', 'Pipeline/Source/Zip', 'Pipeline/Deploy/Upload'].map((at) => ({
    at,
    rules: [
      'IAM5[Action::s3:GetObject*]',
      'IAM5[Action::s3:GetBucket*]',
      'IAM5[Action::s3:List*]',
      'IAM5[Action::s3:DeleteObject*]',
      'IAM5[Action::s3:Abort*]',
      'IAM5[Resource::<Artifacts82DD59A1.Arn>/*]',
    ],
    reason: "The CDK's own grants of the objects in the pipeline's own bucket.",
  })),
  {
    at: 'Pipeline/Deploy/Upload',
    rules: ['IAM5[Resource::<SiteE53D7754.Arn>/*]'],
    reason: 'The deploy action writes whatever objects the site has, into this one bucket.',
  },
];

type Make = (scope: App) => Stack;

const invalidator: Make = (scope) => {
  const stack = new Stack(scope, 'Stack');
  new CloudFrontInvalidator(stack, 'Invalidator', { distributions: [distribution(stack)], createTopic: true });
  return stack;
};

const withAliases: Make = (scope) => {
  const stack = new Stack(scope, 'Stack');
  new CloudFrontInvalidator(stack, 'Invalidator', { distributionTenants: [tenant(stack)], allowAliases: true });
  return stack;
};

const withKey: Make = (scope) => {
  const stack = new Stack(scope, 'Stack');
  const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  new CloudFrontInvalidator(stack, 'Invalidator', {
    distributions: [distribution(stack)],
    createTopic: true,
    encryptionKey,
  });
  return stack;
};

const inVpc: Make = (scope) => {
  const stack = new Stack(scope, 'Stack');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-11111111',
    availabilityZones: ['us-east-1a'],
    privateSubnetIds: ['subnet-11111111'],
  });
  new CloudFrontInvalidator(stack, 'Invalidator', { distributions: [distribution(stack)], vpc });
  return stack;
};

const withEncryptedTopic: Make = (scope) => {
  const stack = new Stack(scope, 'Stack');
  const topic = new sns.Topic(stack, 'Topic', {
    masterKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    enforceSSL: true,
  });
  new CloudFrontInvalidator(stack, 'Invalidator', { distributions: [distribution(stack)], topics: [topic] });
  return stack;
};

/** The one-line action, and what an application can say of it, with roles of the application's own. */
const withOwnRoles: Make = (scope) => {
  const stack = new Stack(scope, 'Stack');
  const role = new iam.Role(stack, 'ActionRole', { assumedBy: new iam.AccountRootPrincipal() });
  const actions = ['One', 'Two'].map(
    (actionName) =>
      new CloudFrontInvalidateAction({
        actionName,
        distribution: distribution(stack, `E${actionName.toUpperCase()}`),
        role,
      }),
  );
  pipeline(stack, new CloudFrontInvalidateAction({ actionName: 'Own', distribution: distribution(stack) }), ...actions);
  return stack;
};

const shared: Make = (scope) => {
  const invalidator = new CloudFrontInvalidator(new Stack(scope, 'Central'), 'Invalidator');
  const stack = new Stack(scope, 'Stack');
  const topic = new sns.Topic(stack, 'Topic', {
    masterKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    enforceSSL: true,
  });
  const tenant = new cloudfront.CfnDistributionTenant(stack, 'Tenant', {
    distributionId: 'E2EXAMPLE1ABCD',
    domains: ['www.example.com'],
    name: 'tenant',
  });
  const targets = [InvalidationTarget.fromDistributionTenant(tenant)];
  pipeline(stack, new CloudFrontInvalidateAction({ actionName: 'Invalidate', targets, topic, invalidator }));
  return stack;
};

const isOfPipeline = (finding: string) => /^Stack\/Pipeline\/(ArtifactsBucket|Role|Source)/.test(finding);

/** The findings, each as the construct's path in the stack and the rule, of cdk-nag and of what the CDK checks itself. */
function findings(make: Make, acknowledged: Acknowledged[]): string[] {
  const scope = app({ context: { '@aws-cdk/core:failSynthOnValidationErrors': false } });
  Validations.of(scope).addPlugins(new AwsSolutionsChecks(scope));
  const stack = make(scope);
  acknowledgeAll(stack, acknowledged);
  return reported(scope.synth().directory);
}

function acknowledgeAll(stack: Stack, acknowledged: Acknowledged[]): void {
  for (const { at, rules, reason } of acknowledged) {
    const construct = at.split('/').reduce<IConstruct>((own, id) => own.node.findChild(id), stack);
    rules.forEach((rule) => Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason }));
  }
}

/** The findings of a pack that ignores the reasons. */
function foundWithoutReasons(scope: App): string[] {
  const checks = new AwsSolutionsChecks(scope);
  Object.assign(checks, { isAcknowledged: () => false });
  return checks
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${constructPath}: ${ruleName}`),
    );
}

/** Each reason in the tree, as the construct's path and the finding. */
function reasons(scope: IConstruct): [string, string][] {
  return scope.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data))
      .map((id): [string, string] => [node.path, id.replace(/^annotation::/i, '')]),
  );
}

function reported(directory: string): string[] {
  const report = JSON.parse(fs.readFileSync(path.join(directory, 'validation-report.json'), 'utf8'));
  const violations = report.pluginReports.flatMap((plugin: any) => plugin.violations ?? []);
  return violations.flatMap(({ ruleName, violatingConstructs }: any) =>
    violatingConstructs.map(({ constructPath }: any) => `${constructPath}: ${ruleName}`),
  );
}

const INVALIDATORS: [string, Make][] = [
  ['the invalidator', invalidator],
  ['the invalidator of tenants and aliases', withAliases],
  ['the invalidator with a key', withKey],
  ['the invalidator in a VPC', inVpc],
  ['the invalidator with an encrypted topic', withEncryptedTopic],
  ['the actions of a pipeline', withOwnRoles],
  ['the invalidator that another stack shares', shared],
];

describe.each<[string, Make, Acknowledged[]]>([
  ...INVALIDATORS.map(([what, make]): [string, Make, Acknowledged[]] => [what, make, []]),
  ['the example', (scope) => new SiteStack(scope, 'Site'), EXAMPLE],
])('%s', (_what, make, acknowledged) => {
  test('has no finding without a reason', () => {
    expect(findings(make, acknowledged).filter((finding) => !isOfPipeline(finding))).toEqual([]);
  });

  test('has no reason without a finding', () => {
    const scope = app();
    const stack = make(scope);
    acknowledgeAll(stack, acknowledged);
    const found = foundWithoutReasons(scope);
    const idle = reasons(scope).filter(
      ([at, rule]) => !found.some((finding) => finding.startsWith(`${at}/`) && finding.endsWith(`: ${rule}`)),
    );
    expect(idle).toEqual([]);
  });
});

test('the library does without cdk-nag', () => {
  // cdk-nag is for tests alone: the library that an application installs must do without it.
  const used = fs
    .readdirSync(path.join(__dirname, '..', 'lib'))
    .filter((name) => /from 'cdk-nag'/.test(fs.readFileSync(path.join(__dirname, '..', 'lib', name), 'utf8')));
  expect(used).toEqual([]);
});

test("what a role of the application's own may do besides is found", () => {
  const careless: Make = (scope) => {
    const stack = withOwnRoles(scope);
    const role = stack.node.findChild('ActionRole') as iam.Role;
    role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:ListAllMyBuckets'], resources: ['*'] }));
    return stack;
  };
  expect(findings(careless, []).filter((finding) => !isOfPipeline(finding))).toEqual([
    'Stack/ActionRole/DefaultPolicy/Resource: AwsSolutions-IAM5[Resource::*]',
  ]);
});

test('the permission for all distributions is found, because only the application knows a reason for it', () => {
  const all: Make = (scope) => {
    const stack = new Stack(scope, 'Stack');
    new CloudFrontInvalidator(stack, 'Invalidator', { allDistributions: true });
    return stack;
  };
  const arn = 'arn:<AWS::Partition>:cloudfront::<AWS::AccountId>:distribution/*';
  expect(findings(all, [])).toEqual(
    ['StartRole', 'CheckerRole'].map(
      (role) => `Stack/Invalidator/${role}/DefaultPolicy/Resource: AwsSolutions-IAM5[Resource::${arn}]`,
    ),
  );
});

test('a wildcard that slips in is found', () => {
  const careless: Make = (scope) => {
    const stack = invalidator(scope);
    const role = stack.node.findChild('Invalidator').node.findChild('StartRole') as iam.Role;
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['dynamodb:*'],
        resources: ['arn:aws:dynamodb:us-east-1:111111111111:table/t'],
      }),
    );
    return stack;
  };
  expect(findings(careless, [])).toEqual([
    'Stack/Invalidator/StartRole/DefaultPolicy/Resource: AwsSolutions-IAM5[Action::dynamodb:*]',
  ]);
});
