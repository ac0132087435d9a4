"""The function finds in Lambda only its archive, the runtime's boto3 and Powertools' layer."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"}
OPTIONAL = {"certifi"}
"""What botocore takes where it is installed and does without where it is not."""
POWERTOOLS_LAYER = {
    "aws_lambda_powertools",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "typing_inspection",
}
ARCHIVE = {"jobs", "fleet", "lambdas"}

REPORT_IMPORTS = """
import sys
before = set(sys.modules)
import lambdas.api.handler
named = {name.partition(".")[0] for name in set(sys.modules) - before}
print("\\n".join(sorted(named - set(sys.stdlib_module_names))))
"""


def test_the_handler_imports_only_what_lambda_gives_it():
    answer = subprocess.run(
        [sys.executable, "-c", REPORT_IMPORTS],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    imported = {name for name in answer.stdout.split() if not name.startswith("_")}
    assert "aws_lambda_powertools" in imported
    assert imported - RUNTIME - OPTIONAL - POWERTOOLS_LAYER - ARCHIVE == set()
