import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ExecutionRole } from './execution-role';

export interface InvalidatorFunctionProps {
  readonly description: string;
  readonly code: lambda.Code;
  readonly architecture: lambda.Architecture;
  readonly timeout: Duration;
  /** The age at which Lambda drops an event that is not yet delivered. */
  readonly maxEventAge: Duration;
  /** The destination of an event if every delivery failed. */
  readonly onFailure?: lambda.IFunction;
  readonly environment: Record<string, string>;
  readonly role: ExecutionRole;
  readonly logGroup: logs.ILogGroup;
  readonly logLevel: lambda.ApplicationLogLevel;
  readonly reservedConcurrency?: number;
  readonly encryptionKey?: kms.IKey;
  readonly memorySize: number;
  readonly tracing: lambda.Tracing;
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** One of the two functions, as both are: a Rust bootstrap that is invoked asynchronously. */
export class InvalidatorFunction extends lambda.Function {
  constructor(scope: Construct, id: string, props: InvalidatorFunctionProps) {
    super(scope, id, {
      description: props.description,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      handler: 'bootstrap',
      code: props.code,
      architecture: props.architecture,
      memorySize: props.memorySize,
      timeout: props.timeout,
      environment: props.environment,
      environmentEncryption: props.encryptionKey,
      role: props.role,
      tracing: props.tracing,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: props.logLevel,
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      logGroup: props.logGroup,
      reservedConcurrentExecutions: props.reservedConcurrency,
    });
    this.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: props.maxEventAge,
      // Not `LambdaDestination`, which also allows every version and alias of the destination.
      onFailure: props.onFailure && { bind: () => ({ destination: props.onFailure!.functionArn }) },
    });
    if (props.onFailure) {
      // Lambda sends the failure record with this function's role, and rejects a destination that the role may not invoke.
      // The policy is separate from the role, because the destination refers to the function, which depends on the role.
      const statement = new iam.PolicyStatement({
        sid: 'HandOnFailures',
        actions: ['lambda:InvokeFunction'],
        resources: [props.onFailure.functionArn],
      });
      const policy = new iam.Policy(this, 'InvokeChecker', { statements: [statement], roles: [props.role] });
      this.node.findChild('EventInvokeConfig').node.addDependency(policy);
    }
  }
}
