/** What may be invalidated beside one distribution: several of them, distribution tenants, and what has a domain name. */
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { describe, expect, test } from 'vitest';
import {
  CloudFrontInvalidateAction,
  CloudFrontInvalidateActionProps,
  CloudFrontInvalidator,
  CloudFrontInvalidatorProps,
  InvalidationTarget,
} from '../lib';
import { deployActions, parameters, pipeline } from './pipelines';
import { distribution, distributionArn, permissions, stack, TENANT, tenant, tenantArn } from './stacks';

const ON_DISTRIBUTIONS = ['CreateInvalidation', 'GetInvalidation', 'ListInvalidations'];
const ON_TENANTS = ON_DISTRIBUTIONS.map((operation) => `${operation}ForDistributionTenant`);
const ON_ALIASES = ['GetDistributionTenantByDomain', 'ListDistributions'];

/** What both roles of the only invalidator may do with CloudFront. */
function allowed(template: Template): Record<string, unknown> {
  const roles = Object.keys(template.findResources('AWS::IAM::Role')).filter((id) => /(Start|Checker)Role/.test(id));
  const [start, checker] = roles.map((role) =>
    Object.fromEntries(
      Object.entries(permissions(template, role)).filter(([action]) => action.startsWith('cloudfront:')),
    ),
  );
  expect(start).toEqual(checker);
  return start;
}

const each = (operations: string[], resource: unknown) =>
  Object.fromEntries(operations.map((operation) => [`cloudfront:${operation}`, resource]));

describe('an invalidator', () => {
  const made = (props: (own: Stack) => CloudFrontInvalidatorProps) => {
    const own = stack();
    new CloudFrontInvalidator(own, 'Default', props(own));
    return Template.fromStack(own);
  };

  test('may be allowed tenants alone, imported or made here', () => {
    const template = made((own) => {
      const multi = { distributionId: 'E1MULTI', name: 'made', domains: ['made.example.com'] };
      return { distributionTenants: [tenant(own), new cloudfront.CfnDistributionTenant(own, 'Made', multi)] };
    });
    expect(allowed(template)).toEqual(each(ON_TENANTS, [tenantArn(TENANT), tenantArn({ Ref: 'Made' })]));
  });

  test('looks up aliases only if it is allowed to', () => {
    const template = made((own) => ({ distributions: [distribution(own)], allowAliases: true }));
    expect(allowed(template)).toEqual({
      ...each(ON_DISTRIBUTIONS, distributionArn('E2EXAMPLE1ABCD')),
      ...each(ON_ALIASES, '*'),
    });
    const strict = made((own) => ({ distributions: [distribution(own)], allowAliases: false }));
    expect(allowed(strict)).toEqual(each(ON_DISTRIBUTIONS, distributionArn('E2EXAMPLE1ABCD')));
  });

  test('has nothing to do with aliases alone', () => {
    expect(() => made(() => ({ allowAliases: true }))).toThrow(
      /An alias is not enough, because its target is only known/,
    );
  });
});

/** The action's parameters, and what the invalidator that it makes is allowed. */
function deployed(props: (own: Stack) => Partial<CloudFrontInvalidateActionProps>) {
  const own = stack();
  pipeline(own, new CloudFrontInvalidateAction({ actionName: 'Invalidate', ...props(own) }));
  const template = Template.fromStack(own);
  return { own, told: parameters(deployActions(template)[0]), allowed: allowed(template) };
}

