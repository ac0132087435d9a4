"""What holds for every test."""

import atexit
import gc
import os
import signal

import botocore.session
import pytest
from hypothesis import settings

from local.aws import service_models
from tests.thoroughness import examples

# Machines are noisy: an example that takes long says nothing about the code. Speed is a matter of benchmarks.
settings.register_profile("warm-pool", deadline=None, max_examples=examples(30))
settings.load_profile("warm-pool")

# Every session of botocore, and moto makes many, parses the services' descriptions anew: megabytes of JSON. One reading
# of them serves a whole process.
botocore.session.create_loader = lambda *_: service_models()

# A script's `&` has what it starts ignore Ctrl-C, and children inherit that: tests press it at what they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Last of all that is done at the end: an interpreter takes two seconds to free what the kernel frees at once.
if "PYTEST_XDIST_WORKER" in os.environ:
    atexit.register(os._exit, 0)

# Until all is loaded: what the tests are made of stays.
gc.disable()

FIRST = (
    "test_operate.py",
    "test_up_and_down.py",
    "test_stack.py",
    "test_wake_by_http.py",
    "test_wake_page.py",
    "test_roles.py",
    "test_side_by_side.py",
    "splice",
    "test_server.py",
    "test_fargate.py",
    "test_tracks.py",
    "test_program_host.py",
    "notifier",
    "test_access_tokens.py",  # it records the program, for which all other tests of `components` would wait
    "test_alb.py",
    "test_heartbeat.py",
    "realisers",
    "test_lambdas.py",
    "hostile",
    "test_logs.py",
    "test_worker_process.py",
    "test_event_sources.py",
    "test_still.py",
    "test_guarded_client.py",
    "test_engine_failures.py",
    "players",
    "warmkeeper",
    "components",
    "test_connections.py",
    "simulator",
    "test_webhook_sink.py",
    "test_start.py",
    "test_demo.py",
    "render",
    "lambdas",
)
"""Files and folders whose tests take longest, those that wait in turn with those that compute.

What waits leaves its processor to others as long as there are any: at the end there is nothing but what computes.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest. A file's tests stay in one process (`--dist loadfile`): they share costly fixtures.

    Groups of whole folders would share more, but pytest 9.2 does not read the names that pytest-xdist 3.8 gives them:
    `--dist loadgroup` tears every file apart, and each process then deploys a stack of its own.
    """
    items.sort(key=_rank)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: whoever collects garbage from here on need not look through it again.

    And need not look often: at the interpreter's own thresholds it takes a twentieth of the run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    gc.enable()


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, name in enumerate(FIRST) if name in item.path.parts), len(FIRST))
