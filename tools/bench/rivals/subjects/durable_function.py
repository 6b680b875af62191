"""A durable function that keeps the job open while it waits, and the function that CodePipeline invokes to start it."""
import json
import os

import boto3
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

codepipeline, cloudfront, sns = boto3.client("codepipeline"), boto3.client("cloudfront"), boto3.client("sns")
RETRY = StepConfig(retry_strategy=create_retry_strategy(RetryStrategyConfig(max_attempts=12)))


def dispatch(event, context):
    job = event["CodePipeline.job"]
    payload = {"id": job["id"], "parameters": job["data"]["actionConfiguration"]["configuration"]["UserParameters"]}
    boto3.client("lambda").invoke(FunctionName="invalidate:live", InvocationType="Event", DurableExecutionName=job["id"],
                                  Payload=json.dumps(payload))


def create(job_id, distribution):
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": job_id}
    return cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)["Invalidation"]["Id"]


def status(distribution, invalidation):
    return cloudfront.get_invalidation(DistributionId=distribution, Id=invalidation)["Invalidation"]["Status"]


def report(job_id, error):
    if error is None:
        codepipeline.put_job_success_result(jobId=job_id)
    else:
        codepipeline.put_job_failure_result(jobId=job_id, failureDetails={"type": "JobFailed", "message": error})


def publish(status):
    sns.publish(TopicArn=os.environ["TOPIC_ARN"], Message=f"Status: {status}")


@durable_execution
def handler(event, context: DurableContext):
    error = None
    try:
        distributions = json.loads(event["parameters"])["DistributionIds"]
        created = [(each, context.step(lambda _, each=each: create(event["id"], each), config=RETRY)) for each in distributions]
        for distribution, invalidation in created:
            while context.step(lambda _, each=(distribution, invalidation): status(*each), config=RETRY) != "Completed":
                context.wait(Duration.from_seconds(5))
    except Exception as problem:
        error = str(problem)
    context.step(lambda _: report(event["id"], error))
    context.step(lambda _: publish("failed" if error else "success"))
