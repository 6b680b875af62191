/** Prints the rules on outcomes as a template, for the checks. */
import { App, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { OutcomeRules } from './outcome-rules';

const own = new Stack(new App({ analyticsReporting: false }), 'Rules', {
  synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  env: { account: '111111111111', region: 'us-east-1' },
});
new OutcomeRules(own, 'Default', {
  eventBus: events.EventBus.fromEventBusName(own, 'Bus', 'default'),
  pipelineName: 'site',
  onFailure: lambda.Function.fromFunctionArn(own, 'Tell', 'arn:aws:lambda:us-east-1:111111111111:function:tell'),
  smokeTest: codebuild.Project.fromProjectName(own, 'SmokeTest', 'smoke-test'),
});
console.log(JSON.stringify(Template.fromStack(own).toJSON()));
