variable "name" {
  description = "The name of the stack, and the first part of the keys in the bucket."
  type        = string
  default     = "cloudfront-invalidation"
}

variable "release_folder" {
  description = "The folder with the files of a release."
  type        = string
}

variable "code_bucket" {
  description = "An existing bucket in the region of the stack, for the zips and the template."
  type        = string
}

variable "architecture" {
  description = "The processor of the functions: arm64 or x86_64."
  type        = string
  default     = "arm64"
}

variable "parameters" {
  description = "The parameters of the template, such as { DistributionArns = \"E2EXAMPLE1ABCD\", CreateTopic = \"true\" }."
  type        = map(string)
}
