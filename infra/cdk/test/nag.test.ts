import { App, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsSolutionsChecks } from 'cdk-nag';
import { IConstruct } from 'constructs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { SiteStack } from '../example/site-stack';
import { CloudFrontInvalidator } from '../lib';
import { app, distribution, tenant } from './stacks';

/** A finding of cdk-nag that stays as it is, on one construct or on those below it. */
interface Acknowledged {
  readonly at: string;
  readonly rules: string[];
  readonly reason: string;
}

const forBothRoles = (rules: string[], reason: string): Acknowledged[] =>
  ['Invalidator/StartRole', 'Invalidator/CheckerRole'].map((at) => ({ at, rules, reason }));

const INVALIDATOR = forBothRoles(
  ['IAM5[Resource::*]'],
  "CodePipeline's job actions and X-Ray's put actions have no resource type that a policy could name.",
);

const WITH_ALIASES = forBothRoles(
  ['IAM5[Resource::*]'],
  'The same, and cloudfront:ListDistributions; whose a domain is, cloudfront:GetDistributionTenantByDomain is to find out.',
);

const WITH_KEY = [
  ...INVALIDATOR,
  ...forBothRoles(
    ['IAM5[Action::kms:GenerateDataKey*]', 'IAM5[Action::kms:ReEncrypt*]'],
    'DynamoDB and SNS ask for these families of actions by name, and the resource is one key.',
  ),
];

const EXAMPLE: Acknowledged[] = [
  ...INVALIDATOR.map((acknowledged) => ({ ...acknowledged, at: `CloudFront${acknowledged.at}` })),
  {
    at: 'Pipeline/Deploy/Invalidate',
    rules: ['IAM5[Resource::*]'],
    reason: 'lambda:ListFunctions, which CodePipeline has for its Lambda actions, has no resource type.',
  },
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

/** The findings, each as the construct's path in the stack and the rule, of cdk-nag and of what the CDK checks itself. */
function findings(make: Make, acknowledged: Acknowledged[]): string[] {
  const scope = app({ context: { '@aws-cdk/core:failSynthOnValidationErrors': false } });
  Validations.of(scope).addPlugins(new AwsSolutionsChecks(scope));
  const stack = make(scope);
  for (const { at, rules, reason } of acknowledged) {
    const construct = at.split('/').reduce<IConstruct>((own, id) => own.node.findChild(id), stack);
    rules.forEach((rule) =>
      Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason }),
    );
  }
  return reported(scope.synth().directory);
}

function reported(directory: string): string[] {
  const report = JSON.parse(fs.readFileSync(path.join(directory, 'validation-report.json'), 'utf8'));
  const violations = report.pluginReports.flatMap((plugin: any) => plugin.violations ?? []);
  return violations.flatMap(({ ruleName, violatingConstructs }: any) =>
    violatingConstructs.map(({ constructPath }: any) => `${constructPath}: ${ruleName}`),
  );
}

describe.each<[string, Make, Acknowledged[]]>([
  ['the invalidator', invalidator, INVALIDATOR],
  ['the invalidator of tenants and aliases', withAliases, WITH_ALIASES],
  ['the invalidator with a key', withKey, WITH_KEY],
  ['the example', (scope) => new SiteStack(scope, 'Site'), EXAMPLE],
])('%s', (_what, make, acknowledged) => {
  test('has no finding without a reason', () => {
    expect(findings(make, acknowledged)).toEqual([]);
  });

  test('has no reason without a finding', () => {
    const found = findings(make, []);
    for (const { at, rules } of acknowledged) {
      for (const rule of rules) {
        expect(
          found.filter((finding) => finding.includes(`/${at}/`) && finding.endsWith(`: AwsSolutions-${rule}`)),
        ).not.toEqual([]);
      }
    }
  });
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
  expect(findings(careless, INVALIDATOR)).toEqual([
    'Stack/Invalidator/StartRole/DefaultPolicy/Resource: AwsSolutions-IAM5[Action::dynamodb:*]',
  ]);
});
