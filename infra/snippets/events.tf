# Two rules on the outcomes of invalidations: failures and warnings invoke a function, and successes start a smoke test. The
# stack of the action must have EventBusName set to this bus.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "event_bus_name" {
  description = "The event bus that receives the outcomes."
  type        = string
  default     = "default"
}

variable "pipeline_name" {
  description = "The pipeline whose success starts the smoke test."
  type        = string
}

variable "failure_function_arn" {
  description = "The function that receives each failure and each warning of any pipeline."
  type        = string
}

variable "smoke_test_project_arn" {
  description = "The CodeBuild project that is the smoke test. It gets the variables PIPELINE and NOTIFICATION_ID."
  type        = string
}

data "aws_caller_identity" "events" {}

resource "aws_cloudwatch_event_rule" "failure" {
  description    = "Invalidations that failed or ended with a warning."
  event_bus_name = var.event_bus_name
  event_pattern = jsonencode({
    "source"      = ["cloudfront-invalidation-action"]
    "detail-type" = ["CloudFront Invalidation Outcome"]
    "detail" = {
      "status" = ["failed", "warning"]
    }
  })
}

resource "aws_cloudwatch_event_target" "failure" {
  rule           = aws_cloudwatch_event_rule.failure.name
  event_bus_name = var.event_bus_name
  arn            = var.failure_function_arn
}

resource "aws_lambda_permission" "failure" {
  action        = "lambda:InvokeFunction"
  function_name = var.failure_function_arn
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.failure.arn
}

resource "aws_cloudwatch_event_rule" "success" {
  description    = "Invalidations that succeeded, after which a smoke test can run."
  event_bus_name = var.event_bus_name
  event_pattern = jsonencode({
    "source"      = ["cloudfront-invalidation-action"]
    "detail-type" = ["CloudFront Invalidation Outcome"]
    "detail" = {
      "status" = ["success"]
      # Keep this line if the target starts a pipeline, and name another pipeline here: without it, a pipeline that is
      # started by its own success runs in an endless loop, and each run deploys and invalidates again.
      "pipeline" = [var.pipeline_name]
    }
  })
}

resource "aws_cloudwatch_event_target" "success" {
  rule           = aws_cloudwatch_event_rule.success.name
  event_bus_name = var.event_bus_name
  arn            = var.smoke_test_project_arn
  role_arn       = aws_iam_role.smoke_test.arn

  input_transformer {
    input_paths = {
      pipeline     = "$.detail.pipeline"
      notification = "$.detail.notificationId"
    }
    # An event may be delivered twice; both deliveries have the same NOTIFICATION_ID.
    input_template = <<-EOT
      {"environmentVariablesOverride": [
      {"name": "PIPELINE", "type": "PLAINTEXT", "value": <pipeline>},
      {"name": "NOTIFICATION_ID", "type": "PLAINTEXT", "value": <notification>}]}
    EOT
  }
}

data "aws_iam_policy_document" "events_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.events.account_id]
    }
  }
}

data "aws_iam_policy_document" "smoke_test" {
  statement {
    sid       = "Start"
    actions   = ["codebuild:StartBuild"]
    resources = [var.smoke_test_project_arn]
  }
}

resource "aws_iam_role" "smoke_test" {
  assume_role_policy = data.aws_iam_policy_document.events_trust.json
}

resource "aws_iam_role_policy" "smoke_test" {
  role   = aws_iam_role.smoke_test.id
  policy = data.aws_iam_policy_document.smoke_test.json
}
