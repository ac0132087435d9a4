"""A configuration is refused with all of its problems at once, each with the command that mends it."""

import json
import shlex
from typing import Any

import hypothesis
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.settings import Settings, parse_settings
from components.settings_problems import InvalidSettings, Problem
from components.settings_rules import FARGATE_MEMORY_MIB
from jobs.effects import DEFAULT_EFFECTS
from tests.components.recording import IMAGE, ROOT, SECRET
from tests.thoroughness import examples

PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]


def stored(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


DEFAULTS = {key: stored(entry["value"] if "value" in entry else entry["default"]) for key, entry in PROJECT.items()}
VALID = {**DEFAULTS, "imageUri": IMAGE, "allowPlainHttp": "true"}
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
TOKENS = json.dumps({"client": ["c" * 32], "operator": ["o" * 32]})


def settings(stack: str = "prod", **values: str) -> Settings:
    return parse_settings({**VALID, **values}.get, stack=stack)


def problems(stack: str = "prod", **values: str) -> list[Problem]:
    with pytest.raises(InvalidSettings) as refused:
        settings(stack, **values)
    return list(refused.value.problems)


def problem(stack: str = "prod", **values: str) -> Problem:
    [found] = problems(stack, **values)
    return found


def test_all_problems_are_told_at_once_with_key_value_and_the_command_that_mends_each():
    found = problems(
        warmPoolSize="20",
        maxWorkers="5",
        scaleToZero="perhaps",
        cpu="2048",
        memoryMib="2048",
        imageUri="https://example.com/worker",
        webhookUrl="http://example.com",
        minuteSeconds="2",
    )
    assert [(p.key, p.value, p.command) for p in found] == [
        ("maxWorkers", "5", "pulumi config set maxWorkers 20"),
        ("scaleToZero", "perhaps", "pulumi config set scaleToZero true"),
        ("memoryMib", "2048", "pulumi config set memoryMib 4096"),
        ("imageUri", "https://example.com/worker", f"pulumi config set imageUri {IMAGE}"),
        ("minuteSeconds", "2", "pulumi config set minuteSeconds 60"),
        ("webhookUrl", "http://example.com", "pulumi config set webhookUrl https://example.com/renders"),
    ]


def test_the_error_reads_as_a_list():
    error = InvalidSettings(problems(frontDoor="", maxAttempts="9"))
    assert str(error) == (
        "the configuration has 2 problems:\n"
        "  frontDoor = \"\": Input should be 'alb' or 'none'\n"
        "    mend it: pulumi config set frontDoor alb\n"
        "  maxAttempts = 9: Input should be less than or equal to 5\n"
        "    mend it: pulumi config set maxAttempts 3"
    )


def test_a_key_that_is_nowhere_is_a_problem_like_any_other():
    with pytest.raises(InvalidSettings) as refused:
        parse_settings({}.get, stack="prod")
    keys = {"aws:region" if field.alias == "aws:region" else field.alias for field in Settings.model_fields.values()}
    assert {p.key for p in refused.value.problems} == keys
    assert {p.value for p in refused.value.problems} == {"(not set)"}


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("warmPoolSize", "0", "greater than or equal to 1"),
        ("warmPoolSize", "many", "integer"),
        ("maxWorkers", "5001", "less than or equal to 5000"),
        ("sleepAfterMinutes", "0", "greater than or equal to 1"),
        ("jobsPerWorker", "0.9", "greater than or equal to 1"),
        ("jobsPerWorker", "nan", "finite"),
        ("warmSpares", "50", "maxWorkers is 50"),
        ("cpu", "3000", "256, 512, 1024, 2048"),
        ("memoryMib", "4500", "4096, 5120"),
        ("ephemeralStorageGib", "20", "greater than or equal to 21"),
        ("imageUri", "https://example.com/worker", "no scheme"),
        ("logRetentionDays", "31", "1, 3, 5, 7, 14, 30"),
        ("visibilityTimeoutSeconds", "20", "below 30 s"),
        ("webhookRetrySeconds", "[]", "at least 1 item"),
        ("webhookRetrySeconds", "[0]", "greater than or equal to 1"),
        ("webhookRetrySeconds", "5,30", "JSON"),
        ("webhookRetrySeconds", json.dumps([43200] * 7), "three days"),
        ("loopbackTargets", '["127.0.0.1:80"]', "local only"),
        ("aws:region", "mars-north-1", "no price"),
        ("warmHours", "Mon-Fri 08:00-20:00", "Europe/Paris"),
        ("warmHours", "Mon-Fri 20:00-08:00 UTC", "within one day"),
        ("warmHours", "Mon-Fri 08:00-24:00 UTC", "00:00 to 23:59"),
        ("warmHours", "Mon-Fri 08:00-20:00 Mars/Olympus", "no time zone"),
        ("warmHours", "Mon-Fri 08:00-20:00 ../../etc/passwd", "written as"),
        ("onDemandBase", "-1", "greater than or equal to 0"),
        ("architecture", "RISC", "X86_64"),
        ("frontDoor", "revolving", "alb"),
        ("domainName", "https://example.com", "pattern"),
        ("egress", "pigeon", "nat"),
        ("vpcId", "the-vpc", "pattern"),
        ("bucket", "Videos", "pattern"),
        ("sourceBuckets", '["s3://clips/2026"]', "pattern"),
        ("sourceBuckets", '["s3://clips/*/"]', "pattern"),
        ("sourceBuckets", '["s3://clips/${aws:username}/"]', "pattern"),
        ("alertEmail", "everyone", "pattern"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_the_bound(key: str, value: str, word: str):
    found = problem(**{key: value})
    assert found.key == key
    assert word in found.message


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "example.com/renders",
        "https://user:word@example.com/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.8/",
        "https://[::1]/",
        "https://localhost/",
        "https://example.com:99999/",
        "https://[bad/",
        "https://",
    ],
)
def test_a_webhook_address_that_the_notifier_would_refuse_is_refused_here(url: str):
    assert problem(webhookUrl=url).key == "webhookUrl"


