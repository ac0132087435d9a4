"""The process that keeps a stack in the background: `python -m local.background.keeper <folder> <descriptor>`.

It is given the order on standard input and the locked pid file as an open descriptor. All that it starts is tied to
its life. It ends on SIGTERM, in order; and when its folder is gone, because then nobody could tell it to.
"""

import json
import logging
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

import urllib3

from local.background.claim import Claim
from local.background.folder import Folder
from local.background.order import Order
from local.background.standing import Engine, Facts, Standing
from local.background.timeline import Timeline
from local.demo import footage
from local.engine import installation
from local.engine.workspace import Workspace
from local.history import History
from local.program import DeployError
from local.stack import LocalStack
from local.webhook_sink import WebhookSink

log = logging.getLogger("local.background")

LOOK_SECONDS = 1.0
"""How often the timeline is written on."""
MENDING = '\nBefore there is a stack, options mend it: make up ARGS="-c key=value"'
TOLD_RESOURCES = 25
"""After how many resources that the engine has made it is said how many there are: every two seconds or so."""
ANSWER_SECONDS = 60.0
"""How long the page may take to answer: its function starts with the first request."""


class Keeper:
    """Starts a stack as ordered, says how far it is and how to reach it, and keeps it until it is interrupted."""

    def __init__(self, folder: Folder, claim: Claim, order: Order) -> None:
        self._folder = folder
        self._claim = claim
        self._order = order
        self._workspace: Workspace | None = None
        """Where the engine deployed the stack; None where Pulumi's mocks did."""
        self._engine: Engine | None = None

    def run(self) -> None:
        """Return when nobody wants the stack any more; everything that was started has ended then."""
        with ExitStack() as stage:
            try:
                stack, sink = self._open(stage)
                self._say("putting clips into the bucket")
                clips = self._fill(stack, sink)
                self._say("starting what runs in AWS: Fargate, Lambda, alarms, schedules, the load balancer")
                stack.start_players()
                facts = self._facts(stack, clips)
                self._say("waiting for the page to answer")
                _await_page(facts.api_url)
                self._folder.say(Standing(stage="ready", facts=facts))
                self._keep(stack, sink)
            finally:
                _ignore_signals()  # what ends the stack is not to be interrupted

    def _say(self, stage: str) -> None:
        log.info(stage)
        self._folder.say(Standing(stage=stage))

    def _open(self, stage: ExitStack) -> tuple[LocalStack, WebhookSink]:
        self._say("opening an empty cloud")
        history = History(self._folder.history)
        sink = stage.enter_context(WebhookSink(history=history))
        stack = stage.enter_context(LocalStack(self._folder.stack, pace=self._order.pace, history=history))
        self._deploy(stack, self._order.configuration(sink.url, sink.target))
        return stack, sink

    def _deploy(self, stack: LocalStack, config: Mapping[str, object]) -> None:
        """By the Pulumi engine, where there is one and it is wanted."""
        cli = installation.cli() if self._order.engine else None
        if cli is None:
            self._say("running the Pulumi program and realising its resources in moto")
            stack.deploy(config)
            return
        self._say("running the Pulumi program by the real engine: pulumi up")
        self._workspace = workspace = Workspace(
            self._folder.pulumi, cli, endpoint_url=stack.cloud.endpoint_url, code_folder=stack.code_folder
        )
        workspace.open(config)
        workspace.up(self._tell_of_made)
        stack.outputs = workspace.outputs()
        self._engine = Engine(cli=cli, programs=workspace.programs, environment=workspace.environment)

    def _tell_of_made(self, resources: int) -> None:
        if resources % TOLD_RESOURCES == 0:
            self._say(f"{resources} resources are made")

    def _fill(self, stack: LocalStack, sink: WebhookSink) -> tuple[str, ...]:
        """Put clips into the bucket and let the sink know the secret; answers the clips' keys."""
        sink.trust(_secret(stack, "webhookSecretArn"))
        s3 = stack.cloud.client("s3")
        keys = []
        for key, file in footage.clips(self._folder.stack):
            s3.upload_file(str(file), stack.outputs["bucket"], key)
            keys.append(key)
        return tuple(keys)

    def _facts(self, stack: LocalStack, clips: tuple[str, ...]) -> Facts:
        tokens = json.loads(_secret(stack, "apiTokensSecretArn"))
        return Facts(
            order=self._order,
            endpoint_url=stack.cloud.endpoint_url,
            api_url=stack.address_of(stack.outputs["apiUrl"]).rstrip("/"),
            client_token=tokens["client"][0],
            operator_token=tokens["operator"][0],
            outputs=stack.outputs,
            sleep_after_seconds=self._order.sleep_after_seconds(),
            engine=self._engine,
            clips=clips,
        )

    def _keep(self, stack: LocalStack, sink: WebhookSink) -> None:
        """Write on the timeline, and follow what is typed, until nobody can reach this process any more."""
        timeline = Timeline(stack, self._folder.timeline)
        timeline.tell("the stack is up")
        version = self._workspace.version() if self._workspace else 0
        while self._claim.is_of(self._folder.pid_file.path):
            is_at_work = self._workspace is not None and self._workspace.is_at_work
            try:
                if self._workspace and not is_at_work and version != (now := self._workspace.version()):
                    version = now
                    self._follow(self._workspace, stack, sink, timeline)
                if stack.outputs:
                    timeline.look()
            except Exception:
                if not is_at_work:  # tables come and go under a pulumi that is
                    log.exception("the timeline could not be written on; the next look may be well")
            time.sleep(LOOK_SECONDS)

    def _follow(self, workspace: Workspace, stack: LocalStack, sink: WebhookSink, timeline: Timeline) -> None:
        """Take over what somebody's pulumi made of the stack: the players do so by themselves."""
        before, stack.outputs = stack.outputs, workspace.outputs()
        if before and not stack.outputs:
            timeline.tell("the stack is destroyed; the cloud is there until `make down`, for another `pulumi up`")
        if stack.outputs.get("bucket") in {None, before.get("bucket")}:
            return
        # Another stack: with tokens and an address of its own, and nothing in its bucket.
        _await_door(stack)
        facts = self._facts(stack, self._fill(stack, sink))
        _await_page(facts.api_url)
        self._folder.say(Standing(stage="ready", facts=facts))
        timeline.tell('the stack is up anew: eval "$(make -s env)" again for its address and tokens')


