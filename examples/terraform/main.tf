# Deploys the packaged template. docs/operate/terraform.md has the commands. We have not run this on AWS.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "region" {
  description = "Region of the stack and of the Connect instance."
  type        = string
}

variable "bucket" {
  description = "Bucket of that Region for the template."
  type        = string
}

variable "connect_instance_arn" {
  description = "Amazon Connect instance that calls."
  type        = string
}

variable "source_phone_number" {
  description = "Number of the instance, such as +12065550100."
  type        = string
}

variable "brand" {
  description = "Name that the call speaks."
  type        = string
}

provider "aws" {
  region = var.region
}

# The name changes with the content, so that Terraform sees each change.
resource "aws_s3_object" "template" {
  bucket = var.bucket
  key    = "voice-code/${filemd5("${path.module}/packaged.yaml")}.yaml"
  source = "${path.module}/packaged.yaml"
}

resource "aws_cloudformation_stack" "voice" {
  name         = "voice-code"
  template_url = "https://${var.bucket}.s3.${var.region}.amazonaws.com/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]

  parameters = {
    ConnectInstanceArn       = var.connect_instance_arn
    ConnectSourcePhoneNumber = var.source_phone_number
    OtpBrand                 = var.brand
  }
}

output "user_pool_id" {
  value = aws_cloudformation_stack.voice.outputs["UserPoolId"]
}

output "user_pool_client_id" {
  value = aws_cloudformation_stack.voice.outputs["UserPoolClientId"]
}
