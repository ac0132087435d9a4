"""A process that has Pulumi loaded and forks a process of its own for each run of the program.

Loading Pulumi's AWS package takes longer than all the rest of a run, so it is done once for the runs that one process
orders. What the program's text names of it, and which installed packages it imports, the host loads before its first
run, and what a run had to load all the same before the next: nothing here lists it.
"""

import gc
import json
import os
import re
import selectors
import subprocess
import sys
import sysconfig
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NoReturn

from local import processes
from local.aws import client_on, hermetic_session, services_described
from local.leash import tie_to_parent
from local.program_run import Order, run

OUTPUTS, SAID, LOADED = "outputs.json", "said", "loaded.json"
"""What a run leaves in its scratch folder: the stack's outputs, what it printed, what it had to load."""
INSTALLED = tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
"""Where the modules are that the host loads ahead. Never the program's own: each run reads those from its folder."""
RUNS_NEED = ("local.configuration", "local.mocks", "local.realisers.catalogue")
_NAMED = re.compile(r"\b([a-z0-9_]+)\.([A-Z]\w+)")
_IMPORTED = re.compile(r"^(?:import|from) (\w+)(?: import (.*))?", re.MULTILINE)
_NOWHERE = "http://127.0.0.1:9"


class HungRunError(Exception):
    """A run that was not done in its time; it is ended."""


class ProgramHost:
    """The host as whoever orders runs has it: started with the first run, ended by `close`. One run at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, order: Order, environment: Mapping[str, str], scratch: Path, *, timeout_seconds: float) -> int:
        """Run the program with exactly this environment; answers its exit code (negative: the signal that ended it).

        Raises:
            HungRunError: it took longer than that.
        """
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            request = {"order": asdict(order), "environment": dict(environment), "scratch": str(scratch)}
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            return _answer(process, process.stdout, timeout_seconds)
        except BaseException:
            self.close()  # an answer that comes later would be taken for the next run's
            raise

    def close(self) -> None:
        """End the host and a run that is under way."""
        if self._process is not None:
            processes.kill(self._process)
            self._process = None

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._process = processes.start(
                [sys.executable, "-m", "local.program_host"],
                env={**environment_for_a_child(), "PYTHONPATH": str(self._folder)},
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def environment_for_a_child() -> dict[str, str]:
    """This process's environment without what is the user's business with AWS and Pulumi."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}


def _answer(process: "subprocess.Popen[bytes]", stream: IO[bytes], timeout_seconds: float) -> int:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        if not selector.select(timeout_seconds):
            raise HungRunError
    said = stream.readline()
    return int(said) if said else processes.kill(process)  # the host itself was ended


def main() -> None:
    """Fork for each request on standard input, one after the other, and say on standard output how it ended."""
    # The host keeps all that it loads, and to look that through takes a quarter of the time; a run is over too soon.
    gc.disable()
    learned: Mapping[str, list[str]] = {"modules": [], "services": []}
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _load(named_by(Path(request["order"]["program_folder"])), learned)
        host_pid = os.getpid()
        pid = os.fork()
        if not pid:
            _become_run(request, host_pid)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        loaded = Path(request["scratch"]) / LOADED
        learned = json.loads(loaded.read_text()) if loaded.exists() else learned
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


def named_by(program_folder: Path) -> list[tuple[str, str]]:
    """What a program's text names of installed packages: by an import, or of Pulumi's as `aws.ecs.Service` does."""
    files = (program_folder / "__main__.py", *(program_folder / "components").glob("*.py"))
    text = "\n".join(file.read_text("utf-8") for file in files if file.exists())
    named = {(f"pulumi_aws.{module}", each) for module, each in _NAMED.findall(text)}
    named |= {(module, each) for module, names in _IMPORTED.findall(text) for each in names.split(", ")}
    installed = {module for module in dict(named) if _is_installed(getattr(find_spec(module), "origin", None))}
    return sorted((module, each) for module, each in named if module in installed)


def _is_installed(file: str | None) -> bool:
    return file is not None and file.startswith(INSTALLED)


def _load(named: list[tuple[str, str]], learned: Mapping[str, list[str]]) -> None:
    """Have all of it loaded in this process; what is there already costs nothing."""
    for module in RUNS_NEED:
        import_module(module)
    for module, name in (*((module, "") for module in learned["modules"]), *named):
        # What cannot be loaded is left to the run, which says why; what is said meanwhile is no answer of the host's.
        with suppress(Exception), redirect_stdout(sys.stderr):
            getattr(import_module(module), name, None)  # packages load much of themselves when a class is first named
    for service in set(learned["services"]) - services_described:
        client_on(hermetic_session(), service, _NOWHERE).close()


def _become_run(request: Mapping[str, Any], host_pid: int) -> NoReturn:
    """Be the process of one run, from the fork to the end."""
    code = os.EX_SOFTWARE
    try:
        tie_to_parent(host_pid)
        order, scratch = Order(**request["order"]), Path(request["scratch"])
        _say_into(scratch / SAID)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(order.program_folder)
        sys.path.insert(0, order.program_folder)
        code = run(order, scratch / OUTPUTS)
        libraries = [name for name, module in sys.modules.items() if _is_installed(getattr(module, "__file__", None))]
        (scratch / LOADED).write_text(json.dumps({"modules": libraries, "services": sorted(services_described)}))
    except BaseException:  # noqa: BLE001  a fork that went on would answer in its host's place
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _say_into(file: Path) -> None:
    """Have what this process says, and what it does not read, go by a file of its own and not by the host's pipes."""
    nothing, said = os.open(os.devnull, os.O_RDONLY), os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    for descriptor, stream in ((nothing, sys.stdin), (said, sys.stdout), (said, sys.stderr)):
        os.dup2(descriptor, stream.fileno())


if __name__ == "__main__":
    main()
