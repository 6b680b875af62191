/**
 * Prints the invalidator alone, with full monitoring, as a CloudFormation template that needs no CDK to be deployed: the code
 * is two zips in a bucket, named by parameters.
 */
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Template } from 'aws-cdk-lib/assertions';
import { CloudFrontInvalidator, Monitoring } from '../lib';

const app = new App({ analyticsReporting: false });
const stack = new Stack(app, 'Invalidator', {
  synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
});
// The CDK leaves this id out of the logical ids.
const invalidator = new CloudFrontInvalidator(stack, 'Default', {
  distributions: [cloudfront.CfnDistribution.fromDistributionId(stack, 'Distribution', 'E2EXAMPLE1ABCD')],
  topics: [sns.Topic.fromTopicArn(stack, 'Deploys', 'arn:aws:sns:us-east-1:111111111111:deploys')],
  monitoring: Monitoring.FULL,
  startCode: lambda.Code.fromCfnParameters(),
  checkerCode: lambda.Code.fromCfnParameters(),
});
new CfnOutput(stack, 'StartFunctionName', { value: invalidator.startFunction.functionName });
new CfnOutput(stack, 'StartFunctionArn', { value: invalidator.startFunction.functionArn });
new CfnOutput(stack, 'CheckerFunctionName', { value: invalidator.checkerFunction.functionName });
new CfnOutput(stack, 'StartRoleArn', { value: invalidator.startRole.roleArn });
new CfnOutput(stack, 'CheckerRoleArn', { value: invalidator.checkerRole.roleArn });
new CfnOutput(stack, 'StartLogGroupName', { value: invalidator.startLogGroup.logGroupName });
new CfnOutput(stack, 'CheckerLogGroupName', { value: invalidator.checkerLogGroup.logGroupName });
new CfnOutput(stack, 'TableName', { value: invalidator.table.tableName });
new CfnOutput(stack, 'TableArn', { value: invalidator.table.tableArn });
new CfnOutput(stack, 'DashboardUrl', { value: invalidator.dashboardUrl! });
console.log(JSON.stringify(Template.fromStack(stack).toJSON(), undefined, 2));
