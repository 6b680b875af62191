import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import { Action } from 'aws-cdk-lib/aws-codepipeline-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { areDifferent } from './accounts';
import { acknowledge } from './acknowledged';
import { CloudFrontInvalidator, ICloudFrontInvalidator } from './cloudfront-invalidator';
import { freeTextVariables } from './free-text';
import { InvalidationTarget } from './invalidation-target';
import { NotificationFormat, NotifyOn } from './notification';
import { OnTimeout } from './on-timeout';
import { IPermissions } from './permissions';
import { PermissionsElsewhere } from './permissions-elsewhere';
import { remarked, REMARKS } from './remarks';
import { userParameters, UserParameters, Wishes } from './user-parameters';
import { WhenEmpty } from './when-empty';

/** The policy that lets a role list functions, which the actions of one role share. */
const LISTING = 'ListFunctions';

/** The targets to invalidate, and the notifications about them. */
export interface CloudFrontInvalidateProps {
  /**
   * The distribution, owned or imported; it must be in the account of the invalidator.
   * @default - those of `distributions` or `targets`, one of which must be given then
   */
  readonly distribution?: cloudfront.IDistributionRef;

  /**
   * Several distributions in which the same is invalidated, in the place of `distribution`.
   * @default - the one `distribution`
   */
  readonly distributions?: cloudfront.IDistributionRef[];

  /**
   * Distributions, distribution tenants and domain names, each with paths of its own if it wants, in the place of
   * `distribution`. The action succeeds when all of them have completed.
   * @default - the one `distribution`
   */
  readonly targets?: InvalidationTarget[];

  /**
   * Paths and cache tags, as in ['/index.html', '/images/*', '#product:electronics']: a path begins with "/" and has a "*"
   * only at its end. The function encodes the characters that CloudFront requires to be URL-encoded; write them plain or encoded.
   * @default - everything: ['/*']
   */
  readonly paths?: string[];

  /**
   * The maximum number of paths and tags for each target, from 1 to 3000; further ones are merged into wildcards.
   * @default - all are sent
   */
  readonly maxPaths?: number;

  /**
   * What an empty list of paths means.
   * @default - WhenEmpty.SUCCEED for `pathsFile`, WhenEmpty.FAIL for `paths`
   */
  readonly whenEmpty?: WhenEmpty;

  /**
   * The topic to which the outcome is published, in any region.
   * @default - the default topic of the invalidator, if it has one
   */
  readonly topic?: sns.ITopic;

  /**
   * The format of notifications to the topic.
   * @default NotificationFormat.TEXT
   */
  readonly notificationFormat?: NotificationFormat;

  /**
   * The outcomes that are published to the topic.
   * @default NotifyOn.ALWAYS
   */
  readonly notifyOn?: NotifyOn;

  /**
   * How long the action may run before it fails: whole minutes, from 1 to 1380.
   * @default - the `timeout` of the invalidator
   */
  readonly timeout?: Duration;

  /**
   * The result of the action if CloudFront does not complete in that time. If CloudFront has not accepted the invalidation by
   * then, the action fails regardless.
   * @default OnTimeout.FAIL
   */
  readonly onTimeout?: OnTimeout;

  /**
   * Whether the action waits until CloudFront has completed; otherwise it succeeds as soon as the invalidations are created.
   * @default true
   */
  readonly wait?: boolean;

  /**
   * Whether the action only reports what it would do, and creates nothing.
   * @default false
   */
  readonly dryRun?: boolean;

  /**
   * A display name that the notification shows beside the name of the pipeline, if they differ.
   * @default - none
   */
  readonly pipelineName?: string;

  /**
   * The invalidator that the action uses. One in another region, known by its ARN, makes this a cross-region action.
   * @default - the construct `CloudFrontInvalidator` of the pipeline's stack, which the first action creates
   */
  readonly invalidator?: ICloudFrontInvalidator;
}

/** How an action of a pipeline invalidates CloudFront. */
export interface CloudFrontInvalidateActionProps extends CloudFrontInvalidateProps, codepipeline.CommonAwsActionProps {
  /**
   * A file of an artifact with the paths, in the place of `paths`: one path or cache tag a line, or a JSON array. The artifact
   * becomes the input of the action, and is read with the credentials of the job.
   * @default - `paths`
   */
  readonly pathsFile?: codepipeline.ArtifactPath;
}

