import { RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { CloudFrontInvalidateAction } from '../lib';

/** A static site: its files in S3, CloudFront before them, and a pipeline that deploys a zip of them. */
export class SiteStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const site = bucket(this, 'Site');
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      defaultBehavior: {
        // The bucket stays private: only this distribution may read it, by origin access control.
        origin: origins.S3BucketOrigin.withOriginAccessControl(site),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      },
      defaultRootObject: 'index.html',
    });
    this.pipeline(site, distribution, new sns.Topic(this, 'Deploys', { enforceSSL: true }));
  }

  private pipeline(site: s3.IBucket, distribution: cloudfront.IDistribution, topic: sns.ITopic): void {
    const files = new codepipeline.Artifact('Files');
    new codepipeline.Pipeline(this, 'Pipeline', {
      pipelineType: codepipeline.PipelineType.V2,
      artifactBucket: bucket(this, 'Artifacts'),
      stages: [
        { stageName: 'Source', actions: [this.source(files)] },
        {
          stageName: 'Deploy',
          actions: [
            new actions.S3DeployAction({ actionName: 'Upload', bucket: site, input: files }),
            new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution, topic, runOrder: 2 }),
          ],
        },
      ],
    });
  }

  private source(output: codepipeline.Artifact): actions.S3SourceAction {
    const releases = bucket(this, 'Releases');
    // The construct's own `eventBridgeEnabled` would deploy a function to set this one property.
    (releases.node.defaultChild as s3.CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    return new actions.S3SourceAction({
      actionName: 'Zip',
      bucket: releases,
      bucketKey: 'site.zip',
      trigger: actions.S3Trigger.EVENTS,
      output,
    });
  }
}

/** A private bucket with versions. */
function bucket(scope: Construct, id: string): s3.Bucket {
  return new s3.Bucket(scope, id, {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
