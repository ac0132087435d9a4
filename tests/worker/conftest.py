from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.jobs.tables import empty_jobs_table, mocked_dynamodb
from tests.worker.world import World

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def dynamodb() -> Iterator["DynamoDBClient"]:
    """A DynamoDB of moto's with the jobs table, one for the module: it takes half a second to make."""
    with mocked_dynamodb() as client:
        yield client


@pytest.fixture
def world(dynamodb: "DynamoDBClient", tmp_path: Path) -> World:
    """A world with an empty queue and an empty table."""
    empty_jobs_table(dynamodb)
    return World(dynamodb, tmp_path)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """All that a worker must be told, and nothing that it need not be."""
    return {
        "AWS_REGION": "eu-west-1",
        "JOBS_QUEUE_URL": "https://queue.example/jobs",
        "NOTIFICATIONS_QUEUE_URL": "https://queue.example/notifications",
        "JOBS_TABLE": "jobs",
        "BUCKET": "own",
        "SOURCES": '["s3://own/sources/"]',
        "TASK_USD_PER_HOUR": "0.1",
        "TMPDIR": str(tmp_path),
    }
