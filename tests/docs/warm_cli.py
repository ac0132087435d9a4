"""The real AWS CLI, loaded once for all that a shell types: a host forks for each command, and a client lends it all.

`warm_cli.py host SOCKET` is run by the CLI's own Python and serves until its standard input ends; `warm_cli.py SOCKET
ARGUMENTS` is what stands for `aws` on the shell's path: the fork has its streams, its folder and its variables, and its
exit code is the fork's. Loading the CLI takes longer than nearly every command. Of the standard library alone.
"""

import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from typing import NoReturn

REQUEST_BYTES = 2**17
DATA_PATH = "AWS_DATA_PATH"
"""Which the CLI sets when it is loaded."""


def host(path: str) -> None:
    """Serve commands, one fork each."""
    import awscli.clidriver  # pyright: ignore[reportMissingImports]  # noqa: PLC0415  only the host has it

    awscli.clidriver.create_clidriver()  # imports the plugins, which are most of it
    threading.Thread(target=_end_with_whoever_started_this, daemon=True).start()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks: they tell the clients themselves
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        if not os.fork():
            listener.close()
            _be_a_command(connection, awscli.clidriver.main)
        connection.close()


def _end_with_whoever_started_this() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)


def _be_a_command(connection: socket.socket, main: Callable[[], int]) -> NoReturn:
    code = 255
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        request, streams, _, _ = socket.recv_fds(connection, REQUEST_BYTES, 3)
        asked = json.loads(request)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        own = {DATA_PATH: os.environ[DATA_PATH]}
        os.environ.clear()
        os.environ.update(asked["environment"] | own)
        os.chdir(asked["folder"])
        sys.argv[:] = ["aws", *asked["arguments"]]
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 255
    except BaseException:  # noqa: BLE001  a fork that went on would answer in its host's place
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        connection.sendall(bytes([code or 0]))
        os._exit(0)


def ask(path: str, arguments: list[str]) -> int:
    """Have one command run; answers its exit code."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109
        socket.send_fds(connection, [json.dumps(request).encode()], [0, 1, 2])
        answer = connection.recv(1)
        return answer[0] if answer else 255


if __name__ == "__main__":
    if sys.argv[1] == "host":
        host(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[1], sys.argv[2:]))
