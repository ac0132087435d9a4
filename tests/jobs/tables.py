"""A jobs table in moto, for whoever tests against DynamoDB's own judgement of conditions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from moto import mock_aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "jobs"
REGION = "eu-west-1"


def create_jobs_table(client: "DynamoDBClient") -> None:
    """Create the table as the stack has it."""
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "state", "AttributeType": "S"},
            {"AttributeName": "created_at", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "state-created_at",
                "KeySchema": [
                    {"AttributeName": "state", "KeyType": "HASH"},
                    {"AttributeName": "created_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def empty_jobs_table(client: "DynamoDBClient") -> None:
    """Make the table anew: quicker than a client of one's own for each test."""
    client.delete_table(TableName=TABLE)
    create_jobs_table(client)


@contextmanager
def mocked_dynamodb() -> Iterator["DynamoDBClient"]:
    """A DynamoDB of moto's, in this process, with the jobs table in it."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        create_jobs_table(client)
        yield client