def test_loopback_and_compressed_time_are_for_the_local_stack():
    local = settings(
        "local",
        minuteSeconds="2",
        visibilityTimeoutSeconds="3",
        loopbackTargets='["127.0.0.1:8080"]',
        webhookUrl="http://127.0.0.1:8080/hook",
    )
    assert local.loopback_targets == ("127.0.0.1:8080",)
    assert local.sleep_after_seconds == 10


def test_the_local_stack_lets_through_no_loopback_address_but_those_that_it_names():
    assert (
        problem("local", webhookUrl="http://127.0.0.1:8081/", loopbackTargets='["127.0.0.1:8080"]').key == "webhookUrl"
    )
    assert problem("local", loopbackTargets='["10.0.0.1:80"]').key == "loopbackTargets"


def test_a_load_balancer_without_a_certificate_is_refused_until_plain_http_is_asked_for():
    found = problem(allowPlainHttp="false")
    assert (found.key, found.command) == ("certificateArn", f"pulumi config set certificateArn {CERTIFICATE}")
    assert "travel in clear" in found.message
    assert "pulumi config set allowPlainHttp true" in found.message
    assert settings(allowPlainHttp="true").certificate_arn == ""
    assert settings(allowPlainHttp="false", certificateArn=CERTIFICATE).certificate_arn == CERTIFICATE
    assert settings(allowPlainHttp="false", frontDoor="none").front_door == "none"


def test_a_certificate_of_another_region_is_refused():
    found = problem(certificateArn=CERTIFICATE.replace("eu-west-1", "us-east-1"))
    assert found.command == f"pulumi config set certificateArn {CERTIFICATE}"


