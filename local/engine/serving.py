"""What every plugin of the engine does: it serves gRPC on loopback, says its port, and ends with whoever started it."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

THREADS = 32
MESSAGE_BYTES = 400 * 1024 * 1024
"""The limit of Pulumi's own plugins."""
PARENT_SECONDS = 0.5
"""Between two looks at whether the engine still lives."""


def serve(add_to: Callable[[grpc.Server], None]) -> None:
    """Serve until the engine asks for the end or is gone itself. Only the port goes to standard output."""
    gc.disable()  # a plugin lives for one command: that is over before there is much to collect
    limits = [(f"grpc.max_{kind}_message_length", MESSAGE_BYTES) for kind in ("send", "receive")]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=limits)
    add_to(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    engine = os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM):
        # At once: an orderly end would wait for threads, and tell of them in a traceback.
        signal.signal(number, lambda *_: os._exit(0))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    never = threading.Event()
    while os.getppid() == engine:
        never.wait(PARENT_SECONDS)
    os._exit(1)
