import { Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CloudFrontInvalidatorProps, Monitoring } from '../lib';
import { invalidatorTemplate, resource } from './stacks';

const template = invalidatorTemplate({ monitoring: Monitoring.FULL });
const start = resource(template, 'StartFunction').logicalId;
const checker = resource(template, 'CheckerFunction').logicalId;
const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
const highUrgency = [
  'AbandonedEventsAlarm',
  'CheckerErrorsAlarm',
  'CheckerSilentAlarm',
  'LostFailedDeliveriesAlarm',
  'LostJobsAlarm',
  'RejectedEventsAlarm',
  'UndeliveredResultsAlarm',
];

const by = (id: string) => [{ Name: 'FunctionName', Value: { Ref: id } }];

describe('alarms', () => {
  test.each([
    ['StartErrorsAlarm', 'AWS/Lambda', 'Errors', start, { Period: 60, EvaluationPeriods: 5, DatapointsToAlarm: 3 }],
    ['CheckerErrorsAlarm', 'AWS/Lambda', 'Errors', checker, { Period: 60, EvaluationPeriods: 5, DatapointsToAlarm: 3 }],
    [
      'CheckerSilentAlarm',
      'AWS/Lambda',
      'Invocations',
      checker,
      {
        Period: 180,
        EvaluationPeriods: 2,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      },
    ],
    ['LostJobsAlarm', 'AWS/Lambda', 'DestinationDeliveryFailures', start, {}],
    ['FailedDeliveriesAlarm', 'CloudFrontInvalidation', 'FailedDeliveries', checker, {}],
    ['StuckExecutionsAlarm', 'CloudFrontInvalidation', 'StuckExecutions', checker, {}],
    [
      'OldestOverdueAlarm',
      'CloudFrontInvalidation',
      'OldestOverdueSeconds',
      checker,
      { Statistic: 'Maximum', EvaluationPeriods: 3, Threshold: 1800, ComparisonOperator: 'GreaterThanThreshold' },
    ],
  ])('%s', (id, Namespace, MetricName, writer, more) => {
    const { AlarmDescription, ...rule } = resource(template, id).Properties;
    expect(AlarmDescription).toMatch(/\.$/);
    expect(rule).toEqual({
      Namespace,
      MetricName,
      Dimensions: by(writer),
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      ...more,
    });
  });

  test.each([
    ['ThrottlesAlarm', 'AWS/Lambda', 'Throttles', { EvaluationPeriods: 5, DatapointsToAlarm: 3 }],
    ['InvalidEventsAlarm', 'CloudFrontInvalidation', 'InvalidEvents', {}],
    ['UndeliveredResultsAlarm', 'CloudFrontInvalidation', 'UndeliveredResults', {}],
    ['RejectedNotificationsAlarm', 'CloudFrontInvalidation', 'RejectedNotifications', {}, 900],
    ['AbandonedNotificationsAlarm', 'CloudFrontInvalidation', 'AbandonedNotifications', {}],
  ])('%s counts in both functions', (id, Namespace, MetricName, more, Period = 300) => {
    const { Metrics, ...rule } = resource(template, id).Properties;
    const metric = (writer: string) => ({
      ReturnData: false,
      MetricStat: { Metric: { Namespace, MetricName, Dimensions: by(writer) }, Period, Stat: 'Sum' },
    });
    expect(Metrics).toMatchObject([
      { Expression: 'SUM([FILL(start, 0), FILL(checker, 0)])', ReturnData: true },
      { Id: 'start', ...metric(start) },
      { Id: 'checker', ...metric(checker) },
    ]);
    expect(rule).toMatchObject({ Threshold: 1, EvaluationPeriods: 1, TreatMissingData: 'notBreaching', ...more });
  });

  test('a dropped event of the checker counts only soon after one of start', () => {
    const { Metrics } = resource(template, 'LostFailedDeliveriesAlarm').Properties;
    const dropped = (writer: string) => ({
      MetricStat: { Metric: { MetricName: 'AsyncEventsDropped', Dimensions: by(writer) }, Period: 900, Stat: 'Sum' },
    });
    expect(Metrics).toMatchObject([
      { Expression: 'IF(FILL(start, 0) > 0, FILL(checker, 0), 0)', ReturnData: true },
      { Id: 'start', ...dropped(start) },
      { Id: 'checker', ...dropped(checker) },
    ]);
  });

  test('these are all, and without a topic they only show', () => {
    expect(alarms).toHaveLength(13);
    for (const { Properties } of alarms) {
      expect(Properties).not.toHaveProperty('AlarmActions');
    }
  });

  const onCall = 'arn:aws:sns:us-east-1:111111111111:on-call';
  const lowUrgency = 'arn:aws:sns:us-east-1:111111111111:low-urgency';
  const topic = (own: Stack, arn: string) => sns.Topic.fromTopicArn(own, arn, arn);
  const notified = (props: (own: Stack) => CloudFrontInvalidatorProps) =>
    Object.entries(
      invalidatorTemplate((own) => ({
        eventBus: events.EventBus.fromEventBusName(own, 'Bus', 'default'),
        monitoring: Monitoring.FULL,
        ...props(own),
      })).findResources('AWS::CloudWatch::Alarm'),
    ).map(([id, { Properties }]) => [id.slice(0, -8), Properties.AlarmActions, Properties.OKActions]);
  test('each notifies the topic that is given, in both directions', () => {
    for (const [, raised, ended] of notified((own) => ({ alarmTopic: topic(own, onCall) }))) {
      expect([raised, ended]).toEqual([[onCall], [onCall]]);
    }
  });

  test('those that can wait notify another topic', () => {
    const told = notified((own) => ({ alarmTopic: topic(own, onCall), lowUrgencyAlarmTopic: topic(own, lowUrgency) }));
    for (const [id, raised, ended] of told) {
      const one = highUrgency.includes(id) ? onCall : lowUrgency;
      expect([id, raised, ended]).toEqual([id, [one], [one]]);
    }
    expect(
      told
        .filter(([, [raised]]) => raised === onCall)
        .map(([id]) => id)
        .sort(),
    ).toEqual(highUrgency);
  });

  test('those that can wait have actions of their own', () => {
    const told = notified((own) => ({
      alarmActions: [new SnsAction(topic(own, onCall))],
      lowUrgencyAlarmActions: [new SnsAction(topic(own, lowUrgency))],
    }));
    for (const [id, raised, ended] of told) {
      expect([id, raised, ended]).toEqual([id, [highUrgency.includes(id) ? onCall : lowUrgency], undefined]);
    }
  });

  test('a checker without a schedule may be silent', () => {
    const stopped = invalidatorTemplate({ scheduleEnabled: false, monitoring: Monitoring.FULL });
    expect(resource(stopped, 'Schedule').Properties.State).toBe('DISABLED');
    stopped.resourceCountIs('AWS::CloudWatch::Alarm', 12);
    expect(() => resource(stopped, 'CheckerSilentAlarm')).toThrow();
  });

  test('an event bus has alarms of its own', () => {
    const told = invalidatorTemplate((own) => ({
      eventBus: events.EventBus.fromEventBusName(own, 'Bus', 'default'),
      monitoring: Monitoring.FULL,
    }));
    told.resourceCountIs('AWS::CloudWatch::Alarm', 15);
    const { Metrics } = resource(told, 'AbandonedEventsAlarm').Properties;
    expect(JSON.stringify(Metrics)).toContain('"MetricName":"AbandonedEvents"');
    expect(JSON.stringify(resource(told, 'Dashboard').Properties)).toContain('"AbandonedEventsAlarm');
  });

  test('a longer time-out does not change when an execution has been overdue for too long', () => {
    const patient = invalidatorTemplate({ timeout: Duration.minutes(60), monitoring: Monitoring.FULL });
    expect(resource(patient, 'OldestOverdueAlarm').Properties.Threshold).toBe(1800);
  });
});

