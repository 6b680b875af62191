import { Annotations, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, IConstruct } from 'constructs';
import { mustBeInAccountOf } from './accounts';
import { allowedPipelines } from './allowed-pipelines';
import { Alarms } from './alarms';
import { CreatedTopic } from './created-topic';
import { InvalidatorDashboard } from './dashboard';
import { distributionTenantArn } from './distribution-tenant';
import { ExecutionRole, isOwnBus } from './execution-role';
import { FunctionLogGroup, letLogsUse } from './function-log-group';
import { InvalidatorFunction, InvalidatorFunctionProps } from './invalidator-function';
import { CloudFrontInvalidatorProps } from './invalidator-props';
import { mustBeWritten, ownMetric, PERIOD, sumOfBoth } from './metrics';
import { Monitoring } from './monitoring';
import { distributionArn } from './permissions';
import { prebuiltCode } from './prebuilt-code';
import { saveQueries } from './queries';
import { RecordTable } from './record-table';
import { wakeOnSchedule } from './schedule';
import { logLevel, monitoringLevel, numericSettings, startReservedConcurrency } from './settings';

/** The functions that carry out invalidations, created here or deployed before. */
export interface ICloudFrontInvalidator extends IConstruct {
  /** The function that a pipeline's action invokes. */
  readonly startFunction: lambda.IFunction;

  /** Lets the role of a pipeline, or of one of its actions, invoke that function. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant;

  /** Lets it invalidate one more distribution. */
  allowDistribution(distribution: cloudfront.IDistributionRef): iam.Grant;

  /** Lets it invalidate one more distribution tenant. */
  allowDistributionTenant(tenant: cloudfront.IDistributionTenantRef): iam.Grant;

  /** Lets it find the target of a domain name. That target must be allowed separately. */
  allowAliases(): iam.Grant;

  /** Lets it publish to one more topic. */
  allowTopic(topic: sns.ITopic): iam.Grant;
}

/** The invalidator that the actions of a stack share when none is given. */
const SHARED = 'CloudFrontInvalidator';

/** Identifies an invalidator of any copy of this library in an application; `instanceof` only recognizes those of its own copy. */
const BRAND = Symbol.for('cloudfront-invalidation-action.CloudFrontInvalidator');

/** The two functions, their table and schedule, and their alarms, dashboard and saved queries. */
export class CloudFrontInvalidator extends Construct implements ICloudFrontInvalidator {
  /**
   * One that was deployed before, for example with SAM, known by the ARN of its function `start`; it may be in another
   * region. That deployment decides what it may invalidate and where it may publish.
   */
  public static fromStartFunctionArn(scope: Construct, id: string, startFunctionArn: string): ICloudFrontInvalidator {
    return new ImportedInvalidator(scope, id, (own) =>
      lambda.Function.fromFunctionArn(own, 'StartFunction', startFunctionArn),
    );
  }

  /** The same, known by the name of its function `start` in the account and region of this stack. */
  public static fromStartFunctionName(scope: Construct, id: string, startFunctionName: string): ICloudFrontInvalidator {
    return new ImportedInvalidator(scope, id, (own) =>
      lambda.Function.fromFunctionName(own, 'StartFunction', startFunctionName),
    );
  }

  /**
   * The one that the actions of a stack share when none is given; it is made at the first call. To configure it, call this with
   * props before the first action is added. Another id or another stack would replace it, with its table and the executions that
   * are still running.
   */
  public static shared(scope: Construct, props?: CloudFrontInvalidatorProps): CloudFrontInvalidator {
    const stack = Stack.of(scope);
    const found = stack.node.tryFindChild(SHARED);
    if (found === undefined) {
      return new CloudFrontInvalidator(stack, SHARED, props);
    }
    if (!CloudFrontInvalidator.isCloudFrontInvalidator(found)) {
      throw new Error(
        `${found.node.path} is no CloudFrontInvalidator: specify the invalidator of the action, or give that construct another id.`,
      );
    }
    if (props !== undefined) {
      throw new Error(`${found.node.path} was made before: configure it before the first action is added.`);
    }
    return found;
  }

  /** Whether something is an invalidator that this application creates, with any copy of this library. */
  public static isCloudFrontInvalidator(x: any): x is CloudFrontInvalidator {
    return x !== null && typeof x === 'object' && BRAND in x;
  }

