"""Who has docs/how-to/one-machine.md open beside a shell."""

import os
import subprocess
from pathlib import Path

from image.podman import REPOSITORY
from tests.docs.operator_shell import AWS_CLI
from tests.docs.shell_blocks import snippets
from tests.image.composed import Composed

PAGE = REPOSITORY / "docs" / "how-to" / "one-machine.md"
COMMANDS_SECONDS = 120
AWS = f"""#!/bin/sh
# The real CLI.
exec '{AWS_CLI}' "$@"
"""


class Person:
    """Runs the page's commands in `folder`, where examples/ lies as well; `pulumi` knows the stack's names alone."""

    def __init__(self, composed: Composed, folder: Path) -> None:
        self._folder = folder
        self._port = composed.aws_port
        self._titles = {snippet.title: snippet.text for snippet in snippets(PAGE)}
        (folder / "examples").symlink_to(REPOSITORY / "examples")
        ecs = composed.client("ecs")
        [cluster] = ecs.list_clusters()["clusterArns"]
        [service] = ecs.list_services(cluster=cluster)["serviceArns"]
        pulumi = f'#!/bin/sh\ncase "$*" in "stack output cluster") echo {cluster};; *) echo {service};; esac\n'
        for name, program in (("aws", AWS), ("pulumi", pulumi)):
            (folder / name).write_text(program)
            (folder / name).chmod(0o755)

    def page(self, title: str) -> str:
        """The commands under the comment that begins so."""
        [text] = [text for known, text in self._titles.items() if known.startswith(title)]
        return text.replace("127.0.0.1:4566", f"127.0.0.1:{self._port}")

    def runs(self, commands: str) -> str:
        """What they print. Fails if one of them does."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            env={"PATH": os.pathsep.join([str(self._folder), os.defpath]), "HOME": str(self._folder)},
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMANDS_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout
