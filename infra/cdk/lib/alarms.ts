import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CloudFrontInvalidatorProps } from './invalidator-props';
import { lambdaMetric, ownMetric, sumOfBoth } from './metrics';
import { Monitoring } from './monitoring';

const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } =
  cloudwatch.ComparisonOperator;

/** The properties of one alarm; most alarms share the others. */
interface Rule extends Partial<cloudwatch.AlarmProps> {
  readonly metric: cloudwatch.IMetric;
  readonly alarmDescription: string;
  /** Whether it can wait until working hours. */
  readonly isLowUrgency?: boolean;
}

/** Creates the alarms, each named after the fault that it reports. */
export class Alarms {
  public readonly all: cloudwatch.Alarm[] = [];

  constructor(
    private readonly scope: Construct,
    private readonly start: lambda.IFunction,
    private readonly checker: lambda.IFunction,
    private readonly monitoring: Monitoring,
    private readonly props: CloudFrontInvalidatorProps,
  ) {
    this.functionsFail();
    this.jobsAreLost();
    this.operatorsMustAct();
    this.thresholdsAreKnown();
  }

  /** Rejects thresholds for alarms that do not exist; they would be ignored. */
  private thresholdsAreKnown(): void {
    const names = this.all.map((alarm) => alarm.node.id);
    const unknown = Object.keys(this.props.alarmThresholds ?? {}).filter((name) => !names.includes(name));
    if (unknown.length > 0) {
      const existing = `with monitoring '${this.monitoring}', the alarms are ${names.join(', ') || 'none'}`;
      throw new Error(`alarmThresholds names ${unknown.join(', ')}; ${existing}.`);
    }
  }

  private functionsFail(): void {
    const { start, checker } = this;
    this.add('StartErrorsAlarm', {
      metric: lambdaMetric(start, 'Errors').with({ period: Duration.minutes(1) }),
      // A single error needs no action: the event is retried.
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      isLowUrgency: true,
      alarmDescription:
        'start keeps ending with an error. Lambda retries each event twice, and then sends it to the checker.',
    });
    this.add('CheckerErrorsAlarm', {
      metric: lambdaMetric(checker, 'Errors').with({ period: Duration.minutes(1) }),
      // A single failed sweep costs a minute, because the next sweep does its work.
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      alarmDescription:
        'The checker keeps ending with an error. Executions that only the checker can finish are delayed.',
    });
    this.add('ThrottlesAlarm', {
      metric: sumOfBoth('Throttles', lambdaMetric(start, 'Throttles'), lambdaMetric(checker, 'Throttles')),
      // Lambda retries throttled events for 15 minutes.
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      isLowUrgency: true,
      alarmDescription: 'Lambda keeps throttling events, because the account or start has no concurrency left.',
    });
    if (this.props.scheduleEnabled ?? true) {
      this.checkerIsSilent();
    }
  }

  private checkerIsSilent(): void {
    this.add('CheckerSilentAlarm', {
      metric: lambdaMetric(this.checker, 'Invocations').with({ period: Duration.minutes(3) }),
      // One period may lie before the first run of a new stack.
      evaluationPeriods: 2,
      comparisonOperator: LESS_THAN_THRESHOLD,
      // Lambda publishes no zeros: a checker that is not invoked has no data at all.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: 'The checker did not run for six minutes. Check the schedule, its role, and throttles.',
    });
  }

  private jobsAreLost(): void {
    const { start, checker } = this;
    this.add('LostFailedDeliveriesAlarm', {
      // An event of the checker is a scheduled run or a failed delivery. There is a failed delivery only if start dropped
      // its event before; the checker's retries and the age of its events end within the period.
      metric: new cloudwatch.MathExpression({
        label: 'LostFailedDeliveries',
        expression: 'IF(FILL(start, 0) > 0, FILL(checker, 0), 0)',
        usingMetrics: {
          start: lambdaMetric(start, 'AsyncEventsDropped'),
          checker: lambdaMetric(checker, 'AsyncEventsDropped'),
        },
        period: Duration.minutes(15),
      }),
      alarmDescription:
        'Lambda dropped an event of the checker soon after one of start. ' +
        'A job may have no result: stop its action and retry the stage.',
    });
    this.add('LostJobsAlarm', {
      metric: lambdaMetric(start, 'DestinationDeliveryFailures'),
      alarmDescription:
        'Lambda could not deliver a failed job of start to the checker. The job gets no result. Stop its action and retry the stage.',
    });
    this.add('FailedDeliveriesAlarm', {
      metric: ownMetric(checker, 'FailedDeliveries', 'Sum'),
      isLowUrgency: true,
      alarmDescription:
        'Every delivery of a job to start failed, and the checker reported its result. Find out why start fails.',
    });
    this.add('UndeliveredResultsAlarm', {
      metric: this.ownSum('UndeliveredResults'),
      alarmDescription:
        'CodePipeline ended a job before its result could be delivered. ' +
        'The invalidation was requested from CloudFront: retry the failed stage.',
    });
    this.add('InvalidEventsAlarm', {
      metric: this.ownSum('InvalidEvents'),
      isLowUrgency: true,
      alarmDescription:
        'An event had no readable job id, so no result can be reported for it. Check the sender of the event.',
    });
  }