  public readonly startFunction: lambda.IFunction;
  /** The function that finishes executions that no CodePipeline job finishes. */
  public readonly checkerFunction: lambda.IFunction;
  /** The records, one for each execution, and the queues, one for each distribution. */
  public readonly table: dynamodb.ITable;
  /** The topic for actions that name none. */
  public readonly defaultTopic?: sns.ITopic;
  /** The log group of `start`. */
  public readonly startLogGroup: logs.ILogGroup;
  /** The log group of the checker. */
  public readonly checkerLogGroup: logs.ILogGroup;
  /** The schedule that invokes the checker. */
  public readonly schedule: scheduler.ISchedule;
  /** The alarms by their names, such as `StartErrorsAlarm`. */
  public readonly alarms: { [name: string]: cloudwatch.Alarm };
  /** The URL of the dashboard in the console, with `Monitoring.FULL`. */
  public readonly dashboardUrl?: string;

  /** The role of `start`. */
  public readonly startRole: iam.IRole;
  /** The role of the checker. */
  public readonly checkerRole: iam.IRole;

  private readonly monitoring: Monitoring;
  private readonly roles: ExecutionRole[];
  private readonly targetArns = new Set<string>();
  private readonly topics = new Map<string, iam.Grant>();
  private hasTargetsElsewhere = false;
  private hasTopicsElsewhere = false;