@pytest.mark.parametrize(
    ("vpc", "subnets", "word"),
    [
        ("vpc-0123456789abcdef0", [], "2 at least"),
        ("vpc-0123456789abcdef0", ["subnet-0123456789abcdef0"], "2 at least"),
        ("", ["subnet-0123456789abcdef0", "subnet-1123456789abcdef0"], "named too"),
    ],
)
def test_a_vpc_of_ones_own_comes_with_subnets_enough(vpc: str, subnets: list[str], word: str):
    found = problem(vpcId=vpc, subnetIds=json.dumps(subnets))
    assert found.key == "vpcId"
    assert word in found.message


def test_a_load_balancer_is_not_put_into_private_subnets_of_ones_own():
    own = {"vpcId": "vpc-0123456789abcdef0", "subnetIds": '["subnet-0123456789abcdef0", "subnet-1123456789abcdef0"]'}
    assert problem(**own, egress="nat").command == "pulumi config set egress public"
    assert settings(**own, egress="nat", frontDoor="none").egress == "nat"


def test_one_subnet_will_do_without_a_load_balancer_and_none_is_named_twice():
    own = {"vpcId": "vpc-0123456789abcdef0", "frontDoor": "none"}
    one = '"subnet-0123456789abcdef0"'
    assert settings(**own, subnetIds=f"[{one}]").subnet_ids == ("subnet-0123456789abcdef0",)
    assert problem(**own, subnetIds=f"[{one}, {one}]").key == "subnetIds"


@pytest.mark.parametrize(
    "tokens",
    [
        "open-sesame",
        "[]",
        '{"client": ["cccccccccccccccccccccccccccccccc"]}',
        '{"client": [], "operator": ["oooooooooooooooooooooooooooooooo"]}',
        '{"client": ["short"], "operator": ["oooooooooooooooooooooooooooooooo"]}',
        '{"client": "cccccccccccccccccccccccccccccccc", "operator": ["oooooooooooooooooooooooooooooooo"]}',
    ],
)
def test_bad_tokens_are_refused_without_being_shown(tokens: str):
    found = problem(apiTokens=tokens)
    assert found.value == "(hidden)"
    assert "cccc" not in str(found)
    assert found.command.startswith("pulumi config set --secret apiTokens ")


def test_the_tokens_that_the_command_makes_are_accepted_and_hidden():
    proposed = shlex.split(problem(apiTokens="x").command)[-1].replace("$(openssl rand -hex 32)", "0f" * 32)
    parsed = settings(apiTokens=proposed)
    assert parsed.api_tokens is not None
    assert json.loads(parsed.api_tokens.get_secret_value()).keys() == {"client", "operator"}
    assert "0f0f" not in f"{parsed!r}"
    assert settings().api_tokens is None


@pytest.mark.parametrize(
    "secret", ["hunter2hunter2hunter2", "whsec_tooshort", "whsec_!!!!", SECRET.removeprefix("whsec_")]
)
def test_a_bad_secret_is_refused_without_being_shown(secret: str):
    found = problem(webhookSecret=secret)
    assert found.value == "(hidden)"
    assert secret not in str(found)
    assert found.command == 'pulumi config set --secret webhookSecret "whsec_$(openssl rand -base64 32)"'


def test_a_good_secret_shows_up_in_no_representation():
    parsed = settings(webhookSecret=SECRET)
    assert parsed.webhook_secret is not None
    assert parsed.webhook_secret.get_secret_value() == SECRET
    assert SECRET not in f"{parsed!r} {parsed}"


def test_no_secret_means_none_so_that_one_is_generated():
    assert settings().webhook_secret is None


def test_every_key_of_the_project_is_read_and_described_and_typed():
    ours = {key: entry for key, entry in PROJECT.items() if not key.startswith("aws:")}
    assert {*ours, "aws:region"} == {field.alias for field in Settings.model_fields.values()}
    for entry in ours.values():
        assert {"type", "default", "description"} <= entry.keys()


