"""A fleet that never changes."""

from collections.abc import Callable

from simulator.cloud.job_queue import Job
from simulator.cloud.service import Victims
from simulator.run import Stage


class AlwaysOn:
    """`count` tasks around the clock: an ECS service with a desired count and no scaling."""

    victims = Victims.RUNNING

    def __init__(self, count: int) -> None:
        self.name = f"always on, {count}"
        self._count = count

    def begin(self, stage: Stage) -> Callable[[Job], None] | None:
        """Start them all."""
        stage.service.set_desired(self._count)
        return None
