# A pipeline that copies a site to S3 and invalidates its CloudFront distribution afterwards.

variable "source_bucket" {
  description = "The versioned bucket in which site.zip appears."
  type        = string
}

variable "site_bucket" {
  description = "The bucket that CloudFront serves."
  type        = string
}

variable "artifact_bucket" {
  description = "The bucket of the pipeline's artifacts."
  type        = string
}

variable "start_function_name" {
  description = "The output StartFunctionName of the deployed stack."
  type        = string
}

variable "start_function_arn" {
  description = "The output StartFunctionArn of the deployed stack."
  type        = string
}

variable "distribution_id" {
  description = "The distribution to invalidate. It must be in the DistributionArns of the deployed stack."
  type        = string
}

variable "topic_arn" {
  description = "The topic of the notification. It must be in the TopicArns of the deployed stack."
  type        = string
}

data "aws_caller_identity" "pipeline" {}

data "aws_partition" "pipeline" {}

resource "aws_codepipeline" "site" {
  name          = "site"
  pipeline_type = "V2"
  role_arn      = aws_iam_role.pipeline.arn

  artifact_store {
    type     = "S3"
    location = var.artifact_bucket
  }

  stage {
    name = "Source"

    action {
      name             = "Site"
      category         = "Source"
      owner            = "AWS"
      provider         = "S3"
      version          = "1"
      output_artifacts = ["Site"]

      configuration = {
        S3Bucket             = var.source_bucket
        S3ObjectKey          = "site.zip"
        PollForSourceChanges = "false"
      }
    }
  }

  stage {
    name = "Deploy"

    action {
      name            = "CopyToS3"
      category        = "Deploy"
      owner           = "AWS"
      provider        = "S3"
      version         = "1"
      input_artifacts = ["Site"]
      run_order       = 1

      configuration = {
        BucketName = var.site_bucket
        Extract    = "true"
      }
    }

    # Copy this action. It needs an artifact only for PathsFile, which names a file of it.
    action {
      name      = "InvalidateCache"
      category  = "Invoke"
      owner     = "AWS"
      provider  = "Lambda"
      version   = "1"
      namespace = "Invalidation"
      run_order = 2

      configuration = {
        FunctionName = var.start_function_name
        UserParameters = jsonencode({
          DistributionId = var.distribution_id
          Paths          = ["/index.html", "/assets/*"]
          SnsTopicArn    = var.topic_arn
        })
      }
    }
  }
}

resource "aws_iam_role" "pipeline" {
  name_prefix        = "site-pipeline-"
  assume_role_policy = data.aws_iam_policy_document.pipeline_trust.json
}

resource "aws_iam_role_policy" "pipeline" {
  name   = "pipeline"
  role   = aws_iam_role.pipeline.id
  policy = data.aws_iam_policy_document.pipeline.json
}

data "aws_iam_policy_document" "pipeline_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["codepipeline.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.pipeline.account_id]
    }
  }
}

data "aws_iam_policy_document" "pipeline" {
  # Copy this permission with the action.
  statement {
    sid       = "Invalidate"
    actions   = ["lambda:InvokeFunction"]
    resources = [var.start_function_arn]
  }

  statement {
    sid       = "FindTheSource"
    actions   = ["s3:GetBucketVersioning"]
    resources = ["arn:${data.aws_partition.pipeline.partition}:s3:::${var.source_bucket}"]
  }

  statement {
    sid       = "ReadTheSource"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["arn:${data.aws_partition.pipeline.partition}:s3:::${var.source_bucket}/site.zip"]
  }

  statement {
    sid       = "KeepArtifacts"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["arn:${data.aws_partition.pipeline.partition}:s3:::${var.artifact_bucket}/*"]
  }

  statement {
    sid       = "CopyTheSite"
    actions   = ["s3:PutObject"]
    resources = ["arn:${data.aws_partition.pipeline.partition}:s3:::${var.site_bucket}/*"]
  }
}