  constructor(scope: Construct, id: string, props: CloudFrontInvalidatorProps = {}) {
    super(scope, id);
    Object.defineProperty(this, BRAND, { value: true });
    if (props.createTopic && props.defaultTopic) {
      throw new Error('Specify defaultTopic or createTopic, not both: there is one default topic.');
    }
    this.monitoring = monitoringLevel(props);
    const [startLogGroup, checkerLogGroup] = this.logGroups(props);
    this.startLogGroup = startLogGroup;
    this.checkerLogGroup = checkerLogGroup;
    const startRole = new ExecutionRole(this, 'StartRole', {
      ...props,
      description: 'Permissions of the start function.',
      logGroup: startLogGroup,
    });
    const checkerRole = new ExecutionRole(this, 'CheckerRole', {
      ...props,
      description: 'Permissions of the checker function.',
      logGroup: checkerLogGroup,
    });
    this.roles = [startRole, checkerRole];
    if (props.vpc) {
      this.roles.forEach((role) => role.allowNetworkInterfaces());
    } else if (props.vpcSubnets ?? props.securityGroups) {
      throw new Error('vpcSubnets and securityGroups need a vpc.');
    }
    this.startRole = startRole;
    this.checkerRole = checkerRole;

    const table = new RecordTable(this, 'Table', props, this.roles);
    this.roles.forEach((role) => table.allowExecutions(role));
    table.allowPasses(checkerRole);
    this.table = table;
    this.defaultTopic = props.createTopic ? this.ownTopic(props) : props.defaultTopic;

    const shared = this.sharedProps(props);
    const checker = new InvalidatorFunction(this, 'CheckerFunction', {
      ...shared,
      description: 'Finishes CloudFront invalidations, and reports a result for jobs whose delivery to start failed.',
      code: props.checkerCode ?? prebuiltCode(this, 'checker', shared.architecture),
      timeout: Duration.seconds(55),
      // Lambda retries a failed delivery whose handling fails.
      maxEventAge: Duration.seconds(600),
      role: checkerRole,
      logGroup: checkerLogGroup,
    });
    const start = new InvalidatorFunction(this, 'StartFunction', {
      ...shared,
      description: 'Handles CodePipeline jobs for CloudFront invalidations.',
      code: props.startCode ?? prebuiltCode(this, 'start', shared.architecture),
      timeout: Duration.seconds(600),
      // An older event belongs to an action that CodePipeline has already timed out.
      maxEventAge: Duration.seconds(480),
      // A function and never a queue, topic or bucket, which would store the event with its artifact credentials.
      onFailure: checker,
      role: startRole,
      logGroup: startLogGroup,
      reservedConcurrency: startReservedConcurrency(props),
    });
    // The function whose failure records it accepts.
    checker.addEnvironment('START_FUNCTION_ARN', start.functionArn);
    this.startFunction = start;
    this.checkerFunction = checker;

    this.schedule = wakeOnSchedule(this, checker, props);
    saveQueries(this, [startLogGroup, checkerLogGroup]);
    const alarms = new Alarms(this, start, checker, this.monitoring, props).all;
    alarms.forEach((alarm) => props.okActions?.forEach((action) => alarm.addOkAction(action)));
    this.alarms = Object.fromEntries(alarms.map((alarm) => [alarm.node.id, alarm]));
    // The first run comes before the alarm.
    this.alarms.CheckerSilentAlarm?.node.addDependency(this.schedule);
    if (this.monitoring === Monitoring.FULL) {
      this.dashboardUrl = new InvalidatorDashboard(this, 'Dashboard', { start, checker, table, alarms }).url();
    }

    props.distributions?.forEach((distribution) => this.allowDistribution(distribution));
    if (props.allDistributions) {
      this.allowDistributionArn('*');
    }
    props.distributionTenants?.forEach((tenant) => this.allowDistributionTenant(tenant));
    if (props.allowAliases) {
      this.allowAliases();
    }
    [...(this.defaultTopic ? [this.defaultTopic] : []), ...(props.topics ?? [])].forEach((topic) =>
      this.allowTopic(topic),
    );
    if (props.eventBus) {
      const { eventBus } = props;
      this.roles.forEach((role) => role.allowEvents(eventBus));
    }
    this.node.addValidation({ validate: () => this.faults() });
  }

  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return grantInvocation(this.startFunction, grantee);
  }

  /** How many executions succeeded. */
  public metricSucceeded(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBoth('Succeeded', options);
  }

  /** How many executions failed, without those that timed out. */
  public metricFailed(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBoth('Failed', options);
  }

  /** How many executions failed because they timed out. */
  public metricTimedOut(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBoth('TimedOut', options);
  }

  /** How many executions timed out and succeeded with a warning, because of `onTimeout`. */
  public metricSucceededWithWarning(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBoth('SucceededWithWarning', options);
  }

  /**
   * The duration of executions, in seconds: P95 unless `statistic` is specified, of the function with the greater value. A
   * percentile of both together does not exist, because each function writes its own metric.
   */
  public metricCompletionSeconds(options: cloudwatch.MetricOptions = {}): cloudwatch.MathExpression {
    return this.metric('CompletionSeconds', { statistic: 'p95', ...options });
  }

  /**
   * Any metric that the functions write, by its name, such as `FailedDeliveries`: the sum of both functions, or with another
   * `statistic` the value of the function with the greater one.
   */
  public metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.MathExpression {
    mustBeWritten(metricName, this.monitoring);
    const { label = metricName, color, period = PERIOD, statistic = 'Sum' } = options;
    const of = (writer: lambda.IFunction) => ownMetric(writer, metricName, statistic);
    const isSum = statistic.toLowerCase() === 'sum';
    return new cloudwatch.MathExpression({
      label,
      color,
      period,
      expression: isSum ? 'SUM([FILL(start, 0), FILL(checker, 0)])' : 'MAX([start, checker])',
      usingMetrics: { start: of(this.startFunction), checker: of(this.checkerFunction) },
    });
  }

  /** How long the first execution has been overdue, in seconds; 0 if none is. */
  public metricOldestOverdueSeconds(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    mustBeWritten('OldestOverdueSeconds', this.monitoring);
    return ownMetric(this.checkerFunction, 'OldestOverdueSeconds', 'Maximum').with({ ...options });
  }

  public allowDistribution(distribution: cloudfront.IDistributionRef): iam.Grant {
    mustBeInAccountOf(this, Stack.of(this).account, distribution);
    return this.allowDistributionArn(distribution.distributionRef.distributionId);
  }

  public allowDistributionTenant(tenant: cloudfront.IDistributionTenantRef): iam.Grant {
    mustBeInAccountOf(this, Stack.of(this).account, tenant);
    const arn = distributionTenantArn(Stack.of(this), tenant.distributionTenantRef.distributionTenantId);
    this.targetArns.add(arn);
    return this.both((role) => role.allowTenantInvalidation(arn));
  }

  public allowAliases(): iam.Grant {
    return this.both((role) => role.allowAliases());
  }

  public allowTopic(topic: sns.ITopic): iam.Grant {
    const known = this.topics.get(topic.topicArn);
    if (known) {
      return known;
    }
    const grant = this.both((role) => role.allowPublishing(topic));
    this.topics.set(topic.topicArn, grant);
    return grant;
  }

  /** Records that a pipeline's stack has allowed targets. @internal */
  public _namesTargetElsewhere(): void {
    this.hasTargetsElsewhere = true;
  }

  /** Records that a pipeline's stack has allowed topics. @internal */
  public _namesTopicElsewhere(): void {
    this.hasTopicsElsewhere = true;
  }

  private allowDistributionArn(id: string): iam.Grant {
    const arn = distributionArn(Stack.of(this), id);
    this.targetArns.add(arn);
    return this.both((role) => role.allowInvalidation(arn));
  }

  /** The grants of both roles as one. */
  private both(grant: (role: ExecutionRole) => iam.Grant): iam.Grant {
    return this.roles.map(grant).reduce((one, other) => one.combine(other));
  }

  private metricOfBoth(name: string, options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    mustBeWritten(name, this.monitoring);
    const of = (writer: lambda.IFunction) => ownMetric(writer, name, 'Sum');
    return sumOfBoth(name, of(this.startFunction), of(this.checkerFunction)).with({ ...options });
  }

  private logGroups(props: CloudFrontInvalidatorProps): [FunctionLogGroup, FunctionLogGroup] {
    if (props.encryptionKey) {
      letLogsUse(props.encryptionKey, Stack.of(this));
    }
    return [new FunctionLogGroup(this, 'StartLogGroup', props), new FunctionLogGroup(this, 'CheckerLogGroup', props)];
  }

  private ownTopic(props: CloudFrontInvalidatorProps): sns.Topic {
    return new CreatedTopic(this, 'Topic', props.encryptionKey, this.roles);
  }

  private sharedProps(props: CloudFrontInvalidatorProps) {
    return {
      architecture: props.architecture ?? lambda.Architecture.ARM_64,
      environment: this.environment(props),
      logLevel: logLevel(props),
      encryptionKey: props.encryptionKey,
      memorySize: props.memorySize ?? 128,
      tracing: props.tracing ?? this.defaultTracing(),
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
    } satisfies Partial<InvalidatorFunctionProps>;
  }

  /** Without full monitoring, a function traces only an invocation that its caller traces. */
  private defaultTracing(): lambda.Tracing {
    return this.monitoring === Monitoring.FULL ? lambda.Tracing.ACTIVE : lambda.Tracing.PASS_THROUGH;
  }

  /** The environment of both functions, which must decide alike. */
  private environment(props: CloudFrontInvalidatorProps): Record<string, string> {
    const environment: Record<string, string> = {
      TABLE_NAME: this.table.tableName,
      // The list grows with the actions that are bound after this; without a topic, it is "none". A topic that another stack
      // creates cannot be in it; without a list, IAM alone decides.
      ALLOWED_TOPIC_ARNS: Lazy.string({
        produce: () => (this.hasTopicsElsewhere ? undefined : [...this.topics.keys()].join(',') || 'none'),
      }),
      ...numericSettings(props),
      METRICS: this.monitoring,
    };
    const pipelines = allowedPipelines(props);
    if (pipelines) {
      environment.ALLOWED_PIPELINES = pipelines;
    }
    if (this.defaultTopic) {
      environment.DEFAULT_TOPIC_ARN = this.defaultTopic.topicArn;
    }
    if (props.eventBus) {
      // The functions check that a bus exists if it is named by its name, because it is then in this account; any other has its ARN here.
      const { eventBusName, eventBusArn } = props.eventBus;
      environment.EVENT_BUS_NAME = isOwnBus(this, props.eventBus) ? eventBusName : eventBusArn;
    }
    return environment;
  }

  private faults(): string[] {
    const isIdle = this.targetArns.size === 0 && !this.hasTargetsElsewhere;
    return isIdle
      ? [
          'Nothing may be invalidated: specify distributions or distributionTenants, or add a CloudFrontInvalidateAction that ' +
            'names some. An alias is not enough, because its target is only known when the action runs.',
        ]
      : [];
  }
}

