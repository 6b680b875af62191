import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface OutcomeRulesProps {
  /** The bus that is the invalidator's `eventBus`. */
  readonly eventBus: events.IEventBus;

  /** The pipeline whose success starts the smoke test. */
  readonly pipelineName: string;

  /** The function that gets each failure and each warning, of any pipeline. */
  readonly onFailure: lambda.IFunction;

  /** The project that is the smoke test. It gets the variables PIPELINE and NOTIFICATION_ID. */
  readonly smokeTest: codebuild.IProject;
}

/** What fails goes to a function, and what succeeds starts a smoke test. */
export class OutcomeRules extends Construct {
  constructor(scope: Construct, id: string, props: OutcomeRulesProps) {
    super(scope, id);
    const { eventBus, pipelineName } = props;
    new events.Rule(this, 'FailureRule', {
      eventBus,
      description: 'What became of an invalidation that people should look at.',
      eventPattern: outcome({ status: ['failed', 'warning'] }),
      targets: [new targets.LambdaFunction(props.onFailure)],
    });
    new events.Rule(this, 'SuccessRule', {
      eventBus,
      description: 'What the viewers get is new, so that it can be tested.',
      // A target that starts a pipeline needs the name of another pipeline here: a pipeline that is started by its own success
      // runs in an endless loop.
      eventPattern: outcome({ status: ['success'], pipeline: [pipelineName] }),
      targets: [new targets.CodeBuildProject(props.smokeTest, { event: buildInput() })],
    });
  }
}

function outcome(detail: Record<string, string[]>): events.EventPattern {
  return { source: ['cloudfront-invalidation-action'], detailType: ['CloudFront Invalidation Outcome'], detail };
}

/** An event may come twice; the same NOTIFICATION_ID tells the second. */
function buildInput(): events.RuleTargetInput {
  const variable = (name: string, path: string) => ({
    name,
    type: 'PLAINTEXT',
    value: events.EventField.fromPath(path),
  });
  return events.RuleTargetInput.fromObject({
    environmentVariablesOverride: [
      variable('PIPELINE', '$.detail.pipeline'),
      variable('NOTIFICATION_ID', '$.detail.notificationId'),
    ],
  });
}
