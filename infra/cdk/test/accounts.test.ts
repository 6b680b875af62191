import { Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { CloudFrontInvalidateAction, CloudFrontInvalidator, DistributionTenant, InvalidationTarget } from '../lib';
import { pipeline } from './pipelines';
import { app, distribution, TENANT } from './stacks';

const [OURS, OTHER] = ['111111111111', '222222222222'];
const START = 'function:start';

/** The stack of the pipeline, and one that is in another account, in the same one, or in one that is not known. */
function stacks(account: string | null, ours: string | null = OURS): { own: Stack; other: Stack } {
  const whole = app();
  const env = (known: string | null) => ({ env: { account: known ?? undefined, region: 'us-east-1' } });
  return { own: new Stack(whole, 'Own', env(ours)), other: new Stack(whole, 'Other', env(account)) };
}

/** Each way in which something of the other stack may be named for the invalidator of the pipeline's stack. */
const NAMED: [string, (own: Stack, other: Stack) => Construct | void][] = [
  [
    'a distribution imported by its id',
    (own, other) =>
      pipeline(own, new CloudFrontInvalidateAction({ actionName: 'I', distribution: distribution(other) })),
  ],
  [
    'a distribution imported by its attributes',
    (own, other) => {
      const attributes = { distributionId: 'E9', domainName: 'd.example.com' };
      const imported = cloudfront.Distribution.fromDistributionAttributes(other, 'D', attributes);
      pipeline(own, new CloudFrontInvalidateAction({ actionName: 'I', distributions: [imported] }));
    },
  ],
  [
    'a distribution that is made there',
    (own, other) => {
      const defaultBehavior = { origin: new origins.HttpOrigin('www.example.com') };
      const made = new cloudfront.Distribution(other, 'D', { defaultBehavior });
      pipeline(own, new CloudFrontInvalidateAction({ actionName: 'I', distribution: made }));
    },
  ],
  [
    'a tenant among targets',
    (own, other) => {
      const tenant = DistributionTenant.fromDistributionTenantId(other, 'T', TENANT);
      const targets = [InvalidationTarget.fromDistributionTenant(tenant)];
      pipeline(own, new CloudFrontInvalidateAction({ actionName: 'I', targets }));
    },
  ],
  [
    'a distribution of the invalidator itself',
    (own, other) => new CloudFrontInvalidator(own, 'I', { distributions: [distribution(other)] }),
  ],
  [
    'a distribution for an invalidator that was deployed before',
    (own, other) => {
      const arn = `arn:aws:lambda:us-east-1:${OURS}:${START}`;
      const invalidator = CloudFrontInvalidator.fromStartFunctionArn(own, 'Sam', arn);
      pipeline(
        own,
        new CloudFrontInvalidateAction({ actionName: 'I', distribution: distribution(other), invalidator }),
      );
    },
  ],
];

describe.each(NAMED)('%s', (_what, name) => {
  test('is refused if it is in another account, for which the roles can be allowed nothing', () => {
    const { own, other } = stacks(OTHER);
    expect(() => name(own, other)).toThrow(
      /^Other\/\S+ is in the account 222222222222, and the invalidator Own\S* in 111111111111: .* create an invalidator and a pipeline in that account/,
    );
  });

  test('is taken if it is in the same account', () => {
    const { own, other } = stacks(OURS);
    expect(() => name(own, other)).not.toThrow();
  });

  test('is taken if its account is not known', () => {
    const { own, other } = stacks(null);
    expect(() => name(own, other)).not.toThrow();
  });
});

test("a distribution is taken if the invalidator's account is not known", () => {
  const { own, other } = stacks(OTHER, null);
  expect(() => new CloudFrontInvalidator(own, 'I', { distributions: [distribution(other)] })).not.toThrow();
});

describe('an invalidator that is made in another stack', () => {
  const share = (account: string) => {
    const { own, other } = stacks(account);
    const invalidator = new CloudFrontInvalidator(other, 'Invalidator');
    pipeline(own, new CloudFrontInvalidateAction({ actionName: 'I', distribution: distribution(other), invalidator }));
  };

  test('is refused if that is in another account than the pipeline', () => {
    expect(() => share(OTHER)).toThrow(
      /^The pipeline of Own\/Pipeline\S* is in the account 111111111111, and the invalidator Other\/Invalidator in 222222222222: /,
    );
  });

  test('is taken if that is in the same account', () => {
    expect(() => share(OURS)).not.toThrow();
  });
});
