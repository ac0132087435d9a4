"""How many workers there are where nobody starts them: those who called lately, each by the credentials it was given.

ECS's answer about the service is corrected by it, so that `GET /fleet` tells what a person has started and not that
moto was asked for none.
"""

import json
import threading
import time
from collections.abc import Callable
from http import HTTPStatus

import urllib3

from local.cloud import AwsAnswer, AwsRequest, Cloud

DESCRIBE = "AmazonEC2ContainerServiceV20141113.DescribeServices"
CONTENT_TYPE = "application/x-amz-json-1.1"
SILENT_SECONDS = 60.0
"""A worker that said nothing for so long is gone: it polls every five seconds, and every 40 tells that it renders."""
_FORWARDED = ("authorization", "content-type", "x-amz-date", "x-amz-security-token", "x-amz-target")


class Census:
    """The cloud's watcher (`note`) and interceptor. `role_arn` is the workers' role; `clock` counts seconds."""

    def __init__(self, cloud: Cloud, role_arn: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._cloud = cloud
        self._role_arn = role_arn
        self._clock = clock
        self._heard_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._moto = urllib3.PoolManager()

    def note(self, request: AwsRequest, _status: int) -> None:
        """Hear of a request."""
        key = request.access_key
        if self._cloud.sessions.role_of(key) == self._role_arn:
            with self._lock:
                self._heard_at[key] = self._clock()

    def count(self) -> int:
        """How many workers there are."""
        with self._lock:
            oldest = self._clock() - SILENT_SECONDS
            self._heard_at = {key: at for key, at in self._heard_at.items() if at > oldest}
            return len(self._heard_at)

    def __call__(self, request: AwsRequest) -> AwsAnswer | None:
        """Answer DescribeServices as moto does, but for the counts; None for all else."""
        if request.target != DESCRIBE:
            return None
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        moto = self._moto.request("POST", self._cloud.moto_url, body=request.body, headers=headers, retries=False)
        if moto.status != HTTPStatus.OK:
            return AwsAnswer(moto.status, moto.data, {"Content-Type": CONTENT_TYPE})
        answer, count = moto.json(), self.count()
        for service in answer["services"]:
            service.update(desiredCount=count, runningCount=count, pendingCount=0)
        return AwsAnswer(HTTPStatus.OK, json.dumps(answer).encode(), {"Content-Type": CONTENT_TYPE})