  private operatorsMustAct(): void {
    const { checker } = this;
    this.add('StuckExecutionsAlarm', {
      metric: ownMetric(checker, 'StuckExecutions', 'Sum'),
      isLowUrgency: true,
      alarmDescription: 'The checker failed an execution because no sweep could process it. Its id is in the log.',
    });
    this.add('OldestOverdueAlarm', {
      metric: ownMetric(checker, 'OldestOverdueSeconds', 'Maximum'),
      threshold: Duration.minutes(30).toSeconds(),
      comparisonOperator: GREATER_THAN_THRESHOLD,
      // A backlog that is cleared within a quarter of an hour raises no alarm.
      evaluationPeriods: 3,
      isLowUrgency: true,
      alarmDescription:
        'An execution has been overdue for half an hour. ' +
        'SNS or EventBridge rejects its messages, or the checker cannot process its record.',
    });
    this.add('RejectedNotificationsAlarm', {
      metric: this.rejected('RejectedNotifications'),
      isLowUrgency: true,
      alarmDescription:
        'SNS keeps rejecting a notification for a reason that a retry does not correct. ' +
        'Correct the topic, its policy or its key before the last attempt.',
    });
    this.add('AbandonedNotificationsAlarm', {
      metric: this.ownSum('AbandonedNotifications'),
      isLowUrgency: true,
      alarmDescription:
        'SNS rejected a notification too often, and the checker abandoned it. Check the topic, its policy and its key.',
    });
    if (this.props.eventBus) {
      this.eventsAreGivenUp();
    }
  }

  private eventsAreGivenUp(): void {
    this.add('RejectedEventsAlarm', {
      metric: this.rejected('RejectedEvents'),
      alarmDescription:
        'EventBridge keeps rejecting an event for a reason that a retry does not correct. ' +
        'Correct the bus or its policy before the last attempt.',
    });
    this.add('AbandonedEventsAlarm', {
      metric: this.ownSum('AbandonedEvents'),
      alarmDescription:
        'EventBridge rejected an event too often, and it was abandoned. ' +
        'Check the bus and its policy, and start the targets of the event manually.',
    });
  }

  /** A sum over more than the time between two attempts, so that the alarm stays until the last one. */
  private rejected(metricName: string): cloudwatch.MathExpression {
    return this.ownSum(metricName).with({ period: Duration.minutes(15) }) as cloudwatch.MathExpression;
  }

  private ownSum(metricName: string): cloudwatch.MathExpression {
    return sumOfBoth(metricName, ownMetric(this.start, metricName, 'Sum'), ownMetric(this.checker, metricName, 'Sum'));
  }

  private add(id: string, { isLowUrgency = false, ...rule }: Rule): void {
    const level = isLowUrgency ? [Monitoring.FULL] : [Monitoring.FULL, Monitoring.BASIC];
    if (!level.includes(this.monitoring)) {
      return;
    }
    const threshold = this.props.alarmThresholds?.[id];
    const alarm = new cloudwatch.Alarm(this.scope, id, {
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // These metrics count faults, and have no data if there are none.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...rule,
      ...(threshold !== undefined && { threshold }),
    });
    const {
      alarmTopic,
      lowUrgencyAlarmTopic = alarmTopic,
      alarmActions,
      lowUrgencyAlarmActions = alarmActions,
    } = this.props;
    const topic = isLowUrgency ? lowUrgencyAlarmTopic : alarmTopic;
    if (topic) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
    // Not every kind of action may follow a return to OK.
    alarm.addAlarmAction(...((isLowUrgency ? lowUrgencyAlarmActions : alarmActions) ?? []));
    this.all.push(alarm);
  }
}
