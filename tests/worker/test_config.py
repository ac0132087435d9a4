import pytest

from worker.config import InvalidConfigError, read_config
from worker.media import Limits as SourceLimits
from worker.render.limits import Limits as RenderLimits
from worker.workshop import render_limits, source_limits


def test_everything_that_is_missing_is_named_at_once():
    with pytest.raises(InvalidConfigError) as caught:
        read_config({})
    for name in ("JOBS_QUEUE_URL", "NOTIFICATIONS_QUEUE_URL", "JOBS_TABLE", "BUCKET", "SOURCES", "TASK_USD_PER_HOUR"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VISIBILITY_TIMEOUT_SECONDS", "0"),
        ("VISIBILITY_TIMEOUT_SECONDS", "43201"),
        ("STOP_TIMEOUT_SECONDS", "soon"),
        ("MAX_ATTEMPTS", "0"),
        ("POLL_SECONDS", "21"),
        ("TASK_USD_PER_HOUR", "-1"),
        ("HTTP_PORT", "65536"),
        ("HTTP_PORT", "http"),
        ("HTTP_HOST", "localhost"),
        ("RATE_PER_SECOND", "0"),
        ("LOOPBACK_TARGETS", "127.0.0.1:80"),
        ("SOURCES", '["s3://own/sources"]'),
        ("SOURCES", "s3://own/sources/"),
        ("TMPDIR", "/nowhere/at/all"),
    ],
)
def test_an_unusable_value_is_refused_by_its_variables_name(environment: dict[str, str], name: str, value: str):
    with pytest.raises(InvalidConfigError, match=name):
        read_config(environment | {name: value})


def test_what_is_optional_has_the_documented_defaults(environment: dict[str, str]):
    config = read_config(environment | {"LOOPBACK_TARGETS": "", "HTTP_PORT": ""})
    assert (config.http_port, config.tokens_secret_arn, config.fleet_table, config.rate_per_second) == (
        None,
        None,
        None,
        10,
    )
    assert (config.visibility_timeout_seconds, config.stop_timeout_seconds, config.max_attempts) == (120, 120, 3)
    assert (config.max_backoff_seconds, config.ffmpeg_threads) == (300, 1)
    assert config.loopback_targets == frozenset()
    assert config.sources == ("s3://own/sources/",)


def test_the_task_is_named_by_the_agents_address_and_by_the_host_without_one(environment: dict[str, str]):
    on_ecs = read_config(environment | {"ECS_AGENT_URI": "http://169.254.170.2/api/0123abcd-42"})
    assert on_ecs.task == "0123abcd-42"
    assert read_config(environment).task


def test_variables_of_others_are_none_of_our_business(environment: dict[str, str]):
    assert read_config(environment | {"PATH": "/bin"}).bucket == "own"


def test_an_operators_limits_reach_the_render_and_the_download(environment: dict[str, str]):
    said = {"MAX_CLIPS": "3", "MAX_SOURCE_MIB": "20000", "MAX_OUTPUT_SECONDS": "60", "MAX_OUTPUT_PIXELS": "921600"}
    config = read_config(environment | said | {"EFFECTS": '["eq"]'})

    limits = render_limits(config)
    assert (limits.max_clips, limits.max_output_seconds, limits.max_output_pixels) == (3, 60, 921_600)
    assert limits.max_source_bytes == source_limits(config).source_bytes == 20_000 * 1024**2
    assert source_limits(config).job_bytes == 20_000 * 1024**2
    assert config.effects == ("eq",)


def test_without_limits_of_an_operator_those_of_the_code_hold(environment: dict[str, str]):
    config = read_config(environment)

    assert render_limits(config) == RenderLimits()
    assert source_limits(config) == SourceLimits()
    assert config.effects is None
