"""The local stack: one cloud, the real program deployed into it, and the players that bring it to life."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from local.cloud import Cloud
from local.code_store import CodeStore
from local.history import History
from local.pace import Pace
from local.players.alarms import AlarmPlayer
from local.players.alb import AlbPlayer
from local.players.event_sources import EventSourcePlayer
from local.players.fargate import FargatePlayer
from local.players.function_urls import FunctionUrlPlayer
from local.players.lambdas import LambdaPlayer
from local.players.logs import LogPlayer
from local.players.metrics import MetricStore
from local.players.redrive import RedrivePlayer
from local.players.schedules import SchedulePlayer
from local.program import CODE_FOLDER, STACK, deploy


class LocalStack:
    """A context manager: entering opens an empty cloud, leaving ends all that was started.

    `folder` holds the program's state, the Lambdas' archives and every log. `deploy` may be called again with another
    configuration, as `pulumi up` would be; the players follow what is deployed.

    `cloud` is given by whoever wants it at an address of its own.
    """

    def __init__(
        self, folder: Path, *, pace: Pace | None = None, history: History | None = None, cloud: Cloud | None = None
    ) -> None:
        # Absolute, because Lambdas and tasks have working directories of their own.
        self.folder = folder = folder.resolve()
        self.pace = pace or Pace()
        self.history = history or History(folder / "history.jsonl")
        self.cloud = cloud or Cloud()
        self.outputs: dict[str, Any] = {}
        self.fargate = FargatePlayer(self.cloud, self.pace, self.history, folder / "tasks")
        self._program_folder = folder / "program"
        self.code_folder = self._program_folder / CODE_FOLDER
        """Where whoever deploys puts the Lambdas' archives, for the players to run."""
        self._config: dict[str, object] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.cloud)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def deploy(self, config: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Run the program with the stack's own configuration and `config` over it; answers the stack's outputs.

        What one deployment set stays set for the next, as `pulumi config set` does.
        """
        self._config.update(config or {})
        self.outputs = deploy(
            endpoint_url=self.cloud.endpoint_url,
            stack=STACK,
            config=self._config,
            state_folder=self._program_folder,
        )
        return self.outputs

    def start_players(
        self, *, has_fleet: bool = True, listener_addresses: Mapping[int, tuple[str, int]] | None = None
    ) -> None:
        """Bring the deployed resources to life, in the order in which they need one another.

        Without a fleet nobody starts workers or decides how many there are, neither by alarm nor by the clock: that is
        left to others. `listener_addresses` are the load balancer's, as `AlbPlayer` takes them.
        """
        cloud, pace, history = self.cloud, self.pace, self.history
        metrics = MetricStore()
        archives = CodeStore(self.code_folder)
        lambdas = LambdaPlayer(cloud, pace, history, self.folder / "lambdas", archives, metrics=metrics)
        self.balancers = AlbPlayer(
            cloud,
            pace,
            history,
            lambdas=lambdas,
            fargate=self.fargate,
            metrics=metrics,
            addresses=listener_addresses,
        )
        self.function_urls = FunctionUrlPlayer(cloud, pace, lambdas)
        breath = (SchedulePlayer(cloud, pace, history, lambdas), AlarmPlayer(cloud, pace, history, lambdas, metrics))
        for player in (
            lambdas,
            *((self.fargate,) if has_fleet else ()),
            self.balancers,
            self.function_urls,
            EventSourcePlayer(cloud, pace, history, lambdas),
            *(breath if has_fleet else ()),
            LogPlayer(cloud, self.fargate, lambdas),
            RedrivePlayer(cloud),
        ):
            player.start()
            self._open.callback(player.stop)

    def address_of(self, url: str) -> str:
        """Where on this machine what is deployed under `url` (a load balancer's or a function's) is served.

        Raises LookupError where nobody serves it.
        """
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]
        found = self.balancers.url(host, port) or self.function_urls.url(host)
        if found is None:
            raise LookupError(f"nobody serves {url} here")
        return found + parts.path
