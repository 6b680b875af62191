import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { CloudFrontInvalidatorProps } from './invalidator-props';

/** The alarm of a silent checker evaluates six minutes: a longer interval would raise it. */
const INTERVAL = Duration.minutes(1);

/** The next run does the same work. */
const RETRY_POLICY = { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 };

/** Invokes the checker. The role is in the scope of the schedule, so that a second invalidator does not conflict with it. */
export function wakeOnSchedule(
  scope: Construct,
  checker: lambda.IFunction,
  props: CloudFrontInvalidatorProps,
): scheduler.Schedule {
  const role = new iam.Role(scope, 'ScheduleRole', {
    description: 'Permissions of EventBridge Scheduler to invoke the checker.',
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      // "we recommend using aws:SourceArn or aws:SourceAccount": schedules of other accounts must not use the role
      // (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    permissionsBoundary: props.permissionsBoundary,
  });
  // Not `grantInvoke`, which also allows every version and alias.
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      sid: 'InvokeChecker',
      actions: ['lambda:InvokeFunction'],
      resources: [checker.functionArn],
    }),
  );
  return new scheduler.Schedule(scope, 'Schedule', {
    description: 'Invokes the checker of CloudFront invalidations.',
    schedule: scheduler.ScheduleExpression.rate(INTERVAL),
    timeWindow: scheduler.TimeWindow.off(),
    enabled: props.scheduleEnabled ?? true,
    target: { bind: () => ({ arn: checker.functionArn, role, retryPolicy: RETRY_POLICY }) },
  });
}
