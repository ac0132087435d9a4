"""A container as its task definition describes it, in podman's words."""

from collections.abc import Mapping
from typing import Any

MIB = 1024 * 1024


class UnplayableError(ValueError):
    """The container definition asks for something that is not played here."""


_READ = {
    *("name", "image", "essential", "command", "environment", "healthCheck", "user", "portMappings"),
    *("readonlyRootFilesystem", "mountPoints", "linuxParameters", "stopTimeout", "logConfiguration"),
}
_EMPTY = ([], {}, None, 0, False, "")


def flags(container: Mapping[str, Any], memory_mib: int, environment: Mapping[str, str]) -> list[str]:
    """The options of `podman run` for a container definition, as the ECS API answers it.

    `environment` is what the platform adds to the container's own variables; it wins. A volume that the task brings
    is an empty one, owned as the image says. ECS runs its health check; where podman has no timers for that, whoever
    asks calls it. Raises UnplayableError for what is not understood: it would be silently left out otherwise.
    """
    unknown = {key for key, value in container.items() if key not in _READ and value not in _EMPTY}
    if unknown:
        raise UnplayableError(f"the container definition has {', '.join(sorted(unknown))}")
    linux = container.get("linuxParameters", {})
    variables = {item["name"]: item["value"] for item in container.get("environment", [])} | dict(environment)
    # ECS mounts nothing over /tmp or /run; podman would.
    return [
        *("--no-healthcheck", "--security-opt", "no-new-privileges", f"--memory={memory_mib * MIB}"),
        *(("--read-only", "--read-only-tmpfs=false") if container.get("readonlyRootFilesystem") else ()),
        *(("--init",) if linux.get("initProcessEnabled") else ()),
        *(f"--cap-drop={capability}" for capability in linux.get("capabilities", {}).get("drop", [])),
        *((f"--user={container['user']}",) if container.get("user") else ()),
        *(f"--stop-timeout={seconds}" for seconds in [container.get("stopTimeout")] if seconds),
        *(f"--volume={mount['containerPath']}" for mount in container.get("mountPoints", [])),
        *(f"--env={name}={value}" for name, value in sorted(variables.items())),
    ]


def health_command(container: Mapping[str, Any]) -> list[str]:
    """What ECS runs inside the container to ask for its health. Raises UnplayableError for a shell's line."""
    form, *argv = container["healthCheck"]["command"]
    if form != "CMD":
        raise UnplayableError(f"the health check is given as {form}: the image has no use for a shell")
    return argv