/** The output variables of the action, for later actions of the pipeline. */
export interface CloudFrontInvalidateActionVariables {
  /** The id of the invalidation, such as I2J0I21PCUYOIK; of several, in the order of the targets, with commas between them. */
  readonly invalidationId: string;
  /** The id of the distribution or the distribution tenant; of several, in their order, with commas between them. */
  readonly distributionId: string;
  /** The status: `Completed`; `InProgress`, if the action did not wait for that; or `Planned` by a dry run. */
  readonly status: string;
  /** How long it took, in seconds. */
  readonly durationSeconds: string;
  /** How many paths it has. */
  readonly pathCount: string;
  /** How many targets it has; only given of several. */
  readonly targets: string;
  /** The plan of a dry run: the paths for each target and their price; only a dry run sets it. */
  readonly plan: string;
}

/** A CodePipeline action that invalidates CloudFront distributions and succeeds when CloudFront has completed it. */
export class CloudFrontInvalidateAction extends Action {
  private readonly props: CloudFrontInvalidateActionProps;
  private readonly wishes: Wishes;
  private readonly parameters: UserParameters;

  constructor(props: CloudFrontInvalidateActionProps) {
    super({
      ...pipelineProperties(props),
      resource: props.invalidator?.startFunction,
      category: codepipeline.ActionCategory.INVOKE,
      provider: 'Lambda',
      artifactBounds: { minInputs: 0, maxInputs: INPUTS_AT_MOST, minOutputs: 0, maxOutputs: 0 },
      inputs: artifacts(props),
    });
    this.props = props;
    this.wishes = {
      distributionId: props.distribution?.distributionRef.distributionId,
      distributionIds: props.distributions?.map(({ distributionRef }) => distributionRef.distributionId),
      targets: props.targets?.map(({ _target }) => _target),
      paths: props.paths,
      maxPaths: props.maxPaths,
      pathsFile: props.pathsFile?.location,
      whenEmpty: props.whenEmpty,
      pipelineName: props.pipelineName,
      topicArn: props.topic?.topicArn,
      notificationFormat: props.notificationFormat,
      notifyOn: props.notifyOn,
      timeout: props.timeout,
      onTimeout: props.onTimeout,
      wait: props.wait,
      dryRun: props.dryRun,
    };
    this.parameters = userParameters(props.actionName, this.wishes);
  }

  /** The variables of this action, for the configuration of actions that run after it. */
  public get variables(): CloudFrontInvalidateActionVariables {
    return {
      invalidationId: this.variableExpression('InvalidationId'),
      distributionId: this.variableExpression('DistributionId'),
      status: this.variableExpression('Status'),
      durationSeconds: this.variableExpression('DurationSeconds'),
      pathCount: this.variableExpression('PathCount'),
      targets: this.variableExpression('Targets'),
      plan: this.variableExpression('Plan'),
    };
  }

  protected bound(
    scope: Construct,
    stage: codepipeline.IStage,
    options: codepipeline.ActionBindOptions,
  ): codepipeline.ActionConfig {
    this.remark(scope);
    const invalidator = this.props.invalidator ?? CloudFrontInvalidator.shared(scope);
    mustBeReachable(invalidator, scope);
    const permissions = permissionsFor(stage.pipeline, invalidator);
    invalidationTargets(this.props).forEach((target) => target._allowIn(permissions));
    if (this.props.topic) {
      permissions.allowTopic(this.props.topic);
    }
    // The permissions that CodePipeline uses with the action's role.
    invalidator.grantInvoke(options.role);
    if (artifacts(this.props).length > 0) {
      // The credentials of the job, which read the artifact, have the permissions of the action's role.
      options.bucket.grantRead(options.role);
    }
    allowListing(options.role);
    return {
      configuration: {
        FunctionName: invalidator.startFunction.functionName,
        UserParameters: Stack.of(scope).toJsonString(this.parameters),
      },
    };
  }

