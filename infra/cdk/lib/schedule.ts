import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { CloudFrontInvalidatorProps } from './invalidator-props';

/** The alarm of a silent checker looks at five minutes, in which at least one tick must fall. */
const LONGEST_INTERVAL_MINUTES = 4;
const MOST_RETRY_ATTEMPTS = 5;

function interval(props: CloudFrontInvalidatorProps): Duration {
  const interval = props.scheduleInterval ?? Duration.minutes(1);
  const minutes = interval.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > LONGEST_INTERVAL_MINUTES) {
    throw new Error(`scheduleInterval must be a whole number of minutes from 1 to ${LONGEST_INTERVAL_MINUTES}.`);
  }
  return interval;
}

/** Wakes the checker. The role lies beside the schedule, and not in the stack, where another would collide with it. */
export function wakeOnSchedule(scope: Construct, checker: lambda.IFunction, props: CloudFrontInvalidatorProps): void {
  const role = new iam.Role(scope, 'ScheduleRole', {
    description: 'What EventBridge Scheduler may do for the checker.',
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      // "we recommend using aws:SourceArn or aws:SourceAccount": nobody else's schedule may borrow the role
      // (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    permissionsBoundary: props.permissionsBoundary,
  });
  // Not `grantInvoke`, which allows every version and alias, too.
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      sid: 'InvokeChecker',
      actions: ['lambda:InvokeFunction'],
      resources: [checker.functionArn],
    }),
  );
  new scheduler.Schedule(scope, 'Schedule', {
    description: 'Wakes the checker of CloudFront invalidations.',
    schedule: scheduler.ScheduleExpression.rate(interval(props)),
    timeWindow: scheduler.TimeWindow.off(),
    enabled: props.scheduleEnabled ?? true,
    target: { bind: () => ({ arn: checker.functionArn, role, retryPolicy: retryPolicy(props) }) },
  });
}

/** An old tick is worth nothing, for the next one does the same work. */
function retryPolicy(props: CloudFrontInvalidatorProps) {
  const maximumRetryAttempts = props.scheduleRetryAttempts ?? 0;
  if (
    !Number.isInteger(maximumRetryAttempts) ||
    maximumRetryAttempts < 0 ||
    maximumRetryAttempts > MOST_RETRY_ATTEMPTS
  ) {
    throw new Error(`scheduleRetryAttempts must be a whole number from 0 to ${MOST_RETRY_ATTEMPTS}.`);
  }
  return { maximumEventAgeInSeconds: 60, maximumRetryAttempts };
}
