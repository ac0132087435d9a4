"""`python -m worker`: reads the environment, wires the worker, and works until SIGTERM. Exits with 0 after that.

The first poll is sent as early as can be: what a job needs besides is loaded while the poll waits for its answer.
"""

import logging
import os
import signal
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from botocore.session import get_session

from worker.config import InvalidConfigError, WorkerConfig, read_config
from worker.consumer import Consumer
from worker.delivery import Disposition, GiveBack, Message
from worker.drain import Drain
from worker.log import set_up_logs
from worker.poll import jobs_queue
from worker.protection import TaskProtection
from worker.pulse import Pulse

if TYPE_CHECKING:
    from worker.server import Server
    from worker.workshop import Workshop

log = logging.getLogger("worker")

MISCONFIGURED = 2
"""The exit code of a worker that cannot start."""

CRASHED = 1

PREVIEW_SHARE = 0.2
"""The share of the stop time-out that a preview may still take when no job is left: 24 s of Fargate's 120."""


LOOK_SECONDS = 1.0
"""How often whoever waits for the first poll looks whether there will be none."""


class EndedBeforeItBeganError(Exception):
    """The worker was told to end before its first poll: no workshop is made."""


class Worker:
    """The loop that takes jobs, and the workshop that it takes them to. Creating it calls nobody.

    `prepare` is for a thread of its own beside the loop's: the first message waits for the workshop.
    """

    def __init__(self, config: WorkerConfig, drain: Drain) -> None:
        self._config = config
        self._drain = drain
        self._session = get_session()
        self._pulse = Pulse()
        self._protection = TaskProtection(config.ecs_agent_uri)
        self._workshop: Future[Workshop] = Future()
        self._server: Server | None = None
        self._polls = threading.Event()

    def consumer(self) -> Consumer:
        """The loop that takes jobs."""
        return Consumer(
            jobs_queue(self._config, self._session, on_poll=self._polls.set),
            self._process,
            protection=self._protection,
            drain=self._drain,
            alive=self._pulse.beat,
        )

    def _process(self, message: Message) -> Disposition:
        if self._workshop.exception() is not None:
            return GiveBack(0)
        return self._workshop.result().processor.process(message)

    def prepare(self) -> None:
        """Make the workshop once the first poll is out, and listen if that is configured; the loop ends if that fails.

        Raises OSError if the port is taken, and whatever else keeps the workshop from being made.
        """
        # Two threads that import are slower each, and the poll is what somebody waits for.
        while not self._polls.wait(LOOK_SECONDS):
            if self._drain.requested:
                # Should a poll go out this very moment after all, what it brings is given back.
                self._workshop.set_exception(EndedBeforeItBeganError())
                return
        try:
            # What takes longest to load, and no poll needs it.
            from worker.workshop import Workshop  # noqa: PLC0415

            workshop = Workshop(
                self._config, self._session, protection=self._protection, drain=self._drain, pulse=self._pulse
            )
            if self._config.http_port is not None:
                self._server = workshop.listen(self._config.http_port)
        except BaseException as error:
            self._drain.begin()
            self._workshop.set_exception(error)
            raise
        self._workshop.set_result(workshop)

    def stop_serving(self, wait_seconds: float) -> None:
        """Begin no further answer, and wait so long at most for the one that is being made."""
        if self._server is not None:
            self._server.stop(wait_seconds)


def main() -> int:
    """Work until the task ends. The exit code is 0 for an orderly end."""
    try:
        config = read_config(os.environ)
    except InvalidConfigError as error:
        set_up_logs("unknown")
        log.error("the worker cannot start", extra={"cause": str(error)})  # noqa: TRY400 - the text says it all
        return MISCONFIGURED
    set_up_logs(config.task)
    drain = Drain(config.stop_timeout_seconds)

    def end(number: int, _frame: object) -> None:
        log.info("told to end", extra={"signal": signal.Signals(number).name})
        drain.begin()

    # Loop and workshop have threads of their own, so that the main one is free to run this handler: an Event must not
    # be set by a handler that interrupted the very thread which waits for it, or sets it.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    failed: list[BaseException] = []
    worker = Worker(config, drain)

    def work() -> None:
        try:
            worker.consumer().run()
        except BaseException as error:
            log.exception("the worker broke")
            failed.append(error)
            drain.begin()

    def prepare() -> None:
        try:
            worker.prepare()
        except OSError as error:
            log.error("the worker cannot listen", extra={"port": config.http_port, "cause": error.strerror})  # noqa: TRY400 - the text says it all
            failed.append(error)
        except BaseException as error:
            log.exception("the worker broke")
            failed.append(error)

    log.info("waiting for jobs")
    threads = [threading.Thread(target=work, name="consumer"), threading.Thread(target=prepare, name="workshop")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker.stop_serving(PREVIEW_SHARE * config.stop_timeout_seconds)
    log.info("ended")
    return CRASHED if failed else 0


if __name__ == "__main__":
    sys.exit(main())
