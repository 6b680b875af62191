import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CloudFrontInvalidator, CloudFrontInvalidatorProps, Monitoring } from '../lib';
import { METRICS } from '../lib/metrics';
import { distribution, permissions, resource, stack, tenant } from './stacks';

const own = stack();
const invalidator = new CloudFrontInvalidator(own, 'Invalidator', {
  distributions: [distribution(own)],
  monitoring: Monitoring.FULL,
});
const template = Template.fromStack(own);
const written = (value: unknown) => own.resolve(value);

describe('alarms', () => {
  test('are there by their names', () => {
    const made = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    expect(Object.values(invalidator.alarms).map(({ alarmName }) => written(alarmName).Ref)).toEqual(
      expect.arrayContaining(made),
    );
    expect(Object.keys(invalidator.alarms)).toHaveLength(made.length);
    expect(written(invalidator.alarms.StartErrorsAlarm.alarmName).Ref).toMatch(/^InvalidatorStartErrorsAlarm/);
  });

  const topics = (props: (scope: Stack) => CloudFrontInvalidatorProps) => {
    const scope = stack();
    new CloudFrontInvalidator(scope, 'Invalidator', {
      distributions: [distribution(scope)],
      monitoring: Monitoring.FULL,
      ...props(scope),
    });
    return Object.values(Template.fromStack(scope).findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmActions,
    );
  };
  const topic = (scope: Stack, name: string) =>
    sns.Topic.fromTopicArn(scope, name, `arn:aws:sns:us-east-1:111111111111:${name}`);

  test('take actions of any kind, beside the topic', () => {
    const both = topics((scope) => ({
      alarmTopic: topic(scope, 'on-call'),
      alarmActions: [
        new actions.SnsAction(topic(scope, 'lowUrgency')),
        new actions.SsmAction(actions.OpsItemSeverity.LOW),
      ],
    }));
    expect(both.length).toBeGreaterThanOrEqual(10);
    for (const each of both) {
      expect(each).toEqual([
        'arn:aws:sns:us-east-1:111111111111:on-call',
        'arn:aws:sns:us-east-1:111111111111:lowUrgency',
        expect.objectContaining({ 'Fn::Join': expect.anything() }),
      ]);
    }
  });
});

describe('alarms', () => {
  const made = (props: CloudFrontInvalidatorProps) => {
    const scope = stack();
    const of = new CloudFrontInvalidator(scope, 'Invalidator', {
      distributions: [distribution(scope)],
      monitoring: Monitoring.FULL,
      ...props,
    });
    return { template: Template.fromStack(scope), alarms: of.alarms };
  };

  test('say that they ended to okActions alone', () => {
    const okActions = [new actions.SsmAction(actions.OpsItemSeverity.LOW)];
    const all = Object.values(made({ okActions }).template.findResources('AWS::CloudWatch::Alarm'));
    expect(all.length).toBeGreaterThanOrEqual(10);
    for (const { Properties } of all) {
      expect(Properties.OKActions).toHaveLength(1);
      expect(Properties).not.toHaveProperty('AlarmActions');
    }
  });

  test('take a threshold each', () => {
    const { template } = made({ alarmThresholds: { StartErrorsAlarm: 5 } });
    expect(resource(template, 'InvalidatorStartErrorsAlarm').Properties.Threshold).toBe(5);
    expect(resource(template, 'InvalidatorCheckerErrorsAlarm').Properties.Threshold).toBe(1);
  });

  test('take no threshold if they are not created', () => {
    expect(() => made({ monitoring: Monitoring.BASIC, alarmThresholds: { StartErrorsAlarm: 5 } })).toThrow(
      /names StartErrorsAlarm; with monitoring 'basic', the alarms are CheckerErrorsAlarm, /,
    );
    expect(() => made({ monitoring: Monitoring.NONE, alarmThresholds: { StartErrorsAlarm: 5 } })).toThrow(
      /are none\.$/,
    );
  });

  test('are not found by names that they do not have', () => {
    expect(() => made({ alarmThresholds: { StartErrors: 5 } })).toThrow(
      /alarmThresholds names StartErrors; with monitoring 'full', the alarms are StartErrorsAlarm, /,
    );
  });
});

