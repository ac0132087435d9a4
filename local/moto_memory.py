"""What moto works out anew for every request, remembered while a `Cloud` runs: a quarter of a request's cost.

- Which backend a host belongs to: it looks through the folders that it is installed in, and tries a pattern for each.
- Which operations a service has: it inspects the service's class.
- How services are described: each of its many sessions of botocore parses megabytes of JSON.
- Which services there are to be described: for each that it describes, it looks through four hundred folders.

And what it makes anew for every account of EC2, though nobody here starts a machine: hundreds of Amazon's images.
"""

import functools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import botocore.session
from moto import settings
from moto.core import responses, utils
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from local.aws import service_models


@contextmanager
def moto_remembering() -> Iterator[None]:
    """Moto, in this process, with such a memory; as it was before afterwards."""
    with ExitStack() as patches:
        for owner, name in (
            (DomainDispatcherApplication, "get_backend_for_host"),
            (responses, "method_names_from_class"),
            (utils, "create_loader"),
        ):
            patches.enter_context(patch.object(owner, name, functools.cache(getattr(owner, name))))
        patches.enter_context(patch.object(botocore.session, "create_loader", lambda *_: service_models()))
        patches.enter_context(patch.object(settings, "ec2_load_default_amis", lambda: False))
        yield
