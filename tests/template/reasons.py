"""Why the template does without what checkov and Guard ask for alike."""

NOTHING_PRIVATE = "it reaches public endpoints of AWS alone; a VPC would need a gateway or an endpoint for each, and nothing in it"
NO_CODE = "CloudWatch's own key encrypts it, and no code, key or whole number is in it"
BY_PARAMETER = "DynamoDB's own key encrypts it, or the one that KmsKeyArn names"
