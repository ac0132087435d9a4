"""A function finds in Lambda only its archive, the runtime's boto3, Powertools' layer and the layer of our own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
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
import lambdas.{package}.handler
named = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print("\\n".join(sorted(named - set(sys.stdlib_module_names))))
"""


@pytest.mark.parametrize(
    ("package", "of_the_own_layer"), [("api", set()), ("notifier", {"standardwebhooks"}), ("warmkeeper", set())]
)
def test_the_handler_imports_only_what_lambda_gives_it(package: str, of_the_own_layer: set[str]):
    answer = subprocess.run(
        [sys.executable, "-c", REPORT_IMPORTS.format(package=package)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    imported = {name for name in answer.stdout.split() if not name.startswith("_")}
    assert imported >= {"aws_lambda_powertools"} | of_the_own_layer
    assert imported - RUNTIME - OPTIONAL - POWERTOOLS_LAYER - ARCHIVE == of_the_own_layer