test('the schedule is there', () => {
  expect(written(invalidator.schedule.scheduleArn)['Fn::GetAtt'][0]).toMatch(/^InvalidatorSchedule/);
});

describe('what is allowed', () => {
  test('is a grant for both roles', () => {
    const scope = stack();
    const of = new CloudFrontInvalidator(scope, 'Invalidator');
    const topic = new sns.Topic(scope, 'Topic');
    const grants = [
      of.allowDistribution(distribution(scope)),
      of.allowDistribution(distribution(scope, 'E9')),
      of.allowDistributionTenant(tenant(scope)),
      of.allowAliases(),
      of.allowTopic(topic),
      of.allowTopic(topic),
    ];
    for (const grant of grants) {
      expect(grant.success).toBe(true);
      expect(grant.principalStatements).toHaveLength(2);
    }
    const after = new sns.Topic(scope, 'After');
    grants[0].applyBefore(after);
    const template = Template.fromStack(scope);
    expect(JSON.stringify(resource(template, 'After').DependsOn)).toMatch(/StartRole.*/);
  });

  test('is no grant if the invalidator was deployed before', () => {
    const scope = stack();
    const of = CloudFrontInvalidator.fromStartFunctionName(scope, 'Sam', 'start');
    expect(of.allowAliases().success).toBe(false);
    expect(of.allowDistribution(distribution(scope)).success).toBe(false);
  });
});

describe('metrics', () => {
  const names = fs.readFileSync(path.join(__dirname, '../../../shared/runtime/src/telemetry/metrics.rs'), 'utf8');

  test.each<[string, () => cloudwatch.IMetric]>([
    ['Succeeded', () => invalidator.metricSucceeded()],
    ['Failed', () => invalidator.metricFailed()],
    ['TimedOut', () => invalidator.metricTimedOut()],
    ['SucceededWithWarning', () => invalidator.metricSucceededWithWarning()],
  ])('%s is the sum of both functions', (name, metric) => {
    expect(names).toMatch(new RegExp(`\\b${name}\\b`));
    const { mathExpression } = metric().toMetricConfig();
    expect(mathExpression!.expression).toBe('SUM([FILL(start, 0), FILL(checker, 0)])');
    const used = Object.values(mathExpression!.usingMetrics).map((each) => each.toMetricConfig().metricStat!);
    expect(used.map(({ metricName, statistic }) => [metricName, statistic])).toEqual([
      [name, 'Sum'],
      [name, 'Sum'],
    ]);
    const writers = used.map(({ dimensions }) => written(dimensions![0].value).Ref);
    expect(writers).toEqual(
      ['StartFunction', 'CheckerFunction'].map((id) => resource(template, `Invalidator${id}`).logicalId),
    );
  });

  test('CompletionSeconds is the slower of both, at P95 or at what is asked for', () => {
    expect(names).toMatch(/\bCompletionSeconds\b/);
    const statistics = (metric: cloudwatch.IMetric) => {
      const { mathExpression } = metric.toMetricConfig();
      expect(mathExpression!.expression).toBe('MAX([start, checker])');
      return Object.values(mathExpression!.usingMetrics).map((each) => each.toMetricConfig().metricStat!.statistic);
    };
    expect(statistics(invalidator.metricCompletionSeconds())).toEqual(['p95', 'p95']);
    expect(statistics(invalidator.metricCompletionSeconds({ statistic: 'p50' }))).toEqual(['p50', 'p50']);
  });

  test('OldestOverdueSeconds is what a sweep of the checker writes', () => {
    const { metricStat } = invalidator.metricOldestOverdueSeconds().toMetricConfig();
    expect(metricStat).toMatchObject({ metricName: 'OldestOverdueSeconds', statistic: 'Maximum' });
  });

  test('are all there by their names', () => {
    const written = [...names.matchAll(/^ +Self::\w+ => "(\w+)",$/gm)].map(([, name]) => name);
    expect(written.length).toBeGreaterThanOrEqual(20);
    expect([...METRICS].sort()).toEqual(written.sort());
    for (const name of written) {
      const { mathExpression } = invalidator.metric(name).toMetricConfig();
      expect(mathExpression!.expression).toBe('SUM([FILL(start, 0), FILL(checker, 0)])');
    }
    const longest = invalidator.metric('QueueSeconds', { statistic: 'Maximum' }).toMetricConfig();
    expect(longest.mathExpression!.expression).toBe('MAX([start, checker])');
    expect(() => invalidator.metric('Success')).toThrow('The functions write no metric Success, only Succeeded, ');
  });

  test('are rejected if the functions do not write them', () => {
    const scope = stack();
    const basic = new CloudFrontInvalidator(scope, 'Basic');
    const none = new CloudFrontInvalidator(scope, 'None', { monitoring: Monitoring.NONE });
    expect(basic.metric('UndeliveredResults').toMetricConfig().mathExpression).toBeDefined();
    const wrong = "do not write Failed with monitoring 'basic'; use Monitoring.FULL";
    expect(() => basic.metric('Failed')).toThrow(wrong);
    expect(() => basic.metricFailed()).toThrow(wrong);
    expect(() => basic.metricOldestOverdueSeconds()).toThrow("write OldestOverdueSeconds with monitoring 'basic'");
    expect(() => none.metric('UndeliveredResults')).toThrow("with monitoring 'none'");
  });

  test('can raise an alarm', () => {
    const scope = stack();
    const of = new CloudFrontInvalidator(scope, 'Invalidator', {
      distributions: [distribution(scope)],
      monitoring: Monitoring.FULL,
    });
    of.metricFailed({ label: 'failures' }).createAlarm(scope, 'Mine', { threshold: 3, evaluationPeriods: 1 });
    expect(resource(Template.fromStack(scope), 'Mine').Properties.Threshold).toBe(3);
  });
});