  /** Reports at synthesis the remarks that the function adds at each execution. */
  private remark(scope: Construct): void {
    this.remarkOn(scope, 'paths', this.props.paths);
    for (const name of freeTextVariables(this.wishes)) {
      Annotations.of(scope).addWarningV2(
        'cloudfront-invalidation-action:FreeText',
        `The action ${this.props.actionName}: the variable ${name} may contain free text. CodePipeline inserts it without ` +
          'escaping, so a quotation mark in it can break the parameters or add one. Use a variable such as CommitId.',
      );
    }
    this.props.targets?.forEach(({ _target }, index) =>
      this.remarkOn(scope, `the paths of target ${index + 1}`, _target.paths),
    );
  }

  private remarkOn(scope: Construct, list: string, paths: string[] = []): void {
    for (const { place, remark } of remarked(paths, this.props.maxPaths)) {
      const id = `cloudfront-invalidation-action:${remark}`;
      const text = `The action ${this.props.actionName}: item ${place} of ${list} ${REMARKS[remark]}.`;
      // An encoded path, or a path sent in addition to its wildcard, needs no action, so neither must fail a synthesis that
      // is strict on warnings.
      if (remark === 'Encoded' || remark === 'Stem') {
        Annotations.of(scope).addInfoV2(id, text);
      } else {
        Annotations.of(scope).addWarningV2(id, text);
      }
    }
  }
}

/** The targets of an action, from any of its properties. */
function invalidationTargets(props: CloudFrontInvalidateActionProps): InvalidationTarget[] {
  const distributions = props.distributions ?? (props.distribution ? [props.distribution] : []);
  return props.targets ?? distributions.map((distribution) => InvalidationTarget.fromDistribution(distribution));
}

/** "Number of input artifacts … Lambda: 0 to 5" (https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-action-artifacts.html). */
const INPUTS_AT_MOST = 5;

/** The artifacts with the files of an action, each once. */
function artifacts({ pathsFile, targets }: CloudFrontInvalidateActionProps): codepipeline.Artifact[] {
  const all = [pathsFile?.artifact, ...(targets ?? []).map(({ _artifact }) => _artifact)];
  return [...new Set(all.filter((artifact) => artifact !== undefined))];
}

/** The common properties of actions, without those of this action: CodePipeline's `timeout`, for example, is for manual approvals. */
function pipelineProperties(props: CloudFrontInvalidateActionProps): codepipeline.CommonAwsActionProps {
  const { actionName, role, runOrder, variablesNamespace } = props;
  return { actionName, role, runOrder, variablesNamespace };
}

/** The receiver of the permissions for an action. */
function permissionsFor(pipeline: codepipeline.IPipeline, invalidator: ICloudFrontInvalidator): IPermissions {
  const isElsewhere =
    CloudFrontInvalidator.isCloudFrontInvalidator(invalidator) && Stack.of(invalidator) !== Stack.of(pipeline);
  return isElsewhere ? new PermissionsElsewhere(invalidator, pipeline) : invalidator;
}

/**
 * Rejects an invalidator that is created in another account than the pipeline. One that was deployed there before has an ARN;
 * the function of this one has no name until it is deployed, and CloudFormation refers to nothing in another account.
 */
function mustBeReachable(invalidator: ICloudFrontInvalidator, scope: Construct): void {
  const { account } = Stack.of(scope);
  const other = Stack.of(invalidator).account;
  if (CloudFrontInvalidator.isCloudFrontInvalidator(invalidator) && areDifferent(account, other)) {
    throw new Error(
      `The pipeline of ${scope.node.path} is in the account ${account}, and the invalidator ${invalidator.node.path} in ${other}: ` +
        "create one in the pipeline's account, or deploy that one first and import it with CloudFrontInvalidator.fromStartFunctionArn.",
    );
  }
}

/**
 * The service role that CodePipeline creates has it in addition to InvokeFunction, and so have the CDK's own Lambda actions
 * (https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html). It supports no resource type. It is a separate
 * policy, so that its acknowledged reason applies to no other permission of the role.
 */
function allowListing(role: iam.IRole): void {
  if (role.node.tryFindChild(LISTING) !== undefined) {
    return;
  }
  const statement = new iam.PolicyStatement({ actions: ['lambda:ListFunctions'], resources: ['*'] });
  const policy = new iam.Policy(role, LISTING, { statements: [statement], roles: [role] });
  acknowledge(policy, 'IAM5[Resource::*]', 'lambda:ListFunctions has no resource type that a policy could name.');
}
