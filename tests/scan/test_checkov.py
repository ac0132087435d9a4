"""A scan that did not read everything says so, instead of finding nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from scan.checkov import ScanError, scan
from scan.finding import Finding
from scan.terraform_plan import plan
from tests.scan.test_terraform_plan import resource

PLANS = {"prod": plan([resource("aws:sqs/queue:Queue", "jobs"), resource("aws:sqs/queue:Queue", "news")])}


def checkov(folder: Path, report: dict[str, Any], code: int = 0) -> Path:
    """A checker that answers so, whatever it is given."""
    path = folder / "checkov"
    path.write_text(f"#!/bin/sh\ncat <<'REPORT'\n{json.dumps(report)}\nREPORT\nexit {code}\n")
    path.chmod(0o755)
    return path


def plans(folder: Path) -> Path:
    made = folder / "plans"
    made.mkdir()
    return made


def report(resource_count: int, parsing_errors: int = 0) -> dict[str, Any]:
    failed = {
        "check_id": "CKV_AWS_27",
        "check_name": "Ensure all data stored in the SQS queue is encrypted",
        "check_result": {"result": "FAILED", "evaluated_keys": ["sqs_managed_sse_enabled", "resource_type"]},
        "file_path": "/prod.json",
        "resource": "aws_sqs_queue.jobs",
    }
    return {
        "results": {"failed_checks": [failed]},
        "summary": {"parsing_errors": parsing_errors, "resource_count": resource_count},
    }


def test_what_failed_is_told_with_its_stack(tmp_path: Path):
    found = scan(PLANS, plans(tmp_path), checkov(tmp_path, report(2)))
    title = "Ensure all data stored in the SQS queue is encrypted"
    assert found == {
        Finding("prod", "CKV_AWS_27", "aws_sqs_queue.jobs", title, ("sqs_managed_sse_enabled",)),
    }
    assert json.loads((tmp_path / "plans" / "prod.json").read_text()) == PLANS["prod"]


@pytest.mark.parametrize("answer", [report(1), report(2, parsing_errors=1)], ids=["one less", "a plan unread"])
def test_a_resource_that_was_not_read_is_an_error(tmp_path: Path, answer: dict[str, Any]):
    with pytest.raises(ScanError, match="of 2 resources"):
        scan(PLANS, plans(tmp_path), checkov(tmp_path, answer))


def test_what_checkov_says_of_nothing_at_all_is_an_error(tmp_path: Path):
    nothing = {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "resource_count": 0}
    with pytest.raises(ScanError, match="read 0 of 2 resources"):
        scan(PLANS, plans(tmp_path), checkov(tmp_path, nothing))


def test_a_checker_that_breaks_is_an_error(tmp_path: Path):
    with pytest.raises(ScanError, match="ended with 2"):
        scan(PLANS, plans(tmp_path), checkov(tmp_path, report(2), code=2))
