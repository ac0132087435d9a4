"""checkov over plans: the shell around its command line, which lives in an environment of its own."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scan.finding import Finding

EXECUTABLE = Path(__file__).parent.parent / ".venv-checkov" / "bin" / "checkov"
TIMEOUT_SECONDS = 200


class ScanError(RuntimeError):
    """checkov did not run, or did not read what it was given: that it found nothing would say nothing."""


def scan(plans: Mapping[str, dict[str, Any]], folder: Path, executable: Path = EXECUTABLE) -> set[Finding]:
    """What fails in the plans, given by their stack's name, in one run. They are written into the folder, an empty one.

    Nothing is fetched and nothing is sent. Plans do not see each other's resources.

    Raises:
        ScanError: checkov failed, or has not read every resource of every plan.
    """
    for stack, plan in plans.items():
        (folder / f"{stack}.json").write_text(json.dumps(plan, indent=1), "utf-8")
    # --soft-fail: what failed is told by the report, and an exit code other than 0 is then an error of its own.
    options = ["--framework", "terraform_plan", "--skip-download", "--compact", "--soft-fail", "--output", "json"]
    done = subprocess.run(
        [str(executable), "--directory", str(folder), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"},
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ScanError(f"checkov ended with {done.returncode}: {done.stderr or done.stdout}")
    return _read(done.stdout, resources=sum(len(_resources(plan)) for plan in plans.values()))


def _resources(plan: Mapping[str, Any]) -> list[Any]:
    return plan["planned_values"]["root_module"]["resources"]


def _read(output: str, *, resources: int) -> set[Finding]:
    report = json.loads(output)
    summary = report.get("summary", report)
    if summary["parsing_errors"] or summary["resource_count"] != resources:
        raise ScanError(f"checkov has read {summary['resource_count']} of {resources} resources: {summary}")
    return {_finding(failed) for failed in report["results"]["failed_checks"]}


def _finding(failed: Mapping[str, Any]) -> Finding:
    return Finding(
        stack=Path(failed["file_path"]).stem,
        check=failed["check_id"],
        resource=failed["resource"],
        title=failed["check_name"],
        looked_at=tuple(sorted(set(failed["check_result"].get("evaluated_keys") or ()) - {"resource_type"})),
    )