def _secret(stack: LocalStack, output: str) -> str:
    return stack.cloud.client("secretsmanager").get_secret_value(SecretId=stack.outputs[output])["SecretString"]


def _await_door(stack: LocalStack) -> None:
    """Return once the load balancer's player has seen the stack's; raise LookupError after ANSWER_SECONDS."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            stack.address_of(stack.outputs["apiUrl"])
        except LookupError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _await_page(url: str) -> None:
    """Return once the page is there; raise TimeoutError if it is not after ANSWER_SECONDS."""
    http = urllib3.PoolManager(retries=False, timeout=ANSWER_SECONDS)
    deadline = time.monotonic() + ANSWER_SECONDS
    while (status := http.request("GET", f"{url}/").status) != HTTPStatus.OK:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url}/ answers {status} and no page after {ANSWER_SECONDS:.0f} s")
        time.sleep(0.2)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def main() -> int:
    """Keep a stack; answers the exit code, and on failure has said why on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    log.setLevel(logging.INFO)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    folder = Folder(Path(sys.argv[1]))
    claim = Claim(int(sys.argv[2]))
    claim.sign()
    try:
        Keeper(folder, claim, Order.model_validate_json(sys.stdin.read())).run()
    except KeyboardInterrupt:
        log.info("ended as asked")
    except DeployError as error:
        mending = MENDING if "pulumi config set" in str(error) else ""
        log.error("the program could not be deployed: %s%s", error, mending)  # noqa: TRY400 - written to be read
        return 1
    except Exception:
        log.exception("the stack could not be kept")
        return 1
    finally:
        if claim.is_of(folder.pid_file.path):
            folder.forget()
            claim.withdraw()
    return 0


if __name__ == "__main__":
    sys.exit(main())
