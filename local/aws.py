"""How to reach the local AWS: fake credentials, one region, and nothing of the user's AWS environment.

boto3 is imported by whoever first makes a session: most commands at the terminal never do, and would wait for it.
"""

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3
    from botocore.loaders import Loader

REGION = "eu-west-1"
ACCESS_KEY = "AKIALOCALWARMPOOL000"
SECRET_KEY = "made-up-and-checked-by-nobody"  # noqa: S105  only sessions of roles are checked; this is no secret
ACCOUNT_ID = "123456789012"
"""Moto's."""
USER_AGENT = "ffmpeg-warm-pool-local"
"""Botocore's own, which nobody here reads, is put together twice for every request: a tenth of its cost."""


def hermetic_session(credentials: "Mapping[str, str] | None" = None) -> "boto3.session.Session":
    """A boto3 session that reads neither profiles nor configuration files.

    `credentials` are the three variables of a role's session; without them it has those that may do anything.
    """
    import boto3  # noqa: PLC0415  see above
    import botocore.session  # noqa: PLC0415

    unread = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    core = botocore.session.Session(session_vars=unread | {"profile": (None, None, None, None)})
    core.register_component("data_loader", service_models())
    given = credentials or {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    return boto3.session.Session(
        **{name.lower(): value for name, value in given.items()}, region_name=REGION, botocore_session=core
    )


@functools.cache
def service_models() -> "Loader":
    """What the sessions of a process read the services' descriptions by: megabytes of JSON, parsed once."""
    import botocore.loaders  # noqa: PLC0415  see above

    return botocore.loaders.create_loader()


services_described: set[str] = set()
"""The services of which this process has made a client, and so has read the description."""


def client_on(session: "boto3.session.Session", service: str, url: str) -> Any:
    """The client of `service` at `url`, past any proxy, FIPS or dual-stack setting of the environment."""
    from botocore.config import Config  # noqa: PLC0415  see above

    config = Config(
        user_agent=USER_AGENT,
        proxies={},
        use_fips_endpoint=False,
        use_dualstack_endpoint=False,
        max_pool_connections=32,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    make_client: Callable[..., Any] = session.client
    services_described.add(service)
    return make_client(service, endpoint_url=url, config=config)


def aws_environment(endpoint_url: str) -> dict[str, str]:
    """What a child process needs to find the local AWS and nobody else's."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def users_aws_hidden() -> Iterator[None]:
    """This process without the user's AWS variables and files, for code that asks botocore without being asked to.

    Moto does, for the names of regions: a profile that is nowhere defined would end it.
    """
    unread = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    hidden = {name: os.environ.pop(name) for name in tuple(os.environ) if name.startswith("AWS_")}
    os.environ.update(unread)
    try:
        yield
    finally:
        for name in unread:
            os.environ.pop(name, None)
        os.environ.update(hidden)