@pytest.mark.parametrize(
    ("stack", "floor_ceiling_and_sleep"),
    [("staging", (1, 5, True)), ("prod", (10, 50, False)), ("local", (1, 3, True))],
)
def test_the_shipped_stacks_are_as_large_as_they_should_be(stack: str, floor_ceiling_and_sleep: tuple[int, int, bool]):
    file = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    values = {key.removeprefix("ffmpeg-warm-pool:"): stored(value) for key, value in file.items()}
    parsed = parse_settings({**VALID, **values}.get, stack=stack)
    assert (parsed.warm_pool_size, parsed.max_workers, parsed.scale_to_zero) == floor_ceiling_and_sleep


def test_the_defaults_are_a_floor_of_ten_a_ceiling_of_fifty_and_always_awake():
    parsed = settings()
    assert (parsed.warm_pool_size, parsed.max_workers, parsed.scale_to_zero) == (10, 50, False)


@hypothesis.settings(deadline=None, max_examples=examples(50), suppress_health_check=[hypothesis.HealthCheck.too_slow])
@given(
    cpu=st.sampled_from(sorted(FARGATE_MEMORY_MIB)),
    memory_mib=st.integers(min_value=0, max_value=140_000),
)
def test_a_memory_size_that_fargate_lacks_is_mended_by_one_that_it_has(cpu: int, memory_mib: int):
    try:
        settings(cpu=str(cpu), memoryMib=str(memory_mib))
    except InvalidSettings as refused:
        [found] = refused.problems
        memory_mib = int(found.command.rsplit(" ", 1)[1])
    assert memory_mib in FARGATE_MEMORY_MIB[cpu]


def mended(values: dict[str, str], found: Problem) -> dict[str, str]:
    """What is stored after the command was typed."""
    for command in found.command.split(" && "):
        values = stored_after(values, command)
    return values


def stored_after(values: dict[str, str], command: str) -> dict[str, str]:
    match shlex.split(command):
        case ["pulumi", "config", "set", "--path", path, value]:
            key, _, number = path.rstrip("]").partition("[")
            items = json.loads(values[key])
            items[int(number) :] = [value, *items[int(number) + 1 :]]
            return {**values, key: json.dumps(items)}
        case ["pulumi", "config", "rm", key]:
            return {**values, key: DEFAULTS[key]}
        case ["pulumi", "config", "set", "--secret", key, str()]:
            return {**values, key: {"webhookSecret": SECRET, "apiTokens": TOKENS}[key]}
        case ["pulumi", "config", "set", key, value]:
            return {**values, key: value}
        case other:
            raise AssertionError(other)


NONSENSE = st.one_of(
    st.text(max_size=12), st.integers(-5, 20_000).map(str), st.sampled_from(["true", "[]", "[1]", "{}"])
)


@hypothesis.settings(deadline=None, max_examples=examples(50), suppress_health_check=[hypothesis.HealthCheck.too_slow])
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(sorted(DEFAULTS), NONSENSE)), st.sampled_from(["prod", "local"])
)
def test_typing_the_commands_that_are_proposed_always_ends_in_a_configuration_that_is_accepted(
    nonsense: dict[str, str], stack: str
):
    values = {**DEFAULTS, **nonsense}
    for _ in range(4):
        try:
            parse_settings(values.get, stack=stack)
        except InvalidSettings as refused:
            for found in refused.problems:
                values = mended(values, found)
        else:
            return
    raise AssertionError(values)


def test_the_effects_of_a_new_stack_are_those_that_the_worker_knows_by_itself():
    assert settings().effects == DEFAULT_EFFECTS


def test_what_cannot_be_an_effect_is_refused():
    found = problem(effects='["eq", "movie", "drawtext"]')
    assert found.message == "movie, drawtext cannot be effects; jobs/filters.json has the filters that can"
    assert found.command == "pulumi config rm effects"
    assert settings(effects="[]").effects == ()


def test_a_source_leaves_half_of_the_disk():
    assert problem(maxSourceMib="10753").command == "pulumi config set maxSourceMib 10752"
    assert settings(maxSourceMib="10753", ephemeralStorageGib="22").max_source_mib == 10753