describe('an action', () => {
  test('may invalidate the same in several distributions', () => {
    const { told, allowed } = deployed((own) => ({
      distributions: [distribution(own, 'E1'), distribution(own, 'E2')],
      paths: ['/a'],
    }));
    expect(told).toEqual({ DistributionId: ['E1', 'E2'], Paths: ['/a'] });
    expect(allowed).toEqual(each(ON_DISTRIBUTIONS, [distributionArn('E1'), distributionArn('E2')]));
  });

  test('may invalidate something else in each target, and is allowed what it names', () => {
    const { told, allowed } = deployed((own) => ({
      targets: [
        InvalidationTarget.fromDistribution(distribution(own, 'E1'), { paths: ['/index.html'] }),
        InvalidationTarget.fromDistributionTenant(tenant(own), { paths: ['/a', '#b'] }),
        InvalidationTarget.fromAlias('www.example.com'),
        InvalidationTarget.fromAlias('*.example.com'),
      ],
      paths: ['/shared/*'],
    }));
    expect(told).toEqual({
      Targets: [
        { DistributionId: 'E1', Paths: ['/index.html'] },
        { DistributionTenantId: TENANT, Paths: ['/a', '#b'] },
        { Alias: 'www.example.com' },
        { Alias: '*.example.com' },
      ],
      Paths: ['/shared/*'],
    });
    expect(allowed).toMatchObject({
      ...each(ON_DISTRIBUTIONS, distributionArn('E1')),
      ...each(ON_TENANTS, tenantArn(TENANT)),
      ...each(ON_ALIASES, '*'),
    });
  });

  test('that names tenants alone is allowed nothing on distributions', () => {
    const { allowed } = deployed((own) => ({ targets: [InvalidationTarget.fromDistributionTenant(tenant(own))] }));
    expect(allowed).toEqual(each(ON_TENANTS, tenantArn(TENANT)));
  });

  test('that names an alias alone needs an invalidator that may invalidate what it turns out to be', () => {
    const targets = [InvalidationTarget.fromAlias('www.example.com')];
    expect(() => deployed(() => ({ targets }))).toThrow(/Nothing may be invalidated/);
    const { allowed } = deployed((own) => ({
      targets,
      invalidator: new CloudFrontInvalidator(own, 'Invalidator', { distributions: [distribution(own, '*')] }),
    }));
    expect(allowed).toEqual({ ...each(ON_DISTRIBUTIONS, distributionArn('*')), ...each(ON_ALIASES, '*') });
  });

  test('knows a tenant that is made in the same stack', () => {
    const { told, allowed } = deployed((own) => {
      const multi = { distributionId: 'E1MULTI', name: 'made', domains: ['made.example.com'] };
      const made = new cloudfront.CfnDistributionTenant(own, 'Made', multi);
      return { targets: [InvalidationTarget.fromDistributionTenant(made)] };
    });
    expect(told).toEqual({ Targets: [{ DistributionTenantId: 'Made' }] });
    expect(allowed).toEqual(each(ON_TENANTS, tenantArn({ Ref: 'Made' })));
  });

  test('tells of what the function will note, target by target', () => {
    const { own } = deployed((own) => ({
      targets: [
        InvalidationTarget.fromDistribution(distribution(own), { paths: ['/a', '/b//c'] }),
        InvalidationTarget.fromDistributionTenant(tenant(own)),
      ],
      paths: ['/d/../e'],
    }));
    const warned = Annotations.fromStack(own).findWarning('*', Match.stringLikeRegexp('^The action '));
    expect(warned.map(({ entry }) => entry.data)).toEqual([
      expect.stringMatching(/^The action Invalidate: item 1 of paths contains a segment /),
      expect.stringMatching(/^The action Invalidate: item 2 of the paths of target 1 contains "\/\/"/),
    ]);
  });
});

test('an invalidator that was deployed before warns of what its own deployment must allow', () => {
  const own = stack();
  const invalidator = CloudFrontInvalidator.fromStartFunctionName(own, 'Sam', 'start-1A2B');
  const targets = [
    InvalidationTarget.fromDistributionTenant(tenant(own)),
    InvalidationTarget.fromAlias('www.example.com'),
  ];
  pipeline(own, new CloudFrontInvalidateAction({ actionName: 'Invalidate', targets, invalidator }));
  for (const what of [
    `its distribution tenants are set there: see that Stack/${TENANT}`,
    'its aliases are set there',
  ]) {
    Annotations.fromStack(own).hasWarning('/Stack/Sam', Match.stringLikeRegexp(what));
  }
});
