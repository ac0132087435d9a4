"""One run at a time: a lease of a few seconds on the state item, which carries the state as well.

A run that cannot take it sets `again`, and the run that holds it cannot end before it has looked once more: whoever
left a call or a command before that is seen. A run that died holds the lease until it expires, no longer.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from fleet.state import FleetState, from_json, to_json
from fleet.table import STATE_KEY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LEASE_SECONDS = 20.0
"""Longer than a look whose every call needs its one retry (see aws.py), shorter than the next tick and than the run."""
CALL_SECONDS = 8.0
"""The longest that one call takes, its retry included (see aws.py): what is begun must have ended within the lease."""
_ATTEMPTS = 5
"""How often the lease may change hands between a failed taking and the setting of `again`."""
_logger = Logger(child=True)
_NAMES = {"#document": "document", "#owner": "lease_owner", "#until": "lease_until", "#again": "again"}


class LeaseLostError(Exception):
    """The lease ran out during the look and another run may have it: do nothing more."""


class StateLease:
    """The lease of the run `run` on the state item of `table`; `clock` answers in seconds of the epoch."""

    def __init__(self, client: "DynamoDBClient", table: str, run: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._table = table
        self._run = run
        self._clock = clock
        self._until = 0.0

    def take(self) -> FleetState | None:
        """The state, if the lease is ours now; None if another run has it and was told to look again.

        A lease that ends later than any taken now could was taken by a clock that has been set back since: it is over,
        or a run that died would keep all others out until the clock is there again.

        A stored state that cannot be read counts as none: a fresh one is safe, as it knows no empty reading and no
        idle time, and a fleet that is never looked at is not.
        """
        free = "attribute_not_exists(#owner) OR #owner = :run OR #until < :now OR #until > :ahead"
        taken = "attribute_exists(#owner) AND #until >= :now AND #until <= :ahead"
        for _ in range(_ATTEMPTS):
            item = self._write("SET #owner = :run, #until = :until REMOVE #again", free)
            if item is not None:
                return _state(item)
            if self._write("SET #again = :true", taken) is not None:
                return None
        return None

    def check(self) -> None:
        """Make sure that the lease is still ours, and will be until one more call is over, before it is made.

        A clock that went back behind the taking of the lease says nothing about what is left of it.

        Raises:
            LeaseLostError: it ran out, or might before the call is over.
        """
        now = self._clock()
        if not self._until - LEASE_SECONDS <= now < self._until - CALL_SECONDS:
            raise LeaseLostError(f"run {self._run} took too long for its lease of {LEASE_SECONDS} s")

    def end(self, state: FleetState | None) -> bool:
        """Store `state` (None: leave what is stored) and give the lease back; False if another look is asked for.

        In that case the state is stored and the lease is ours anew.

        Raises:
            LeaseLostError: another run has the lease; nothing was stored.
        """
        keep = "" if state is None else "SET #document = :document "
        if self._write(f"{keep}REMOVE #owner, #until", "#owner = :run AND attribute_not_exists(#again)", state):
            return True
        keep = "" if state is None else ", #document = :document"
        if self._write(f"SET #until = :until{keep} REMOVE #again", "#owner = :run", state):
            return False
        raise LeaseLostError(f"run {self._run} lost its lease to another")

    def release(self) -> None:
        """Give the lease back whatever is asked for, if it is still ours: this run can do no more."""
        self._write("REMOVE #owner, #until, #again", "#owner = :run")

    def _write(self, update: str, condition: str, state: FleetState | None = None) -> dict[str, Any] | None:
        """Update the item on a condition; the item after that, None where the condition did not hold."""
        now = self._clock()
        until = now + LEASE_SECONDS
        values: dict[str, Any] = {
            ":run": {"S": self._run},
            ":now": {"N": f"{now:.3f}"},
            ":until": {"N": f"{until:.3f}"},
            ":ahead": {"N": f"{until + LEASE_SECONDS:.3f}"},
            ":true": {"BOOL": True},
        }
        if state is not None:
            values[":document"] = {"S": to_json(state)}
        text = f"{update} {condition}"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=STATE_KEY,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={name: path for name, path in _NAMES.items() if name in text},
                ExpressionAttributeValues={name: value for name, value in values.items() if name in text},
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        if ":until" in update:
            self._until = until
        return answer["Attributes"]


def _state(item: dict[str, Any]) -> FleetState:
    if "document" not in item:
        return FleetState()
    try:
        return from_json(item["document"]["S"])
    except ValidationError:
        _logger.exception("the stored state cannot be read: starting from a fresh one, without the order in it")
        return FleetState()