/** An invalidator of another deployment: no permission can be added, so warnings name the required ones. */
class ImportedInvalidator extends Construct implements ICloudFrontInvalidator {
  public readonly startFunction: lambda.IFunction;

  constructor(scope: Construct, id: string, startFunction: (own: Construct) => lambda.IFunction) {
    super(scope, id);
    this.startFunction = startFunction(this);
  }

  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return grantInvocation(this.startFunction, grantee);
  }

  public allowDistribution(distribution: cloudfront.IDistributionRef): iam.Grant {
    mustBeInAccountOf(this, this.startFunction.env.account, distribution);
    return this.expect('distribution', distribution.node.path);
  }

  public allowDistributionTenant(tenant: cloudfront.IDistributionTenantRef): iam.Grant {
    mustBeInAccountOf(this, this.startFunction.env.account, tenant);
    return this.expect('distribution tenant', tenant.node.path);
  }

  public allowAliases(): iam.Grant {
    return this.warn('Aliases', 'its aliases are set there: see that they are allowed');
  }

  public allowTopic(topic: sns.ITopic): iam.Grant {
    return this.expect('topic', topic.node.path);
  }

  private expect(kind: string, path: string): iam.Grant {
    const id = kind.charAt(0).toUpperCase() + kind.slice(1).replace(' t', 'T');
    return this.warn(id, `its ${kind}s are set there: see that ${path} is one of them`);
  }

  /** A warning, which can be acknowledged. */
  private warn(id: string, what: string): iam.Grant {
    const text = `This invalidator was deployed elsewhere, and ${what}.`;
    Annotations.of(this).addWarningV2(`cloudfront-invalidation-action:${id}Elsewhere`, text);
    return iam.Grant.drop(this.startFunction, text);
  }
}

/** Not `lambda.IFunction.grantInvoke`, which also allows every version and alias. */
function grantInvocation(startFunction: lambda.IFunction, grantee: iam.IGrantable): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['lambda:InvokeFunction'],
    resourceArns: [startFunction.functionArn],
  });
}
