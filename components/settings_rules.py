"""The rules about single settings and about pairs of them, each a validator that says what is wrong in words.

A rule about two keys stands with the later one of `Settings` and looks the earlier one up; where that one is itself in
error, it is silent. A problem may name a better value (`mend`), or the whole command that mends it (`command`).
"""

import base64
import binascii
import ipaddress
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

from components.prices import FARGATE

LOCAL_STACK = "local"
"""The stack that runs on one machine: alone in compressing time and in letting loopback addresses through."""

REAL_MINUTE_SECONDS = 60
DEPLOYED_VISIBILITY_SECONDS_MIN = 30
WEBHOOK_RETRIES_SECONDS_MAX = 3 * 24 * 3600
"""A day less than SQS keeps a message, so that a webhook ends in the dead letters and never by expiry."""

FILTERS_FILE = Path(__file__).parent.parent / "jobs" / "filters.json"
"""The filters of FFmpeg that can be effects: a table, read as such, since the program imports nothing of the worker."""

SECRET_PREFIX = "whsec_"  # noqa: S105  # the public prefix that Standard Webhooks gives to every secret
SECRET_BYTES = range(24, 65)
"""How many bytes a signing secret may have, by the Standard Webhooks specification."""

FARGATE_MEMORY_MIB: dict[int, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
"""Memory sizes (MiB) that Fargate has for each number of CPU units (AWS: task CPU and memory)."""

LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""How long CloudWatch can keep logs, in days."""


def has_a_price(region: str) -> str:
    """Refuse a region whose prices nobody noted."""
    if region not in FARGATE:
        raise PydanticCustomError(
            "unpriced_region",
            "no price is known for this region, so a job's cost could not be told; known are {known} "
            "(another one needs a row in components/prices.py)",
            {"known": ", ".join(sorted(FARGATE))},
        )
    return region


def ceiling_above_floor(ceiling: int, info: ValidationInfo) -> int:
    """Refuse a ceiling that is below the floor."""
    floor = info.data.get("warm_pool_size", ceiling)
    if floor > ceiling:
        raise PydanticCustomError(
            "floor_above_ceiling",
            "the ceiling is below the floor: warmPoolSize is {floor}",
            {"floor": floor, "mend": str(floor)},
        )
    return ceiling


def spares_below_ceiling(spares: int, info: ValidationInfo) -> int:
    """Refuse more idle workers than the fleet may have in all, less the one that works."""
    ceiling = info.data.get("max_workers")
    if ceiling is not None and spares >= ceiling:
        raise PydanticCustomError(
            "spares_beyond_ceiling",
            "spares are kept beside a worker that works, and maxWorkers is {ceiling}",
            {"ceiling": ceiling, "mend": str(ceiling - 1)},
        )
    return spares


def fargate_has_this_cpu(cpu: int) -> int:
    """Refuse CPU units that Fargate does not have."""
    if cpu not in FARGATE_MEMORY_MIB:
        sizes = ", ".join(map(str, FARGATE_MEMORY_MIB))
        raise PydanticCustomError("cpu_size", "Fargate has {sizes} CPU units", {"sizes": sizes})
    return cpu


def fargate_has_this_pair(memory_mib: int, info: ValidationInfo) -> int:
    """Refuse memory that Fargate does not have with these CPU units; propose the next larger size."""
    cpu = info.data.get("cpu")
    if cpu is None or memory_mib in FARGATE_MEMORY_MIB[cpu]:
        return memory_mib
    sizes = FARGATE_MEMORY_MIB[cpu]
    raise PydanticCustomError(
        "memory_size",
        "with {cpu} CPU units Fargate has {sizes} MiB of memory",
        {
            "cpu": cpu,
            "sizes": ", ".join(map(str, sizes)),
            "mend": str(min((size for size in sizes if size >= memory_mib), default=max(sizes))),
        },
    )


def names_an_image(image_uri: str) -> str:
    """Refuse what a registry could not know."""
    if "://" in image_uri or any(character.isspace() for character in image_uri):
        raise PydanticCustomError("image", "an image is named as repository:tag or repository@digest, no scheme")
    return image_uri


def survives_a_slow_heartbeat(seconds: int, info: ValidationInfo) -> int:
    """Refuse a visibility time-out that a living worker could miss."""
    if seconds < DEPLOYED_VISIBILITY_SECONDS_MIN and not is_local(info):
        raise PydanticCustomError(
            "local_only",
            "below {least} s one slow heartbeat would give a living worker's job away; the stack local alone may",
            {"least": DEPLOYED_VISIBILITY_SECONDS_MIN},
        )
    return seconds


def cloudwatch_has_this_retention(days: int) -> int:
    """Refuse a retention that CloudWatch does not have."""
    if days not in LOG_RETENTION_DAYS:
        choices = ", ".join(map(str, LOG_RETENTION_DAYS))
        raise PydanticCustomError("retention", "CloudWatch keeps logs for {choices} days", {"choices": choices})
    return days


def time_runs_true_in_deployments(minute_seconds: int, info: ValidationInfo) -> int:
    """Refuse compressed time, but in the local stack."""
    if minute_seconds != REAL_MINUTE_SECONDS and not is_local(info):
        raise PydanticCustomError("local_only", "time is compressed in the stack local only")
    return minute_seconds


def no_loopback_in_deployments(targets: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Refuse loopback addresses, but in the local stack."""
    if targets and not is_local(info):
        raise PydanticCustomError("local_only", "loopback addresses are let through in the stack local only")
    return targets


def https_or_loopback(webhook_url: str, info: ValidationInfo) -> str:
    """Refuse an address that the notifier would never tell."""
    if webhook_url and not _may_be_told(webhook_url, info.data.get("loopback_targets", ())):
        raise PydanticCustomError(
            "url", "a webhook's address is https://host/path of a public host, without a user's name in it"
        )
    return webhook_url


def signs_webhooks(secret: SecretStr | None) -> SecretStr | None:
    """None where no secret is set; refuse one that Standard Webhooks would."""
    text = secret.get_secret_value() if secret else ""
    if not text:
        return None
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
        raise PydanticCustomError("secret", "a secret is whsec_ and the base64 of 24 to 64 random bytes")
    return secret


def ends_before_the_message_expires(delays: tuple[int, ...]) -> tuple[int, ...]:
    """Refuse delays that outlive the message that they are for."""
    if sum(delays) > WEBHOOK_RETRIES_SECONDS_MAX:
        raise PydanticCustomError("too_long", "the delays exceed three days in sum, and SQS keeps the message for four")
    return delays


def _may_be_told(webhook_url: str, loopback_targets: Sequence[str]) -> bool:
    """Whether the notifier's own rules could let this address pass: they check what it resolves to as well."""
    try:
        url = urlsplit(webhook_url)
        host, _ = url.hostname, url.port  # a port that is none raises here
    except ValueError:
        return False
    if url.netloc in loopback_targets:
        return url.scheme in {"http", "https"}
    if url.scheme != "https" or not host or "@" in url.netloc:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def is_local(info: ValidationInfo) -> bool:
    """Whether these are the settings of the stack on one machine."""
    return info.context == LOCAL_STACK


def leaves_half_of_the_disk(source_mib: int, info: ValidationInfo) -> int:
    """Refuse a source that would leave less than half of the disk for other sources and the result."""
    storage_gib = info.data.get("ephemeral_storage_gib")
    if storage_gib is not None and source_mib > storage_gib * 512:
        raise PydanticCustomError(
            "source_beyond_disk",
            "a source may take half of the disk, and that has {storage} GiB (ephemeralStorageGib)",
            {"storage": storage_gib, "mend": str(storage_gib * 512)},
        )
    return source_mib


def can_be_effects(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no filter, or one that could change a video's length or size, read files or run code."""
    fit = json.loads(FILTERS_FILE.read_text("utf-8"))["filters"]
    unfit = [name for name in names if name not in fit]
    if unfit:
        raise PydanticCustomError(
            "unfit_effects",
            "{unfit} cannot be effects; jobs/filters.json has the filters that can",
            {"unfit": ", ".join(unfit)},
        )
    return names
