"""A name server that knows one name, for whoever is told to ask it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

NAME = "queue.warm-pool.example"
ADDRESS = "203.0.113.7"
PORT = 53
"""Where every resolver asks: who may not listen there is not root."""


class _Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        query, socket = self.request
        name = b"".join(bytes([len(label)]) + label.encode() for label in NAME.split(".")) + b"\0"
        # Behind a header of 12 bytes: the name, and that an IPv4 address (1) of the internet (1) is wanted.
        question = name + b"\0\1\0\1"
        if query[12:].startswith(question):
            header = query[:2] + b"\x81\x80" + b"\0\1\0\1\0\0\0\0"
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes(map(int, ADDRESS.split(".")))
            socket.sendto(header + question + answer, self.client_address)


@contextmanager
def name_server(host: str) -> Iterator[None]:
    """Listens at an address of loopback until the block ends."""
    with socketserver.ThreadingUDPServer((host, PORT), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
