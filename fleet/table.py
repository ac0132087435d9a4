"""The fleet table: what is written where, and how it is read back.

Hash key `pk`, range key `sk`. Items: ("fleet", "state") what the warmkeeper remembers, and the lease of its run;
("fleet", "activity") the last call; ("fleet", "command") the last order; ("decision", "<ISO time>#<run>") the history,
with its time to live in `expires_at`. State and command are one JSON attribute each, `document`: nobody queries by
their parts, and a newer version may add fields.
"""

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import TypeAdapter

from fleet.activity import AHEAD_SECONDS, Activity
from fleet.command import Command
from fleet.decision_record import DecisionRecord
from fleet.state import FleetState, from_json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = dict[str, dict[str, str]]

STATE_KEY: Key = {"pk": {"S": "fleet"}, "sk": {"S": "state"}}
ACTIVITY_KEY: Key = {"pk": {"S": "fleet"}, "sk": {"S": "activity"}}
COMMAND_KEY: Key = {"pk": {"S": "fleet"}, "sk": {"S": "command"}}
DECISION_PARTITION = "decision"

_COMMANDS = TypeAdapter(Command)
_RECORDS = TypeAdapter(DecisionRecord)
_serialise = TypeSerializer().serialize
_deserialise = TypeDeserializer().deserialize


class FleetTable:
    """Reads and writes the items of the fleet table `name`; boto3's errors pass through."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def record_activity(self, activity: Activity) -> None:
        """Note a call; one that is older than what is noted changes nothing, unless that is from a wrong clock."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item={**ACTIVITY_KEY, "at": {"N": f"{activity.at:.3f}"}, "reason": {"S": activity.reason}},
                ConditionExpression="attribute_not_exists(#at) OR #at < :at OR #at > :ahead",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={
                    ":at": {"N": f"{activity.at:.3f}"},
                    ":ahead": {"N": f"{activity.at + AHEAD_SECONDS:.3f}"},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def activity(self) -> Activity | None:
        """The last call, None if there never was one."""
        item = self._get(ACTIVITY_KEY)
        return Activity(at=float(item["at"]), reason=item["reason"]) if item else None

    def give_command(self, command: Command) -> None:
        """Leave an order for the warmkeeper's next look; it replaces one that was not taken up yet."""
        document = _COMMANDS.dump_json(command, exclude_defaults=True).decode()
        self._client.put_item(TableName=self._name, Item={**COMMAND_KEY, "document": {"S": document}})

    def command(self) -> Command | None:
        """The last order, taken up or not; None if there never was one."""
        item = self._get(COMMAND_KEY)
        return _COMMANDS.validate_json(item["document"]) if item else None

    def state(self) -> FleetState:
        """What the warmkeeper remembers; a fresh state before its first run.

        Raises:
            pydantic.ValidationError: the stored state is none.
        """
        item = self._get(STATE_KEY)
        return from_json(item["document"]) if "document" in item else FleetState()

    def append(self, record: DecisionRecord) -> None:
        """Add a row to the history."""
        values = {name: value for name, value in asdict(record).items() if value is not None}
        values["at"] = Decimal(f"{record.at:.3f}")
        item = {name: _serialise(value) for name, value in values.items()}
        item |= {"pk": {"S": DECISION_PARTITION}, "sk": {"S": record.sort_key}}
        self._client.put_item(TableName=self._name, Item=item)

    def decisions(self, limit: int = 50) -> list[DecisionRecord]:
        """The last `limit` rows of the history, newest first."""
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": {"S": DECISION_PARTITION}},
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_RECORDS.validate_python(_plain(item)) for item in answer["Items"]]

    def _get(self, key: Key) -> dict[str, Any]:
        answer = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True)
        return _plain(answer.get("Item", {}))


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _deserialise(value) for name, value in item.items()}
