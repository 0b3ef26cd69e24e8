"""AWS services other than DynamoDB: S3, SQS, SES, KMS and Secrets Manager."""
