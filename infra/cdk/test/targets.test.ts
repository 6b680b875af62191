/** What may be invalidated beside distributions: distribution tenants, and what has a domain name. */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { describe, expect, test } from 'vitest';
import { CloudFrontInvalidator, CloudFrontInvalidatorProps } from '../lib';
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
    expect(() => made(() => ({ allowAliases: true }))).toThrow(/An alias names none, for it is only looked up/);
  });
});
