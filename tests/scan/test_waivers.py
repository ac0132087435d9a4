"""What fails is excused by a waiver or is an error, and every waiver is of use."""

import pytest
from pydantic import ValidationError

from scan.finding import Finding
from scan.waivers import FILE, Waiver, problems, read_waivers

LOGGING = "Ensure the S3 bucket has access logging enabled"
MEDIA = Finding("prod", "CKV_AWS_18", "aws_s3_bucket.storage-media", LOGGING, ("logging",))
ON_STAGING = Finding("staging", "CKV_AWS_18", "aws_s3_bucket.storage-media", LOGGING, ("logging",))
LOGS = Finding("prod", "CKV_AWS_18", "aws_s3_bucket.front-door-logs", LOGGING, ("logging",))


def waiver(*resources: str, stacks: tuple[str, ...] = ("*",), check: str = "CKV_AWS_18") -> Waiver:
    return Waiver(
        check=check,
        title="Reads are not logged",
        resources=resources,
        stacks=stacks,
        control="FSBP S3.9",
        reason="Nobody reads but those who may.",
        cost="$0.023 for a GB of logs and month.",
    )


def test_a_failure_without_a_waiver_says_what_failed_where_and_what_to_do():
    [problem] = problems([MEDIA, ON_STAGING], [])
    assert problem == (
        f"aws_s3_bucket.storage-media fails CKV_AWS_18, '{LOGGING}', in prod, staging. It looked at logging. Mend the "
        "component that makes storage-media, or say in scan/waivers.yaml why not, and what it would cost."
    )


def test_a_waiver_excuses_what_its_patterns_match():
    assert problems([MEDIA, ON_STAGING, LOGS], [waiver("storage-*", "*-logs")]) == []


@pytest.mark.parametrize(
    "other",
    [waiver("storage-media", check="CKV_AWS_21"), waiver("storage"), waiver("storage-media", stacks=("staging",))],
    ids=["another check", "another resource", "another stack"],
)
def test_a_waiver_excuses_nothing_else(other: Waiver):
    [unexcused] = [problem for problem in problems([MEDIA], [other]) if "waivers.yaml: " not in problem]
    assert unexcused.startswith("aws_s3_bucket.storage-media fails CKV_AWS_18")


def test_a_waiver_that_nothing_needs_any_more_is_an_error():
    assert problems([], [waiver("storage-media")]) == [
        "scan/waivers.yaml: nothing called storage-media fails CKV_AWS_18 in * any more. Take it out."
    ]


def test_every_pattern_of_a_waiver_must_be_of_use():
    assert problems([MEDIA], [waiver("storage-media", "front-door-logs", stacks=("prod", "staging"))]) == [
        "scan/waivers.yaml: nothing called storage-media fails CKV_AWS_18 in staging any more. Take it out.",
        "scan/waivers.yaml: nothing called front-door-logs fails CKV_AWS_18 in prod any more. Take it out.",
        "scan/waivers.yaml: nothing called front-door-logs fails CKV_AWS_18 in staging any more. Take it out.",
    ]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("reason: Nobody reads but those who may.", "reason: Because."),
        ("cost: Storage of the logs.", ""),
        ("control: FSBP S3.9", "control: best practice"),
        ("check: CKV_AWS_18", "check: S3.9"),
        ("resources: [media]", "resources: []"),
        ("title: Reads are not logged", "title: Reads are not logged\n  until: later"),
    ],
)
def test_a_waiver_that_says_too_little_is_refused(was: str, becomes: str):
    text = """
- check: CKV_AWS_18
  title: Reads are not logged
  resources: [media]
  control: FSBP S3.9
  reason: Nobody reads but those who may.
  cost: Storage of the logs.
"""
    assert len(read_waivers(text)) == 1
    assert was in text
    with pytest.raises(ValidationError):
        read_waivers(text.replace(was, becomes))


def test_no_two_waivers_are_for_the_same():
    waivers = read_waivers(FILE.read_text("utf-8"))
    patterns = [(each.check, name, stack) for each in waivers for name in each.resources for stack in each.stacks]
    assert len(patterns) == len(set(patterns))
