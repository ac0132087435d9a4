"""The stack's configuration: read here and nowhere else, typed, and refused with all of its problems at once.

`parse_settings` is a pure function over a getter; `load_settings` hands it Pulumi's. Defaults live in Pulumi.yaml
alone, so a key that is missing here is a problem like any other.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import pulumi
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Json, SecretStr, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from components import settings_access_rules as access
from components import settings_rules as rules
from components.settings_problems import InvalidSettings, problem_of

RetrySeconds = Annotated[int, Field(ge=1, le=12 * 3600)]
LoopbackTarget = Annotated[str, StringConstraints(pattern=r"^(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$")]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
# What IAM would read as a wildcard or a variable is no prefix.
SourceBucket = Annotated[str, StringConstraints(pattern=rf"^s3://{access.BUCKET_NAME}/([^*?$\s]+/)?$")]

Getter = Callable[[str], str | None]
"""The value of a key (`maxWorkers`, `aws:region`) as Pulumi stores it: text, lists as JSON, None when unset."""


class Settings(BaseModel):
    """What one stack is configured to be. Units are in the names; descriptions and defaults are in Pulumi.yaml.

    The order is that of checking: a rule about two keys stands with the later one. `examples` hold, for each key, what
    the command that mends it sets; lists go back to their default instead.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, str_strip_whitespace=True)

    region: Annotated[str, Field(alias="aws:region", examples=["eu-west-1"]), AfterValidator(rules.has_a_price)]
    warm_pool_size: Annotated[int, Field(ge=1, le=5000, examples=["1"])]
    max_workers: Annotated[int, Field(ge=1, le=5000, examples=["50"]), AfterValidator(rules.ceiling_above_floor)]
    scale_to_zero: Annotated[bool, Field(examples=["true"])]
    sleep_after_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60, examples=["5"])]
    warm_hours: Annotated[
        str, Field(examples=["'Mon-Fri 08:00-20:00 Europe/Paris'"]), AfterValidator(access.are_hours_of_a_week)
    ]
    warm_spares: Annotated[int, Field(ge=0, le=5000, examples=["0"]), AfterValidator(rules.spares_below_ceiling)]
    jobs_per_worker: Annotated[float, Field(ge=1, le=100, allow_inf_nan=False, examples=["1"])]
    burst_on_spot: Annotated[bool, Field(examples=["true"])]
    on_demand_base: Annotated[int, Field(ge=0, le=5000, examples=["10"])]
    cpu: Annotated[int, Field(examples=["2048"]), AfterValidator(rules.fargate_has_this_cpu)]
    memory_mib: Annotated[int, Field(examples=["4096"]), AfterValidator(rules.fargate_has_this_pair)]
    architecture: Annotated[Literal["X86_64", "ARM64"], Field(examples=["X86_64"])]
    ephemeral_storage_gib: Annotated[int, Field(ge=21, le=200, examples=["21"])]
    image_uri: Annotated[
        str,
        Field(examples=["123456789012.dkr.ecr.eu-west-1.amazonaws.com/worker:1.0"]),
        AfterValidator(rules.names_an_image),
    ]
    front_door: Annotated[Literal["alb", "none"], Field(examples=["alb"])]
    allow_plain_http: Annotated[bool, Field(examples=["false"])]
    certificate_arn: Annotated[
        str,
        Field(examples=[access.certificate("eu-west-1")]),
        AfterValidator(access.keeps_tokens_from_travelling_in_clear),
    ]
    domain_name: Annotated[
        str,
        StringConstraints(pattern=r"^(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})?$", max_length=253),
        Field(examples=["render.example.com"]),
    ]
    egress: Annotated[Literal["public", "nat"], Field(examples=["public"])]
    subnet_ids: Annotated[Json[tuple[SubnetId, ...]], AfterValidator(access.subnets_are_told_apart)]
    vpc_id: Annotated[
        str,
        StringConstraints(pattern=r"^(vpc-[0-9a-f]{8,17})?$"),
        Field(examples=["vpc-0123456789abcdef0"]),
        AfterValidator(access.comes_with_its_subnets),
    ]
    bucket: Annotated[
        str, StringConstraints(pattern=rf"^({access.BUCKET_NAME})?$"), Field(examples=["the-bucket-of-our-videos"])
    ]
    source_buckets: Json[tuple[SourceBucket, ...]]
    retain_data: Annotated[bool, Field(examples=["true"])]
    visibility_timeout_seconds: Annotated[
        int, Field(ge=1, le=3600, examples=["120"]), AfterValidator(rules.survives_a_slow_heartbeat)
    ]
    max_attempts: Annotated[int, Field(ge=1, le=5, examples=["3"])]
    max_clips: Annotated[int, Field(ge=1, le=50, examples=["50"])]
    max_source_mib: Annotated[
        int, Field(ge=1, le=100 * 1024, examples=["4096"]), AfterValidator(rules.leaves_half_of_the_disk)
    ]
    max_output_seconds: Annotated[int, Field(ge=1, le=4 * 3600, examples=["600"])]
    max_output_pixels: Annotated[int, Field(ge=16 * 16, le=4096 * 4096, examples=[str(1920 * 1080)])]
    effects: Annotated[Json[tuple[str, ...]], AfterValidator(rules.can_be_effects)]
    renders_expire_after_days: Annotated[int, Field(ge=0, le=3650, examples=["90"])]
    reuse_renders_days: Annotated[int, Field(ge=0, le=3650, examples=["30"])]
    log_retention_days: Annotated[int, Field(examples=["30"]), AfterValidator(rules.cloudwatch_has_this_retention)]
    minute_seconds: Annotated[
        int,
        Field(ge=1, le=rules.REAL_MINUTE_SECONDS, examples=[str(rules.REAL_MINUTE_SECONDS)]),
        AfterValidator(rules.time_runs_true_in_deployments),
    ]
    loopback_targets: Annotated[Json[tuple[LoopbackTarget, ...]], AfterValidator(rules.no_loopback_in_deployments)]
    webhook_url: Annotated[
        str, Field(examples=["https://example.com/renders"]), AfterValidator(rules.https_or_loopback)
    ]
    webhook_secret: Annotated[
        SecretStr | None,
        Field(examples=['"whsec_$(openssl rand -base64 32)"']),
        AfterValidator(rules.signs_webhooks),
    ]
    webhook_retry_seconds: Annotated[
        Json[Annotated[tuple[RetrySeconds, ...], Field(min_length=1, max_length=100)]],
        AfterValidator(rules.ends_before_the_message_expires),
    ]
    api_tokens: Annotated[
        SecretStr | None,
        Field(examples=[r'"{\"client\": [\"$(openssl rand -hex 32)\"], \"operator\": [\"$(openssl rand -hex 32)\"]}"']),
        AfterValidator(access.opens_the_doors),
    ]
    alert_email: Annotated[
        str, StringConstraints(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$"), Field(examples=["oncall@example.com"])
    ]

    @property
    def sleep_after_seconds(self) -> int:
        """How long the fleet stays awake without load or activity, in real seconds."""
        return self.sleep_after_minutes * self.minute_seconds


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