describe('monitoring', () => {
  const topicOf = (own: Stack) => sns.Topic.fromTopicArn(own, 'OnCall', 'arn:aws:sns:us-east-1:111111111111:on-call');
  const of = (props: CloudFrontInvalidatorProps) => {
    const made = invalidatorTemplate((own) => ({
      eventBus: events.EventBus.fromEventBusName(own, 'Bus', 'default'),
      ...props,
    }));
    const found = Object.keys(made.findResources('AWS::CloudWatch::Alarm')).map((id) => id.slice(0, -8));
    const { METRICS } = resource(made, 'StartFunction').Properties.Environment.Variables;
    const { Mode } = resource(made, 'CheckerFunction').Properties.TracingConfig;
    return {
      METRICS,
      Mode,
      alarms: found.sort(),
      dashboards: Object.keys(made.findResources('AWS::CloudWatch::Dashboard')),
    };
  };
  test('is basic by default: the alarms of high urgency', () => {
    expect(of({})).toEqual({ METRICS: 'basic', Mode: 'PassThrough', alarms: highUrgency, dashboards: [] });
    expect(of({ monitoring: Monitoring.BASIC })).toEqual(of({}));
  });

  test('may be none', () => {
    expect(of({ monitoring: Monitoring.NONE })).toEqual({
      METRICS: 'none',
      Mode: 'PassThrough',
      alarms: [],
      dashboards: [],
    });
  });

  test('has the alarms that a topic or an action is given for', () => {
    const given = (monitoring: Monitoring, prop: string) => () =>
      invalidatorTemplate((own) => {
        const to = topicOf(own);
        return { monitoring, [prop]: prop.endsWith('Topic') ? to : [new SnsAction(to)] };
      });
    for (const prop of ['lowUrgencyAlarmTopic', 'lowUrgencyAlarmActions']) {
      expect(given(Monitoring.NONE, prop)).toThrow('need Monitoring.FULL');
      expect(given(Monitoring.BASIC, prop)).toThrow('need Monitoring.FULL');
      expect(given(Monitoring.FULL, prop)).not.toThrow();
    }
    for (const prop of ['alarmTopic', 'alarmActions', 'okActions']) {
      expect(given(Monitoring.NONE, prop)).toThrow("with monitoring 'none' there are none");
      expect(given(Monitoring.BASIC, prop)).not.toThrow();
    }
  });

  test('may be full', () => {
    const { METRICS, Mode, alarms, dashboards } = of({ monitoring: Monitoring.FULL });
    expect([METRICS, Mode, alarms.length, dashboards.length]).toEqual(['full', 'Active', 15, 1]);
  });
});

