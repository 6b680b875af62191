output "outputs" {
  description = "The outputs of the stack, such as StartFunctionName and StartFunctionArn."
  value       = aws_cloudformation_stack.action.outputs
}
