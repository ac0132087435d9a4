"""How often one token may call, shared by all who answer calls through the fleet table.

One counter a token and second: item ("rate#<token's fingerprint>", "<second>"), swept by the table's time to live.
"""

from typing import TYPE_CHECKING

from fleet.tokens import fingerprint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RETRY_AFTER_SECONDS = 1
"""The window is a second: whoever spent it may call again in the next one."""
KEPT_SECONDS = 3600


class RateLimit:
    """Lets `per_second` calls of a token through in each second; counters are in the fleet table `name`."""

    def __init__(self, client: "DynamoDBClient", name: str, per_second: int) -> None:
        self._client = client
        self._name = name
        self._per_second = per_second

    def allow(self, token: str, now: float) -> int | None:
        """Count a call at `now` (seconds of the epoch): None lets it through, else the seconds until the next try.

        Raises:
            ClientError, BotoCoreError: the table does not answer.
        """
        second = int(now)
        try:
            self._client.update_item(
                TableName=self._name,
                Key={"pk": {"S": f"rate#{fingerprint(token)}"}, "sk": {"S": str(second)}},
                UpdateExpression="SET #expires = :expires ADD #calls :one",
                ConditionExpression="attribute_not_exists(#calls) OR #calls < :limit",
                ExpressionAttributeNames={"#calls": "calls", "#expires": "expires_at"},
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":limit": {"N": str(self._per_second)},
                    ":expires": {"N": str(second + KEPT_SECONDS)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return RETRY_AFTER_SECONDS
        return None
