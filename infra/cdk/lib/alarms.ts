import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CloudFrontInvalidatorProps } from './invalidator-props';
import { lambdaMetric, ownMetric, sumOfBoth } from './metrics';
import { DEFAULT_TIMEOUT } from './settings';

const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } =
  cloudwatch.ComparisonOperator;

/** What an alarm is about; the rest of its properties is the same for most. */
interface Rule extends Partial<cloudwatch.AlarmProps> {
  readonly metric: cloudwatch.IMetric;
  readonly alarmDescription: string;
}

/** Makes the alarms, each named after what is wrong when it rings. */
export class Alarms {
  public readonly all: cloudwatch.Alarm[] = [];

  constructor(
    private readonly scope: Construct,
    private readonly start: lambda.IFunction,
    private readonly checker: lambda.IFunction,
    private readonly props: CloudFrontInvalidatorProps,
  ) {
    this.functionsFail();
    this.jobsAreLost();
    this.peopleMustLook();
  }

  private functionsFail(): void {
    const { start, checker } = this;
    this.add('StartErrorsAlarm', {
      metric: lambdaMetric(start, 'Errors'),
      alarmDescription:
        'The function start ended with an error; Lambda tries the event again, twice, and then the checker takes it.',
    });
    this.add('CheckerErrorsAlarm', {
      metric: lambdaMetric(checker, 'Errors').with({ period: Duration.minutes(1) }),
      // A single failed pass costs a minute, for the next one does its work.
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      alarmDescription: 'The checker ends with errors, again and again; what only it can finish waits.',
    });
    this.add('ThrottlesAlarm', {
      metric: sumOfBoth('throttles', lambdaMetric(start, 'Throttles'), lambdaMetric(checker, 'Throttles')),
      alarmDescription:
        'Lambda throttled start or checker: the concurrency of the account or of the function is used up.',
    });
    if (this.props.scheduleEnabled ?? true) {
      this.checkerIsSilent();
    }
  }

  private checkerIsSilent(): void {
    this.add('CheckerSilentAlarm', {
      metric: lambdaMetric(this.checker, 'Invocations'),
      comparisonOperator: LESS_THAN_THRESHOLD,
      // Lambda writes no zeros: a checker that nobody wakes has no data at all.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: 'Nothing has woken the checker: look at the schedule, its role, and throttles.',
    });
  }

  private jobsAreLost(): void {
    const { start, checker } = this;
    this.add('EventsDroppedAlarm', {
      metric: lambdaMetric(start, 'AsyncEventsDropped'),
      alarmDescription: 'Lambda gave up delivering a job to start; the checker should have been handed it.',
    });
    this.add('RescuedJobsAlarm', {
      metric: ownMetric(checker, 'RescuedJobs', 'Sum'),
      alarmDescription: 'The checker took a job whose every delivery to start had failed: find out why start fails.',
    });
    this.add('UnanswerableEventsAlarm', {
      metric: this.ownSum('unanswerable events', 'UnanswerableEvents'),
      alarmDescription:
        'An event held no job that can be answered; if it came from a pipeline, its action hangs until it times out.',
    });
  }

  private peopleMustLook(): void {
    const { checker } = this;
    this.add('StuckExecutionsAlarm', {
      metric: ownMetric(checker, 'StuckExecutions', 'Sum'),
      alarmDescription:
        'Every pass over an execution died, so it was given up: look for its id in the log of the checker.',
    });
    this.add('OldestUnfinishedAlarm', {
      metric: ownMetric(checker, 'OldestUnfinishedSeconds', 'Maximum'),
      // Past its time-out, an execution still has the 20 minutes in which CodePipeline takes an answer, and its notice.
      threshold: (this.props.timeout ?? DEFAULT_TIMEOUT).toSeconds() + Duration.minutes(30).toSeconds(),
      comparisonOperator: GREATER_THAN_THRESHOLD,
      alarmDescription:
        'An execution is unfinished half an hour after the time-out: CodePipeline or SNS takes no answer of ours.',
    });
    this.add('GivenUpNoticesAlarm', {
      metric: this.ownSum('notices given up', 'GivenUpNotices'),
      alarmDescription:
        'SNS refused a notice so often that it was given up: look at the topic, its policy and its key.',
    });
  }

  private ownSum(label: string, metricName: string): cloudwatch.MathExpression {
    return sumOfBoth(label, ownMetric(this.start, metricName, 'Sum'), ownMetric(this.checker, metricName, 'Sum'));
  }

  private add(id: string, rule: Rule): void {
    const alarm = new cloudwatch.Alarm(this.scope, id, {
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // These metrics count bad events; where nothing happened, nothing is missing.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...rule,
    });
    if (this.props.alarmTopic) {
      alarm.addAlarmAction(new SnsAction(this.props.alarmTopic));
    }
    this.all.push(alarm);
  }
}
