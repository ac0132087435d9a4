"""The stack as compose.yaml has it: everything that the program deploys but the workers and who resizes them."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from local.cloud import Cloud
from local.compose.census import Census
from local.compose.desk import Desk, worker_definition
from local.demo import footage
from local.pace import Pace
from local.stack import LocalStack

EVERYWHERE = "0.0.0.0"  # noqa: S104 - the workers come from other containers; compose publishes on loopback alone
HTTP = 80
"""The listener's port in the stack."""
REAL_MINUTE_SECONDS = 60
CONFIG: Mapping[str, Any] = {
    "frontDoor": "alb",
    "allowPlainHttp": True,
    "minuteSeconds": REAL_MINUTE_SECONDS,
    "visibilityTimeoutSeconds": 120,
    "webhookRetrySeconds": [5, 30, 120, 300, 600, 900, 1800],
}
"""What is set over Pulumi.local.yaml, whose time is a demo's: here it is the clock's, as in Pulumi.yaml."""


class ComposeCloud:
    """A context manager: entering opens an empty cloud on `aws_port`, leaving ends all that was started."""

    def __init__(self, folder: Path, *, aws_port: int, api_port: int) -> None:
        self._api_port = api_port
        cloud = Cloud((EVERYWHERE, aws_port))
        self.stack = LocalStack(folder, pace=Pace(minute_seconds=REAL_MINUTE_SECONDS), cloud=cloud)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.stack)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def fill(self, config: Mapping[str, Any]) -> None:
        """Deploy the program, put clips into its bucket, bring it to life; then the workers are answered.

        Raises DeployError.
        """
        stack, cloud = self.stack, self.stack.cloud
        outputs = stack.deploy(config)
        # A person scales here. What calls for the warmkeeper is told that there is none, rather than that it was done.
        cloud.moto_client("lambda").delete_function(FunctionName=outputs["warmkeeperFunction"])
        for key, file in footage.real_clips():
            cloud.client("s3").upload_file(str(file), outputs["bucket"], key)
        stack.start_players(has_fleet=False, listener_addresses={HTTP: (EVERYWHERE, self._api_port)})
        secret = cloud.client("secretsmanager").get_secret_value(SecretId=outputs["apiTokensSecretArn"])
        tokens = json.loads(secret["SecretString"])
        census = Census(cloud, worker_definition(cloud, outputs).role_arn)
        cloud.watch_with(census.note)
        cloud.answer_with(census)
        cloud.answer_with(Desk(cloud, outputs, api_port=self._api_port, tokens=tokens))
