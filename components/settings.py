"""The stack's configuration: read here and nowhere else, typed, and refused with all of its problems at once.

`parse_settings` is a pure function over a getter; `load_settings` hands it Pulumi's. Defaults live in Pulumi.yaml
alone, so a key that is missing here is a problem like any other.
"""

import base64
import binascii
import ipaddress
from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import pulumi
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Json,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from components.prices import FARGATE_X86
from components.settings_problems import InvalidSettings, problem_of

LOCAL_STACK = "local"
"""The stack that runs on one machine: alone in compressing time and in letting loopback addresses through."""

REAL_MINUTE_SECONDS = 60
DEPLOYED_VISIBILITY_SECONDS_MIN = 30
WEBHOOK_RETRIES_SECONDS_MAX = 3 * 24 * 3600
"""A day less than SQS keeps a message, so that a webhook ends in the dead letters and never by expiry."""

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

RetrySeconds = Annotated[int, Field(ge=1, le=12 * 3600)]
LoopbackTarget = Annotated[str, StringConstraints(pattern=r"^(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$")]

Getter = Callable[[str], str | None]
"""The value of a key (`maxWorkers`, `aws:region`) as Pulumi stores it: text, lists as JSON, None when unset."""


class Settings(BaseModel):
    """What one stack is configured to be. Units are in the names; descriptions and defaults are in Pulumi.yaml.

    The order is that of checking: a rule about two keys stands with the later one. `examples` hold, for each key, what
    the command that mends it sets; lists go back to their default instead.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, str_strip_whitespace=True)

    region: Annotated[str, Field(alias="aws:region", examples=["eu-west-1"])]
    warm_pool_size: Annotated[int, Field(ge=1, le=5000, examples=["1"])]
    max_workers: Annotated[int, Field(ge=1, le=5000, examples=["50"])]
    scale_to_zero: Annotated[bool, Field(examples=["true"])]
    sleep_after_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60, examples=["5"])]
    jobs_per_worker: Annotated[int, Field(ge=1, le=100, examples=["1"])]
    cpu: Annotated[int, Field(examples=["2048"])]
    memory_mib: Annotated[int, Field(examples=["4096"])]
    ephemeral_storage_gib: Annotated[int, Field(ge=21, le=200, examples=["21"])]
    image_uri: Annotated[str, Field(examples=["123456789012.dkr.ecr.eu-west-1.amazonaws.com/worker:1.0"])]
    visibility_timeout_seconds: Annotated[int, Field(ge=1, le=3600, examples=["120"])]
    max_attempts: Annotated[int, Field(ge=1, le=5, examples=["3"])]
    renders_expire_after_days: Annotated[int, Field(ge=0, le=3650, examples=["90"])]
    log_retention_days: Annotated[int, Field(examples=["30"])]
    minute_seconds: Annotated[int, Field(ge=1, le=REAL_MINUTE_SECONDS, examples=[str(REAL_MINUTE_SECONDS)])]
    loopback_targets: Json[tuple[LoopbackTarget, ...]]
    webhook_url: Annotated[str, Field(examples=["https://example.com/renders"])]
    webhook_secret: Annotated[SecretStr | None, Field(examples=['"whsec_$(openssl rand -base64 32)"'])]
    webhook_retry_seconds: Json[Annotated[tuple[RetrySeconds, ...], Field(min_length=1, max_length=100)]]

    @property
    def sleep_after_seconds(self) -> int:
        """How long the fleet stays awake without load or activity, in real seconds."""
        return self.sleep_after_minutes * self.minute_seconds

    @field_validator("region")
    @classmethod
    def _has_a_price(cls, region: str) -> str:
        if region not in FARGATE_X86:
            raise PydanticCustomError(
                "unpriced_region",
                "no price is known for this region, so a job's cost could not be told; known are {known} "
                "(another one needs a row in components/prices.py)",
                {"known": ", ".join(sorted(FARGATE_X86))},
            )
        return region

    @field_validator("max_workers")
    @classmethod
    def _ceiling_above_floor(cls, ceiling: int, info: ValidationInfo) -> int:
        floor = info.data.get("warm_pool_size", ceiling)
        if floor > ceiling:
            raise PydanticCustomError(
                "floor_above_ceiling",
                "the ceiling is below the floor: warmPoolSize is {floor}",
                {"floor": floor, "mend": str(floor)},
            )
        return ceiling

    @field_validator("cpu")
    @classmethod
    def _fargate_has_this_cpu(cls, cpu: int) -> int:
        if cpu not in FARGATE_MEMORY_MIB:
            sizes = ", ".join(map(str, FARGATE_MEMORY_MIB))
            raise PydanticCustomError("cpu_size", "Fargate has {sizes} CPU units", {"sizes": sizes})
        return cpu

    @field_validator("memory_mib")
    @classmethod
    def _fargate_has_this_pair(cls, memory_mib: int, info: ValidationInfo) -> int:
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

    @field_validator("image_uri")
    @classmethod
    def _names_an_image(cls, image_uri: str) -> str:
        if not image_uri:
            raise PydanticCustomError("no_image", "there is no default: name the worker's image")
        if "://" in image_uri or any(character.isspace() for character in image_uri):
            raise PydanticCustomError("image", "an image is named as repository:tag or repository@digest, no scheme")
        return image_uri

    @field_validator("visibility_timeout_seconds")
    @classmethod
    def _survives_a_slow_heartbeat(cls, seconds: int, info: ValidationInfo) -> int:
        if seconds < DEPLOYED_VISIBILITY_SECONDS_MIN and not _is_local(info):
            raise PydanticCustomError(
                "local_only",
                "below {least} s one slow heartbeat would give a living worker's job away; the stack local alone may",
                {"least": DEPLOYED_VISIBILITY_SECONDS_MIN},
            )
        return seconds

    @field_validator("log_retention_days")
    @classmethod
    def _cloudwatch_has_this_retention(cls, days: int) -> int:
        if days not in LOG_RETENTION_DAYS:
            choices = ", ".join(map(str, LOG_RETENTION_DAYS))
            raise PydanticCustomError("retention", "CloudWatch keeps logs for {choices} days", {"choices": choices})
        return days

    @field_validator("minute_seconds")
    @classmethod
    def _time_runs_true_in_deployments(cls, minute_seconds: int, info: ValidationInfo) -> int:
        if minute_seconds != REAL_MINUTE_SECONDS and not _is_local(info):
            raise PydanticCustomError("local_only", "time is compressed in the stack local only")
        return minute_seconds

    @field_validator("loopback_targets")
    @classmethod
    def _no_loopback_in_deployments(cls, targets: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if targets and not _is_local(info):
            raise PydanticCustomError("local_only", "loopback addresses are let through in the stack local only")
        return targets

    @field_validator("webhook_url")
    @classmethod
    def _https_or_loopback(cls, webhook_url: str, info: ValidationInfo) -> str:
        if webhook_url and not _may_be_told(webhook_url, info.data.get("loopback_targets", ())):
            raise PydanticCustomError(
                "url", "a webhook's address is https://host/path of a public host, without a user's name in it"
            )
        return webhook_url

    @field_validator("webhook_secret")
    @classmethod
    def _signs_webhooks(cls, secret: SecretStr | None) -> SecretStr | None:
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

    @field_validator("webhook_retry_seconds")
    @classmethod
    def _ends_before_the_message_expires(cls, delays: tuple[int, ...]) -> tuple[int, ...]:
        if sum(delays) > WEBHOOK_RETRIES_SECONDS_MAX:
            raise PydanticCustomError(
                "too_long", "the delays exceed three days in sum, and SQS keeps the message for four"
            )
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


def _is_local(info: ValidationInfo) -> bool:
    return info.context == LOCAL_STACK


def parse_settings(get: Getter, *, stack: str) -> Settings:
    """Settings out of what `get` knows.

    Args:
        get: gives a key's value, or None when it is unset.
        stack: the stack's name; compressed time and loopback addresses are for `local` alone.

    Raises:
        InvalidSettings: with every problem that there is.
    """
    keys = [field.alias for field in Settings.model_fields.values() if field.alias]
    raw = {key: value for key in keys if (value := get(key)) is not None}
    try:
        return Settings.model_validate(raw, context=stack)
    except ValidationError as invalid:
        fields = {field.alias: field for field in Settings.model_fields.values()}
        # A list may be wrong in many places; one command mends them all.
        first = {error["loc"][0]: error for error in reversed(invalid.errors())}
        raise InvalidSettings(
            [problem_of(first[key], raw, fields[key].examples or []) for key in fields if key in first]
        ) from None


def load_settings() -> Settings:
    """The settings of the stack that this program runs for. Raises what `parse_settings` raises."""

    def get(key: str) -> str | None:
        namespace, _, name = key.rpartition(":")
        return pulumi.Config(namespace or None).get(name)

    return parse_settings(get, stack=pulumi.get_stack())
