import { Template } from 'aws-cdk-lib/assertions';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** A pipeline of a source and these actions, all in one stage. */
export function pipeline(scope: Construct, ...given: codepipeline.IAction[]): codepipeline.Pipeline {
  return pipelineOf(scope, new codepipeline.Artifact(), ...given);
}

/** The same, with a source that writes this artifact. */
export function pipelineOf(
  scope: Construct,
  output: codepipeline.Artifact,
  ...given: codepipeline.IAction[]
): codepipeline.Pipeline {
  return new codepipeline.Pipeline(scope, 'Pipeline', {
    stages: [
      { stageName: 'Source', actions: [source(scope, output)] },
      { stageName: 'Deploy', actions: given },
    ],
  });
}

function source(scope: Construct, output: codepipeline.Artifact): actions.S3SourceAction {
  return new actions.S3SourceAction({
    actionName: 'Zip',
    bucket: s3.Bucket.fromBucketName(scope, 'Releases', 'releases'),
    bucketKey: 'site.zip',
    output,
    trigger: actions.S3Trigger.NONE,
  });
}

/** The actions of the last stage, as CloudFormation gets them. */
export function deployActions(template: Template): any[] {
  const [{ Properties }] = Object.values(template.findResources('AWS::CodePipeline::Pipeline'));
  return Properties.Stages.at(-1).Actions;
}

/** The user parameters of an action, with each reference written as its logical id. */
export function parameters(action: any): unknown {
  const given = action.Configuration.UserParameters;
  const parts: any[] = typeof given === 'string' ? [given] : given['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : part.Ref)).join(''));
}
