"""The jobs table: a thin shell that sends the writes of jobs/lease.py to DynamoDB."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from jobs import lease as leases
from jobs.lease import Ending, Lease, NotHolderError, Refusal, Write
from jobs.notification import Notification
from jobs.record import JobRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SERIALISER = TypeSerializer()
_DESERIALISER = TypeDeserializer()


class JobsTable:
    """Reads and conditional writes of job records. Every `now` is in seconds since 1970.

    Errors of DynamoDB itself (throttling, network) come out as botocore raises them; a write that the condition
    refused raises NotHolderError. A write whose answer was lost and which boto3 repeated is recognised as done.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def read(self, job_id: str) -> JobRecord | None:
        """The record, read consistently, or None."""
        item = self._client.get_item(TableName=self._name, Key={"id": {"S": job_id}}, ConsistentRead=True).get("Item")
        return _record(item) if item else None

    def take(
        self, job_id: str, spec_hash: str, owner: str, *, created_at: datetime, now: float, lease_seconds: float
    ) -> Lease | Refusal:
        """Take the lease and count the attempt, creating the record if it is missing; or say why not."""
        write = leases.take(job_id, spec_hash, owner, created_at=created_at, now=now, lease_seconds=lease_seconds)
        try:
            return leases.taken(self._write(write), job_id, owner, now)
        except _RefusedError as refused:
            record = refused.record
        if record is None:
            raise NotHolderError(f"{job_id} was refused without a record")
        earlier = leases.retaken(record, owner)
        if earlier is not None:
            return earlier
        why_not = leases.refusal(record, spec_hash, now)
        assert why_not is not None, "the condition refuses exactly what `refusal` names"
        return why_not

    def renew(
        self,
        lease: Lease,
        *,
        now: float,
        lease_seconds: float,
        progress: float,
        frames_per_second: float,
        remaining_seconds: float | None,
        cost_usd: float,
    ) -> None:
        """Hold the lease longer and tell the progress (0..1), with the render's end if known. Raises NotHolderError."""
        self._as_holder(
            leases.renew(
                lease,
                now=now,
                lease_seconds=lease_seconds,
                progress=progress,
                frames_per_second=frames_per_second,
                remaining_seconds=remaining_seconds,
                cost_usd=cost_usd,
            )
        )

    def give_back(
        self, lease: Lease, *, now: float, cost_usd: float, cause: str, counts: bool, log_key: str | None = None
    ) -> None:
        """Queue the job again; `counts` says whether the attempt stays counted. Raises NotHolderError."""
        self._as_holder(
            leases.give_back(lease, now=now, cost_usd=cost_usd, cause=cause, counts=counts, log_key=log_key)
        )

    def finish(self, lease: Lease, ending: Ending, *, now: float) -> None:
        """End the job and fill its outbox in one conditional write. Raises NotHolderError."""
        try:
            self._write(leases.spend(lease, ending, now=now))
        except _RefusedError as refused:
            if refused.record is None or not leases.was_spent(refused.record, lease, ending):
                raise NotHolderError(lease.job_id) from None

    def clear_outbox(self, notification: Notification) -> None:
        """Forget a notification that is durable elsewhere; nothing happens if it is gone already."""
        try:
            self._write(leases.clear_outbox(notification))
        except _RefusedError:
            return

    def _as_holder(self, write: Write) -> None:
        try:
            self._write(write)
        except _RefusedError:
            raise NotHolderError(write.job_id) from None

    def _write(self, write: Write) -> JobRecord | None:
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key={"id": {"S": write.job_id}},
                UpdateExpression=write.update,
                ConditionExpression=write.condition,
                ExpressionAttributeNames=write.names,
                ExpressionAttributeValues={name: _SERIALISER.serialize(value) for name, value in write.values.items()},
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            item = error.response.get("Item")
            raise _RefusedError(_record(item) if item else None) from None
        before = answer.get("Attributes")
        return _record(before) if before else None


class _RefusedError(Exception):
    """The condition did not hold; `record` is what it was held against."""

    def __init__(self, record: JobRecord | None) -> None:
        self.record = record
        super().__init__()


def _record(item: Mapping[str, Any]) -> JobRecord:
    return JobRecord.from_item({name: _DESERIALISER.deserialize(value) for name, value in item.items()})