test('the dashboard shows every alarm and every metric of the product', () => {
  const body = JSON.stringify(resource(template, 'Dashboard').Properties.DashboardBody);
  for (const id of Object.keys(template.findResources('AWS::CloudWatch::Alarm'))) {
    expect(body).toContain(`"${id}","Arn"`);
  }
  const source = fs.readFileSync(
    path.join(__dirname, '..', '..', '..', 'shared/runtime/src/telemetry/metrics.rs'),
    'utf8',
  );
  const metrics = [...source.matchAll(/^ +Self::(\w+) => "\1",$/gm)].map(([, name]) => name);
  expect(metrics.length).toBeGreaterThanOrEqual(6);
  for (const metric of metrics) {
    expect(body).toContain(`\\"CloudFrontInvalidation\\",\\"${metric}\\",\\"FunctionName\\"`);
  }
});

test('the saved queries ask both logs', () => {
  const queries = Object.values(template.findResources('AWS::Logs::QueryDefinition'));
  expect(queries).toHaveLength(8);
  for (const { Properties } of queries) {
    expect(Properties.LogGroupNames).toEqual([
      { Ref: resource(template, 'StartLogGroup').logicalId },
      { Ref: resource(template, 'CheckerLogGroup').logicalId },
    ]);
  }
});
