import { CfnOutput, Lazy, Stage, Token } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as pipelines from 'aws-cdk-lib/pipelines';
import { IConstruct } from 'constructs';
import { CloudFrontInvalidateAction, CloudFrontInvalidateProps } from './cloudfront-invalidate-action';
import { InvalidationTarget } from './invalidation-target';

/** How a step of CDK Pipelines invalidates CloudFront. */
export interface CloudFrontInvalidateStepProps extends CloudFrontInvalidateProps {
  /**
   * The stack output with the id of a distribution that this pipeline deploys, in the place of `distribution`. The id is known
   * only when the pipeline runs, so the step cannot grant access to it: set `distributions` or `allDistributions` of the invalidator.
   * @default - the distributions of `distribution`, `distributions` or `targets`
   */
  readonly distributionIdOutput?: CfnOutput;
}

/** A step for `pipelines.CodePipeline` that invalidates CloudFront distributions, for example after the stage that deploys them. */
export class CloudFrontInvalidateStep extends pipelines.Step implements pipelines.ICodePipelineActionFactory {
  private readonly props: CloudFrontInvalidateStepProps;
  private readonly distributionId?: pipelines.StackOutputReference;

  constructor(id: string, props: CloudFrontInvalidateStepProps) {
    super(id);
    const { distribution, distributions, targets, distributionIdOutput } = props;
    if (distributionIdOutput && (distribution ?? distributions ?? targets)) {
      throw new Error(`The step ${id} has distributionIdOutput and other targets: specify only one of them.`);
    }
    this.props = props;
    this.distributionId = distributionIdOutput && pipelines.StackOutputReference.fromCfnOutput(distributionIdOutput);
    // A step that writes a variable which this one reads runs before it.
    const { paths, pipelineName } = props;
    this.discoverReferencedOutputs({ paths, pipelineName, ofTargets: targets?.map(({ _target }) => _target) });
  }

  /** The outputs that must be known before this step runs. */
  public override get consumedStackOutputs(): pipelines.StackOutputReference[] {
    return this.distributionId ? [this.distributionId] : [];
  }

  /** Adds the action to a stage of the pipeline. */
  public produceAction(
    stage: codepipeline.IStage,
    options: pipelines.ProduceActionOptions,
  ): pipelines.CodePipelineActionFactoryResult {
    const { distributionIdOutput, ...props } = this.props;
    [props.distribution, ...(props.distributions ?? [])].forEach((each) => this.mustBeKnown(options.scope, each));
    const targets = this.distributionId && [ofVariable(options.stackOutputsMap.toCodePipeline(this.distributionId))];
    const { actionName, runOrder, variablesNamespace } = options;
    stage.addAction(
      new CloudFrontInvalidateAction({
        ...props,
        ...(targets && { targets }),
        actionName,
        runOrder,
        variablesNamespace,
      }),
    );
    return { runOrdersConsumed: 1 };
  }

  /** CloudFormation does not refer from the pipeline's stack to one that the pipeline deploys later. */
  private mustBeKnown(scope: IConstruct, distribution?: cloudfront.IDistributionRef): void {
    const isLate = distribution && Token.isUnresolved(distribution.distributionRef.distributionId);
    if (isLate && Stage.of(distribution) !== Stage.of(scope)) {
      throw new Error(
        `The step ${this.id} names ${distribution.node.path}, which the pipeline deploys itself: ` +
          'make its id a CfnOutput of its stack, and specify that output as distributionIdOutput.',
      );
    }
  }
}

/** The distribution whose id CodePipeline fills in. It cannot be validated or granted at synthesis. */
function ofVariable(variable: string): InvalidationTarget {
  return InvalidationTarget._fromLateId(Lazy.string({ produce: () => variable }));
}
