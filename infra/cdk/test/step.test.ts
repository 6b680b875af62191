import { CfnOutput, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as pipelines from 'aws-cdk-lib/pipelines';
import { describe, expect, test } from 'vitest';
import { CloudFrontInvalidateStep, CloudFrontInvalidateStepProps, CloudFrontInvalidator } from '../lib';
import { app, distribution, distributionArn, permissions, resource } from './stacks';

const env = { account: '111111111111', region: 'us-east-1' };

interface Site {
  readonly pipelineStack: Stack;
  readonly output: CfnOutput;
  readonly made: cloudfront.Distribution;
}

/** The template of the stack of a pipeline that deploys a site, with a step after it. */
function deployed(step: (site: Site) => CloudFrontInvalidateStepProps): { template: Template; actions: any[] } {
  const whole = app();
  const pipelineStack = new Stack(whole, 'PipelineStack', { env });
  const synth = new pipelines.ShellStep('Synth', {
    input: pipelines.CodePipelineSource.s3(s3.Bucket.fromBucketName(pipelineStack, 'Source', 'source'), 'site.zip'),
    commands: ['npx cdk synth'],
  });
  const pipeline = new pipelines.CodePipeline(pipelineStack, 'Pipeline', { synth });
  const stage = new Stage(whole, 'Production', { env });
  const own = new Stack(stage, 'Site');
  const defaultBehavior = { origin: new origins.HttpOrigin('www.example.com') };
  const made = new cloudfront.Distribution(own, 'Distribution', { defaultBehavior });
  const output = new CfnOutput(own, 'DistributionId', { value: made.distributionId });
  const post = [new CloudFrontInvalidateStep('Invalidate', step({ pipelineStack, output, made }))];
  pipeline.addStage(stage, { post });
  const template = Template.fromStack(pipelineStack);
  const [{ Properties }] = Object.values(template.findResources('AWS::CodePipeline::Pipeline'));
  return { template, actions: Properties.Stages.find(({ Name }: any) => Name === 'Production').Actions };
}

describe('a step of CDK Pipelines', () => {
  const { template, actions } = deployed(({ pipelineStack }) => ({
    distribution: distribution(pipelineStack),
    paths: ['/index.html'],
    topic: sns.Topic.fromTopicArn(pipelineStack, 'Deploys', 'arn:aws:sns:us-east-1:111111111111:deploys'),
  }));
  const action = actions.find(({ Name }) => Name === 'Invalidate');

  test('is an action that runs after the deployment', () => {
    expect(action.ActionTypeId).toMatchObject({ Category: 'Invoke', Provider: 'Lambda' });
    expect(JSON.parse(action.Configuration.UserParameters)).toEqual({
      DistributionId: 'E2EXAMPLE1ABCD',
      Paths: ['/index.html'],
      SnsTopicArn: 'arn:aws:sns:us-east-1:111111111111:deploys',
    });
    const orders = actions.map(({ Name, RunOrder }) => [Name, RunOrder]);
    const others = orders.filter(([name]) => name !== 'Invalidate').map(([, order]) => order);
    expect(action.RunOrder).toBe(Math.max(...others) + 1);
  });

  test('shares the invalidator of the pipeline, and grants what it names', () => {
    expect(action.Configuration.FunctionName).toEqual({
      Ref: resource(template, 'CloudFrontInvalidatorStartFunction').logicalId,
    });
    const granted = permissions(template, 'CloudFrontInvalidatorStartRole');
    expect(JSON.stringify(granted['cloudfront:CreateInvalidation'])).toContain('distribution/E2EXAMPLE1ABCD');
    expect(granted['sns:Publish']).toBe('arn:aws:sns:us-east-1:111111111111:deploys');
  });
});

describe('a step for a distribution that the pipeline deploys', () => {
  test('reads its id from a stack output', () => {
    const { template, actions } = deployed(({ pipelineStack, output }) => ({
      distributionIdOutput: output,
      invalidator: new CloudFrontInvalidator(pipelineStack, 'Invalidator', { allDistributions: true }),
    }));
    const action = actions.find(({ Name }) => Name === 'Invalidate');
    const [, variable] = /^\{"Targets":\[\{"DistributionId":"#\{(.*)\}"\}\]\}$/.exec(
      action.Configuration.UserParameters,
    )!;
    const [namespace, name] = variable.split('.');
    expect(name).toBe('DistributionId');
    const deploy = actions.find(({ Namespace }) => Namespace === namespace);
    expect(deploy.RunOrder).toBeLessThan(action.RunOrder);
    expect(JSON.stringify(permissions(template, 'InvalidatorStartRole')['cloudfront:CreateInvalidation'])).toContain(
      ':distribution/*',
    );
  });

  test('needs an invalidator that may invalidate it', () => {
    expect(() => deployed(({ output }) => ({ distributionIdOutput: output }))).toThrow(
      /Nothing may be invalidated: specify distributions/,
    );
  });

  test('says what to do if it is given the construct', () => {
    expect(() => deployed(({ made }) => ({ distribution: made }))).toThrow(
      /Invalidate names Production\/Site\/Distribution, .* specify that output as distributionIdOutput/,
    );
  });

  test('names it once', () => {
    const both = ({ pipelineStack, output }: Site) => ({
      distributionIdOutput: output,
      distribution: distribution(pipelineStack),
    });
    expect(() => deployed(both)).toThrow('has distributionIdOutput and other targets');
  });
});

test('an invalidator of all distributions may invalidate each, and says so in its policy', () => {
  const own = new Stack(app(), 'Stack');
  new CloudFrontInvalidator(own, 'Default', { allDistributions: true });
  for (const role of ['StartRole', 'CheckerRole']) {
    expect(permissions(Template.fromStack(own), role)['cloudfront:GetInvalidation']).toEqual(distributionArn('*'));
  }
});
