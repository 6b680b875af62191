import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** The topic that the invalidator creates for the outcomes, to which no other principal may publish. */
export class CreatedTopic extends sns.Topic {
  constructor(scope: Construct, id: string, masterKey: kms.IKey | undefined, publishers: iam.IRole[]) {
    super(scope, id, { masterKey, enforceSSL: true });
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'DenyOthersToPublish',
        effect: iam.Effect.DENY,
        principals: [new iam.StarPrincipal()],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        // Also true for a service, which has no aws:PrincipalArn: an alarm or an EventBridge rule cannot use this topic.
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': publishers.map((role) => role.roleArn) } },
      }),
    );
  }
}
