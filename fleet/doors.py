"""Who answers `/previews` now: what the warmkeeper saw of the load balancer's rule, for the API to tell.

One item of the fleet table, ("fleet", "door"); the truth is the rule itself, which the API may not read.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"pk": {"S": "fleet"}, "sk": {"S": "door"}}


class Door(StrEnum):
    """Where requests for previews go."""

    API = "api"
    """To the api Lambda, which wakes the fleet and asks the caller to come back."""
    WORKERS = "workers"
    """To the workers, one of which was healthy when the door was opened."""


class DoorSign:
    """Says which door is open, in the fleet table `name`; boto3's errors pass through."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def write(self, door: Door) -> None:
        """Say that `door` is open."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item={**_KEY, "door": {"S": door}},
                ConditionExpression="attribute_not_exists(#door) OR #door <> :door",
                ExpressionAttributeNames={"#door": "door"},
                ExpressionAttributeValues={":door": {"S": door}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def read(self) -> Door:
        """The door that is open; the API's until a warmkeeper says otherwise."""
        item = self._client.get_item(TableName=self._name, Key=_KEY, ConsistentRead=True).get("Item", {})
        return Door.WORKERS if item.get("door", {}).get("S") == Door.WORKERS else Door.API