describe('a pipeline that the CDK does not make', () => {
  test('may be allowed to invoke start, and no version of it', () => {
    const scope = stack();
    const of = new CloudFrontInvalidator(scope, 'Invalidator', { distributions: [distribution(scope)] });
    const role = new iam.Role(scope, 'Pipeline', { assumedBy: new iam.ServicePrincipal('codepipeline.amazonaws.com') });
    expect(of.grantInvoke(role).success).toBe(true);
    const made = Template.fromStack(scope);
    const arn = { 'Fn::GetAtt': [resource(made, 'InvalidatorStartFunction').logicalId, 'Arn'] };
    expect(permissions(made, 'Pipeline')).toEqual({ 'lambda:InvokeFunction': arn });
  });

  test('may be allowed to invoke one that was deployed before', () => {
    const scope = stack();
    const arn = 'arn:aws:lambda:us-east-1:111111111111:function:start';
    const role = new iam.Role(scope, 'Pipeline', { assumedBy: new iam.ServicePrincipal('codepipeline.amazonaws.com') });
    CloudFrontInvalidator.fromStartFunctionArn(scope, 'Sam', arn).grantInvoke(role);
    expect(permissions(Template.fromStack(scope), 'Pipeline')).toEqual({ 'lambda:InvokeFunction': arn });
  });
});

test('roles and log groups are there for the policies and subscriptions of others', () => {
  const scope = stack();
  const of = new CloudFrontInvalidator(scope, 'Invalidator', { distributions: [distribution(scope)] });
  for (const [name, group] of Object.entries({ Start: of.startLogGroup, Checker: of.checkerLogGroup })) {
    new logs.MetricFilter(scope, name, {
      logGroup: group,
      metricNamespace: 'Mine',
      metricName: name,
      filterPattern: logs.FilterPattern.anyTerm('panic'),
    });
  }
  const topic = new sns.Topic(scope, 'Theirs');
  topic.grantPublish(of.startRole);
  topic.grantPublish(of.checkerRole);
  const made = Template.fromStack(scope);
  for (const name of ['Start', 'Checker']) {
    expect(resource(made, name).Properties.LogGroupName).toEqual({
      Ref: resource(made, `Invalidator${name}LogGroup`).logicalId,
    });
    made.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: resource(made, `Invalidator${name}Role`).logicalId }],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'sns:Publish' })]) },
    });
  }
});
