"""Saved queries of Logs Insights, which moto does not keep: put, found by the beginning of their names, deleted.

Moto finds an operation's method by its name, so three more methods are all that it takes. They live with the rest of
moto's logs: `reset` forgets them.
"""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.exceptions import JsonRESTError
from moto.logs.responses import LogsResponse


@contextmanager
def queries_kept() -> Iterator[None]:
    """Moto, in this process, with saved queries; as it was before afterwards."""
    with ExitStack() as patches:
        for operation in (put_query_definition, describe_query_definitions, delete_query_definition):
            patches.enter_context(patch.object(LogsResponse, operation.__name__, operation, create=True))
        yield


def put_query_definition(response: LogsResponse) -> str:
    """Keep a new query, or another wording of one that is there."""
    kept, wanted = _kept(response), _wanted(response)
    query_id = wanted.get("queryDefinitionId") or str(uuid.uuid4())
    if "queryDefinitionId" in wanted and query_id not in kept:
        raise _missing()
    kept[query_id] = {
        "name": wanted["name"],
        "queryString": wanted["queryString"],
        "logGroupNames": wanted.get("logGroupNames", []),
        "queryDefinitionId": query_id,
        "lastModified": int(time.time() * 1000),
    }
    return json.dumps({"queryDefinitionId": query_id})


def describe_query_definitions(response: LogsResponse) -> str:
    """Tell all whose names begin as asked."""
    prefix = _wanted(response).get("queryDefinitionNamePrefix", "")
    return json.dumps(
        {"queryDefinitions": [query for query in _kept(response).values() if query["name"].startswith(prefix)]}
    )


def delete_query_definition(response: LogsResponse) -> str:
    """Forget one."""
    if _kept(response).pop(_wanted(response)["queryDefinitionId"], None) is None:
        raise _missing()
    return json.dumps({"success": True})


def _wanted(response: LogsResponse) -> dict[str, Any]:
    return json.loads(response.body)


def _kept(response: LogsResponse) -> dict[str, dict[str, Any]]:
    return vars(response.logs_backend).setdefault("query_definitions", {})


def _missing() -> JsonRESTError:
    return JsonRESTError("ResourceNotFoundException", "The specified query definition does not exist.")
