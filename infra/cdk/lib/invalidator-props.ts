import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Monitoring } from './monitoring';

/** The properties of a `CloudFrontInvalidator`. Each has a default. */
export interface CloudFrontInvalidatorProps {
  /**
   * The distributions that may be invalidated. Each `CloudFrontInvalidateAction` adds its own.
   * @default - those of the actions
   */
  readonly distributions?: cloudfront.IDistributionRef[];

  /**
   * Whether every distribution of the account may be invalidated: `distribution/*` in the policies of both roles, which cdk-nag
   * reports. It is for distributions whose ids are known only when the pipeline runs.
   * @default false
   */
  readonly allDistributions?: boolean;

  /**
   * The distribution tenants that may be invalidated. Each `CloudFrontInvalidateAction` adds its own.
   * @default - those of the actions
   */
  readonly distributionTenants?: cloudfront.IDistributionTenantRef[];

  /**
   * Whether an action may name domain names. The functions may then list all distributions of the account and find
   * the tenant of a domain. They may still invalidate only the targets that are named. An action that names an alias allows it.
   * @default - only if one of the actions does
   */
  readonly allowAliases?: boolean;

  /**
   * The topics that an action may name. Each `CloudFrontInvalidateAction` adds its own.
   * @default - those of the actions
   */
  readonly topics?: sns.ITopic[];

  /**
   * The topic for actions that name none.
   * @default - none: such an action publishes nothing
   */
  readonly defaultTopic?: sns.ITopic;

  /**
   * Whether to create a topic and use it as `defaultTopic`.
   * @default false
   */
  readonly createTopic?: boolean;

  /**
   * The EventBridge event bus that receives an event for each outcome, in the region of the stack. One of another account
   * must allow it by its own policy.
   * @default - none: no events
   */
  readonly eventBus?: events.IEventBus;

  /**
   * Which pipelines may invalidate what, by their names or by prefixes of names followed by `*`: ids of distributions and
   * distribution tenants, or only `*` for every target, such as `{ site: ['E2EXAMPLE1ABCD'], 'shop-*': ['*'] }`. If several
   * names match a pipeline, it may invalidate the targets of all of them; if none does, it may invalidate nothing.
   * @default - every pipeline may invalidate every target
   */
  readonly allowedPipelines?: { [pipelineName: string]: string[] };

  /**
   * The maximum number of targets of one action: a whole number from 1 to 200.
   * @default 100
   */
  readonly maxTargetsPerAction?: number;

  /**
   * The maximum number of paths and cache tags of one action, of all its targets together: a whole number from 1 to 3000.
   * @default 3000
   */
  readonly maxPathsPerAction?: number;

  /**
   * The architecture of both functions.
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * The code of `start`: a `bootstrap` for `provided.al2023`.
   * @default - `start` in the folder of the context key `cloudfront-invalidation-action:codeFolder`, or in target/lambda
   */
  readonly startCode?: lambda.Code;

  /**
   * The code of `checker`: a `bootstrap` for `provided.al2023`.
   * @default - `checker` in the folder of the context key `cloudfront-invalidation-action:codeFolder`, or in target/lambda
   */
  readonly checkerCode?: lambda.Code;

  /**
   * How long a run may wait before it requests a continuation job: at most 580 seconds, because `start` must still report a
   * result within its 600; zero turns the wait off.
   * @default Duration.seconds(540)
   */
  readonly maxWait?: Duration;

  /**
   * The timeout of executions whose action specifies none: whole minutes, from 1 to 1380.
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * How long a finished record is kept: whole days, from 2 to 365.
   * @default Duration.days(30)
   */
  readonly recordRetention?: Duration;

  /**
   * How many of the 15 wildcards that CloudFront lets a distribution have in progress are reserved for manual invalidations: a whole number
   * from 0 to 14. Actions use the other wildcards and wait for them in a queue.
   * @default 2
   */
  readonly reservedWildcards?: number;

  /**
   * The level of the functions' own log lines: TRACE, DEBUG or INFO. Above it, Lambda would drop the lines of the metrics.
   * @default lambda.ApplicationLogLevel.INFO
   */
  readonly logLevel?: lambda.ApplicationLogLevel;

  /**
   * How long log lines are kept.
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Whether the schedule runs. Without it, only CodePipeline's continuation jobs move an execution.
   * @default true
   */
  readonly scheduleEnabled?: boolean;

  /**
   * The reserved concurrency of `start`, from 1 to 1000.
   * @default - none; an account with the minimum quota cannot reserve any
   */
  readonly startReservedConcurrency?: number;

  /**
   * The memory of each function in MB.
   * @default 128
   */
  readonly memorySize?: number;

  /**
   * The X-Ray tracing mode of both functions.
   * @default - `ACTIVE` with `Monitoring.FULL`, otherwise `PASS_THROUGH`
   */
  readonly tracing?: lambda.Tracing;

  /**
   * The VPC of both functions. They call CloudFront, CodePipeline, DynamoDB, SNS and EventBridge. CloudFront has no endpoint in a
   * VPC, so the subnets need a route to the internet through a NAT gateway.
   * @default - none: the functions are in Lambda's own network
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of that VPC.
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of both functions. They need outbound HTTPS alone.
   * @default - one for each function, with all outbound traffic
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether the table can be restored to any point in time of the last 35 days.
   * @default true
   */
  readonly pointInTimeRecovery?: boolean;

  /**
   * Whether DynamoDB rejects requests to delete the table.
   * @default false
   */
  readonly deletionProtection?: boolean;

  /**
   * Whether the table's own policy denies writing items to all principals except the roles of the two functions, regardless
   * of their own policies. A principal that may change the policy can remove it.
   * @default false
   */
  readonly lockTable?: boolean;

  /**
   * The removal policy of the table if the stack is deleted or the table is replaced.
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * A customer managed key for the table, the log groups, the functions' environment and the created topic. The policy of an
   * imported key must already allow CloudWatch Logs to use it; this construct cannot change it.
   * @default - AWS owned keys
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The permissions boundary of every role that this construct creates.
   * @default - none
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * Which alarms, metrics and traces there are, and whether there is a dashboard.
   * @default Monitoring.BASIC
   */
  readonly monitoring?: Monitoring;

  /**
   * The topic that alarms notify when they fire and when they return to OK. Its key, if any, must allow CloudWatch to use it.
   * @default - none: alarms only show their state
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * The topic for the alarms that can wait until working hours; they exist only with `Monitoring.FULL`.
   * @default - `alarmTopic`
   */
  readonly lowUrgencyAlarmTopic?: sns.ITopic;

  /**
   * Further actions of all alarms when they fire. To add an action to one alarm, use `alarms`.
   * @default - nothing
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * The same for the alarms that can wait until working hours.
   * @default - `alarmActions`
   */
  readonly lowUrgencyAlarmActions?: cloudwatch.IAlarmAction[];

  /**
   * The actions of each alarm when it returns to OK.
   * @default - nothing
   */
  readonly okActions?: cloudwatch.IAlarmAction[];

  /**
   * Other thresholds, by the names of the alarms, such as `{ StartErrorsAlarm: 5 }`.
   * @default - those of docs/operations.md
   */
  readonly alarmThresholds?: { [alarmName: string]: number };
}
