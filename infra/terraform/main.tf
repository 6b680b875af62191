# The packaged template of a release as a stack: Terraform uploads the files, and CloudFormation creates the resources.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

locals {
  template = "${var.release_folder}/cloudfront-invalidation.json"
  # The hash is part of the prefix: CloudFormation updates a function only if the key of its zip has changed.
  prefix = "${var.name}/${substr(filesha256("${var.release_folder}/SHA256SUMS"), 0, 16)}/"
  zips   = [for function in ["start", "checker"] : "${function}-${var.architecture}.zip"]
}

resource "aws_s3_object" "zip" {
  for_each    = toset(local.zips)
  bucket      = var.code_bucket
  key         = "${local.prefix}${each.value}"
  source      = "${var.release_folder}/${each.value}"
  source_hash = filesha256("${var.release_folder}/${each.value}")
}

resource "aws_s3_object" "template" {
  bucket      = var.code_bucket
  key         = "${local.prefix}cloudfront-invalidation.json"
  source      = local.template
  source_hash = filesha256(local.template)
}

data "aws_s3_bucket" "code" {
  bucket = var.code_bucket
}

resource "aws_cloudformation_stack" "action" {
  name = var.name
  # "TemplateBody: Maximum length of 51200"
  # (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html): it must be in a bucket.
  template_url = "https://${data.aws_s3_bucket.code.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM"]
  parameters = merge(var.parameters, {
    Architecture = var.architecture
    CodeBucket   = var.code_bucket
    CodePrefix   = local.prefix
  })
  depends_on = [aws_s3_object.zip]
}
