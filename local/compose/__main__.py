"""`python -m local.compose`: the cloud's container. Ends in order on SIGTERM, and with it all that was in it."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from local.compose.cloud import CONFIG, ComposeCloud
from local.program import DeployError

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    aws_port: Annotated[int, typer.Option(help="Where AWS listens.")] = 4566,
    api_port: Annotated[int, typer.Option(help="Where the load balancer listens.")] = 8000,
    config: Annotated[str, typer.Option(help="Further keys of Pulumi.yaml, as a JSON object.")] = "",
    folder: Annotated[Path, typer.Option(help="Where state, logs and the Lambdas' archives are.")] = Path("/stack"),
) -> None:
    """Deploy the Pulumi program into moto and play what is in it, for workers that others start."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    try:
        with ComposeCloud(folder, aws_port=aws_port, api_port=api_port) as cloud:
            cloud.fill({**CONFIG, **json.loads(config or "{}")})
            typer.echo(f"up: AWS at http://127.0.0.1:{aws_port}, the API at http://127.0.0.1:{api_port}")
            signal.pause()
    except KeyboardInterrupt:
        typer.echo("ended")
    except DeployError as error:
        sys.exit(f"the program could not be deployed: {error}")


def _interrupt(*_: object) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # what ends the stack is not to be interrupted
    raise KeyboardInterrupt


if __name__ == "__main__":
    app()
