"""Which content was rendered before, and where its result lies: an item a content in the jobs table, found by its key.

A job's id has no slash, so no job can be in the way of such an item; the table's index by state does not have it.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from jobs.message import canonical_json
from jobs.notification import Rendered

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class EarlierResult(BaseModel):
    """What `job_id` made of a content."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    rendered: Rendered


def content_key(spec: Mapping[str, object], etags: Mapping[str, str], look: str) -> str:
    """What two jobs share that come out alike: the spec with its defaults, each source's ETag, the renderer's look."""
    return hashlib.sha256(canonical_json({"spec": spec, "etags": etags, "look": look})).hexdigest()


class ResultIndex:
    """Reads and writes of these items. Every `now` is in seconds since 1970; errors come as botocore raises them."""

    def __init__(self, client: "DynamoDBClient", table: str, days: int) -> None:
        self._client = client
        self._table = table
        self._kept_seconds = timedelta(days=days).total_seconds()

    def find(self, key: str, now: float) -> EarlierResult | None:
        """The newest result of a content, unless it is older than the index keeps any."""
        item = self._client.get_item(TableName=self._table, Key={"id": {"S": f"content/{key}"}}).get("Item")
        # DynamoDB deletes what has expired within days, not at once.
        if item is None or float(item["expires_at"].get("N", 0)) < now:
            return None
        rendered = Rendered.model_validate_json(item["rendered"].get("S", ""))
        return EarlierResult(job_id=item["job_id"].get("S", ""), rendered=rendered)

    def note(self, key: str, result: EarlierResult, now: float) -> None:
        """Note the result of a job that has ended; an older one never replaces a newer."""
        exceptions = self._client.exceptions
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": f"content/{key}"}},
                UpdateExpression=(
                    "SET #job_id = :job_id, #rendered = :rendered, #made_at = :made_at, #expires_at = :expires_at"
                ),
                ConditionExpression="attribute_not_exists(#made_at) OR #made_at < :made_at",
                ExpressionAttributeNames={f"#{name}": name for name in ("job_id", "rendered", "made_at", "expires_at")},
                ExpressionAttributeValues={
                    ":job_id": {"S": result.job_id},
                    ":rendered": {"S": result.rendered.model_dump_json()},
                    ":made_at": {"N": f"{now:.3f}"},
                    ":expires_at": {"N": str(int(now + self._kept_seconds))},
                },
            )
        except exceptions.ConditionalCheckFailedException:
            return
