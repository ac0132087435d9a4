"""What is printed of a stack in the background: for people by `up`, for shells by `env`."""

import shlex
from collections.abc import Iterator

from local.aws import aws_environment
from local.background.folder import Folder
from local.background.order import REAL_MINUTE_SECONDS
from local.background.standing import Facts

STRANGERS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""What a shell may hold of another AWS, and SDKs would mix with ours."""
HOW_TO = "docs/how-to/try-the-local-stack.md"


STRANGERS_OF_PULUMI = ("PULUMI_STACK", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN")
"""The same of another Pulumi; a passphrase would win over the stack's own, which lies in a file."""


def summary(facts: Facts, folder: Folder) -> Iterator[str]:
    """How to reach the stack, what to do with it and how to end it, a line each."""
    rows = {
        "its page, which asks for a token": f"{facts.api_url}/",
        "its page with a token: wakes it": facts.link,
        "token of a client: wakes, previews": facts.client_token,
        "token of an operator: orders, too": facts.operator_token,
        "AWS, as the stack has it": facts.endpoint_url,
        "this shell into that AWS": 'eval "$(make -s env)"',
        **_deployed_by(facts),
        "a first job, and its video": HOW_TO,
        "clips to render": ", ".join(facts.clips),
        "what happens, as it happens": f"tail -f {folder.timeline}",
        "logs": str(folder.path),
        "the end": "make down",
    }
    width = max(map(len, rows))
    yield from (f"  {what:<{width}}  {value}" for what, value in rows.items())
    yield ""
    yield f"  {_time(facts)}"


def _deployed_by(facts: Facts) -> dict[str, str]:
    if facts.engine:
        return {
            "deployed by the Pulumi engine": str(facts.engine.cli),
            "another floor, from that shell": "pulumi config set warmPoolSize 3 && pulumi up",
        }
    remedy = "make engine builds it" if facts.order.engine else "as ordered"
    return {"deployed by Pulumi's mocks": f"without its engine, so `pulumi` cannot be typed ({remedy})"}


def _time(facts: Facts) -> str:
    order = facts.order
    is_real = order.minute_seconds == REAL_MINUTE_SECONDS
    minute = "Minutes are real." if is_real else f"A minute lasts {order.minute_seconds} s here."
    sleep = f"sleeps after {facts.sleep_after_seconds} s without use" if facts.sleep_after_seconds else "never sleeps"
    return (
        f"{minute} The fleet (started with floor {order.floor}, ceiling {order.ceiling}) wakes at once by a call, "
        f"within {order.minute_seconds} s by a job, and {sleep}."
    )


def environment(facts: Facts) -> dict[str, str]:
    """The variables for programs that are to use this stack: AWS's, a backend's, the API's, and Pulumi's."""
    backend = dict(line.split("=", 1) for line in facts.outputs["backendEnvironment"].splitlines())
    api = {"API_URL": facts.api_url, "API_TOKEN": facts.client_token, "OPERATOR_TOKEN": facts.operator_token}
    engine = facts.engine.environment if facts.engine else {}
    return {**backend, **aws_environment(facts.endpoint_url), **api, **engine}


def shell_lines(facts: Facts) -> Iterator[str]:
    """The lines that a POSIX shell evaluates to have that environment, past a profile or a proxy of the user's."""
    yield f"unset {' '.join((*STRANGERS, *(STRANGERS_OF_PULUMI if facts.engine else ())))}"
    for name, value in environment(facts).items():
        yield f"export {name}={shlex.quote(value)}"
    if facts.engine:
        programs = shlex.quote(str(facts.engine.programs))
        yield f'export PATH={programs}":$PATH"'
        yield "hash -r"  # a shell remembers where it found another `pulumi`
    yield 'export no_proxy="127.0.0.1,${no_proxy:-${NO_PROXY:-}}"'
    yield 'export NO_PROXY="$no_proxy"'
