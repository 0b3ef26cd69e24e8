"""A worker that imports everything such a system uses up front, and makes four clients."""

# ruff: noqa: F401 - importing is the point

import os

import boto3
import fpdf
import jinja2
import pydantic
import pynamodb.models
import qrcode
import requests
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

logger, metrics, tracer = Logger(), Metrics(namespace="naive"), Tracer(disabled=True)
processor = BatchProcessor(event_type=EventType.SQS)
clients = [
    boto3.client(name, region_name="eu-west-2") for name in ("dynamodb", "sqs", "s3", "sesv2")
]

os._exit(0)  # a start ends at its first event; Lambda does not clean up, which takes time too
