"""The function that copies of a well-known article paste: one `try`, the clock as reference, and a continuation token."""
import json
import time

import boto3

codepipeline, cloudfront, sns = boto3.client("codepipeline"), boto3.client("cloudfront"), boto3.client("sns")


def publish(topic, job_id, status):
    sns.publish(TopicArn=topic, Message=f"JobId: {job_id}\nStatus: {status}\n")


def handler(event, context):
    try:
        job_id, data = event["CodePipeline.job"]["id"], event["CodePipeline.job"]["data"]
        parameters = json.loads(data["actionConfiguration"]["configuration"]["UserParameters"])
        distribution, topic = parameters["DistributionId"], parameters["SnsTopicArn"]
        if "continuationToken" in data:
            invalidation = json.loads(data["continuationToken"])["InvalidationId"]
            status = cloudfront.get_invalidation(DistributionId=distribution, Id=invalidation)["Invalidation"]["Status"]
            if status == "Completed":
                publish(topic, job_id, "success")
                codepipeline.put_job_success_result(jobId=job_id)
                return
        else:
            batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(time.time())}
            created = cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
            invalidation = created["Invalidation"]["Id"]
        token = json.dumps({"InvalidationId": invalidation})
        codepipeline.put_job_success_result(jobId=job_id, continuationToken=token)
    except Exception as error:
        publish(topic, job_id, "failed")
        codepipeline.put_job_failure_result(jobId=job_id, failureDetails={"type": "JobFailed", "message": str(error)})
