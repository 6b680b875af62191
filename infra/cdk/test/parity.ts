/**
 * Synthesizes invalidators for the parameters of the SAM template, so that infra/checks/same.py can compare the two. Reads a
 * JSON array of parameter sets from standard input; prints, for each, the template and the props that were given, or why the
 * construct refused them.
 */
import { App, DefaultStackSynthesizer, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as fs from 'node:fs';
import { CloudFrontInvalidator, CloudFrontInvalidatorProps, DistributionTenant, Monitoring } from '../lib';

type Parameters = Record<string, string>;
type Reader = (text: string, own: Stack, all: Parameters) => CloudFrontInvalidatorProps;

/** What each parameter of the SAM template is called here. */
const READERS: Record<string, Reader> = {
  DistributionArns: (text, own) => ({ distributions: text.split(',').map((arn) => distribution(own, arn)) }),
  DistributionTenantArns: (text, own) => ({ distributionTenants: text.split(',').map((arn) => tenant(own, arn)) }),
  AllowAliases: (text) => ({ allowAliases: text === 'true' }),
  CreateTopic: (text) => ({ createTopic: text === 'true' }),
  TopicArns: (text, own, { TopicKeyArns }) => ({ topics: topics(own, text, TopicKeyArns) }),
  // The topics know their keys.
  TopicKeyArns: () => ({}),
  EventBusName: (text, own) => ({ eventBus: eventBus(own, text) }),
  AllowedPipelines: (text) => ({ allowedPipelines: rules(text) }),
  MaxTargetsPerAction: (text) => ({ maxTargetsPerAction: Number(text) }),
  MaxPathsPerAction: (text) => ({ maxPathsPerAction: Number(text) }),
  MaxWaitSeconds: (text) => ({ maxWait: Duration.seconds(Number(text)) }),
  TimeoutMinutes: (text) => ({ timeout: Duration.minutes(Number(text)) }),
  RetentionDays: (text) => ({ recordRetention: Duration.days(Number(text)) }),
  ReservedWildcards: (text) => ({ reservedWildcards: Number(text) }),
  ScheduleState: (text) => ({ scheduleEnabled: text === 'ENABLED' }),
  Architecture: (text) => ({
    architecture: text === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
  }),
  LogLevel: (text) => ({ logLevel: text as lambda.ApplicationLogLevel }),
  LogRetentionDays: (text) => ({ logRetention: Number(text) }),
  // A parameter cannot be left out, so 0 stands for that there.
  StartReservedConcurrency: (text) => (text === '0' ? {} : { startReservedConcurrency: Number(text) }),
  PointInTimeRecovery: (text) => ({ pointInTimeRecovery: text === 'true' }),
  DeletionProtection: (text) => ({ deletionProtection: text === 'true' }),
  LockTable: (text) => ({ lockTable: text === 'true' }),
  RetainData: (text) => ({ removalPolicy: text === 'true' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY }),
  KmsKeyArn: (text, own) => ({ encryptionKey: kms.Key.fromKeyArn(own, 'Key', text) }),
  PermissionsBoundary: (text, own) => ({
    permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyArn(own, 'Boundary', text),
  }),
  AlarmTopicArn: (text, own) => ({ alarmTopic: sns.Topic.fromTopicArn(own, 'OnCall', text) }),
  LowUrgencyAlarmTopicArn: (text, own) => ({
    lowUrgencyAlarmTopic: sns.Topic.fromTopicArn(own, 'LowUrgency', text),
  }),
  Monitoring: (text) => ({ monitoring: text as Monitoring }),
};

/** Ids and ARNs end alike. */
function distribution(own: Stack, arn: string): cloudfront.IDistributionRef {
  const id = arn.split('/').pop()!;
  return cloudfront.CfnDistribution.fromDistributionId(own, id, id);
}

function tenant(own: Stack, arn: string): cloudfront.IDistributionTenantRef {
  const id = arn.split('/').pop()!;
  return DistributionTenant.fromDistributionTenantId(own, id, id);
}

function topics(own: Stack, arns: string, keyArns?: string): sns.ITopic[] {
  const keys = keyArns?.split(',') ?? [];
  return arns
    .split(',')
    .map((topicArn, at) => sns.Topic.fromTopicAttributes(own, topicArn, { topicArn, keyArn: keys[at] }));
}

/** Here, every value is a list. */
function rules(text: string): { [pipelineName: string]: string[] } {
  const parsed = Object.entries(JSON.parse(text) as { [pipelineName: string]: string[] | '*' });
  return Object.fromEntries(parsed.map(([name, targets]) => [name, targets === '*' ? ['*'] : targets]));
}

function eventBus(own: Stack, text: string): events.IEventBus {
  return text.startsWith('arn:')
    ? events.EventBus.fromEventBusArn(own, 'EventBus', text)
    : events.EventBus.fromEventBusName(own, 'EventBus', text);
}

function synthesized(parameters: Parameters) {
  const own = new Stack(new App({ analyticsReporting: false }), 'Invalidator', {
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  });
  const code = { startCode: lambda.Code.fromCfnParameters(), checkerCode: lambda.Code.fromCfnParameters() };
  const given = Object.entries(parameters).map(([name, text]) => READERS[name](text, own, parameters));
  const props: CloudFrontInvalidatorProps = Object.assign(code, ...given);
  try {
    // The CDK leaves this id out of the logical ids.
    new CloudFrontInvalidator(own, 'Default', props);
    return { template: Template.fromStack(own).toJSON(), props: Object.keys(props) };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

const asked: Parameters[] = JSON.parse(fs.readFileSync(0, 'utf8'));
console.log(JSON.stringify(asked.map(synthesized)));
