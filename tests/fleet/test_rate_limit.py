from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from moto import mock_aws

from fleet.rate_limit import KEPT_SECONDS, RateLimit
from fleet.tokens import fingerprint
from tests.fleet.tables import create_fleet_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_800_000_000.75


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> "Iterator[DynamoDBClient]":
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        create_fleet_table(client)
        yield client


def test_replicas_share_the_limit_and_a_new_second_begins_anew(client: "DynamoDBClient"):
    replicas = [RateLimit(client, "fleet", 3) for _ in range(2)]
    answers = [replicas[call % 2].allow("token", NOW) for call in range(5)]
    assert answers == [None, None, None, 1, 1]
    assert replicas[0].allow("token", NOW + 0.25) is None


def test_one_token_does_not_spend_anothers_limit(client: "DynamoDBClient"):
    limit = RateLimit(client, "fleet", 1)
    assert limit.allow("mine", NOW) is None
    assert limit.allow("mine", NOW) == 1
    assert limit.allow("yours", NOW) is None


class OneByOne:
    """The client with each call whole, as DynamoDB's are: moto takes a counter and puts it back in two steps."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client, self._turn = client, Lock()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def whole(**arguments: Any) -> Any:
            with self._turn:
                return call(**arguments)

        return whole if callable(call) else call


def test_calls_side_by_side_are_counted_one_by_one(client: "DynamoDBClient"):
    limit = RateLimit(cast("DynamoDBClient", OneByOne(client)), "fleet", 5)
    with ThreadPoolExecutor(max_workers=4) as threads:
        answers = list(threads.map(lambda _: limit.allow("token", NOW), range(12)))
    assert answers.count(None) == 5


def test_the_table_keeps_no_token_and_sweeps_the_counters(client: "DynamoDBClient"):
    RateLimit(client, "fleet", 5).allow("token-of-ana", NOW)
    [item] = client.scan(TableName="fleet")["Items"]
    assert "ana" not in str(item)
    assert item == {
        "pk": {"S": f"rate#{fingerprint('token-of-ana')}"},
        "sk": {"S": "1800000000"},
        "calls": {"N": "1"},
        "expires_at": {"N": str(1_800_000_000 + KEPT_SECONDS)},
    }
