"""When a delivery that failed is tried again: pure functions of what was answered and how often it was tried."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

JITTER = 0.2
"""The most that is added to a delay, as a share of it. Nothing is subtracted, so the delays keep their sum."""
MAX_RETRY_AFTER_SECONDS = 3600
"""The longest wait that a target can ask for: the message still has its other attempts to live through."""


def delay_seconds(
    receive_count: int, retry_seconds: Sequence[int], jitter: float, retry_after_seconds: float = 0.0
) -> int | None:
    """How long to hide a message whose delivery failed, in seconds; None when that was the last attempt.

    `receive_count` is SQS's (1 at the first attempt), `jitter` a random number in [0, 1), `retry_after_seconds` what
    the target asked for, which can only lengthen the wait.
    """
    if receive_count > len(retry_seconds):
        return None
    planned = retry_seconds[receive_count - 1] * (1 + JITTER * jitter)
    return math.ceil(max(planned, min(retry_after_seconds, MAX_RETRY_AFTER_SECONDS)))


def retry_after_seconds(header: str | None, now: datetime) -> float:
    """Read a Retry-After header in either of its forms (seconds, a date); 0 if it is missing, past or not readable."""
    if not header:
        return 0.0
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:10])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
