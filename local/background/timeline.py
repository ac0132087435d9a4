"""The timeline of a stack in the background: what the fleet and the jobs do, a line each, for people to follow."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local.demo.storyteller import Storyteller
from local.stack import LocalStack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

JOBS_INDEX = "state-created_at"
"""As components/storage.py names it; importing that would import Pulumi, for one word."""
TOLD_STATES = ("rendering", "done", "failed", "cancelled")
TOLD_AT_ONCE = 10
"""Jobs of a state that are looked at, the newest."""


class Timeline:
    """Writes to `path` what players and webhooks do as it happens, and what the tables show at each `look`."""

    def __init__(self, stack: LocalStack, path: Path) -> None:
        self._path = path
        self._stack = stack
        self._jobs: DynamoDBClient = stack.cloud.client("dynamodb")
        self._storyteller = Storyteller(stack, self.tell, job_ids=self._recent_jobs)
        self.look = self._storyteller.look

    def tell(self, line: str, _style: str = "") -> None:
        """Write a line, with the time of day. Any thread may tell."""
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(f"{datetime.now().astimezone():%H:%M:%S}  {line}\n")

    def _recent_jobs(self) -> Iterator[str]:
        """The ids of the jobs that are in work or ended last, of each state the newest TOLD_AT_ONCE."""
        for state in TOLD_STATES:
            answer = self._jobs.query(
                TableName=self._stack.outputs["jobsTable"],
                IndexName=JOBS_INDEX,
                KeyConditionExpression="#state = :state",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":state": {"S": state}},
                ScanIndexForward=False,
                Limit=TOLD_AT_ONCE,
            )
            yield from (item["id"].get("S", "") for item in answer["Items"])
