"""Free ports on loopback, for processes that cannot be handed a socket."""

import socket

from local.players.http_exchange import LOOPBACK


def free_port() -> int:
    """A port that nobody listens on now; the kernel does not hand it out again for a while."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]
