"""What realisers call of AWS, type by type, as IAM names it."""

from collections import defaultdict
from typing import Any

from components.deploying_actions import ROWS, actions_of
from local.cloud import Cloud
from local.realisers.realiser import Realiser
from local.reconciler import Reconciler

SERVICES = {"monitoring": "cloudwatch"}
"""Services that sign by another name than IAM has for them."""
ACTIONS = {
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""S3's operations whose action has another name (Service Authorization Reference)."""
OURS_ALONE = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"cloudwatch:SetAlarmState"},  # moto says OK of a new alarm
    "docker-build:index:Image": {"ecr:ListImages"},  # BuildKit asks for the manifest
}
"""What the stand-ins call and AWS's provider does not."""

Calls = dict[str, set[str]]


class Diary:
    """Notes the calls of clients while a realiser is at work. `calls` are the actions of each type."""

    def __init__(self, cloud: Cloud) -> None:
        self.calls: Calls = defaultdict(set)
        self.at_work = ""
        self._cloud = cloud
        self._watched: set[str] = set()

    def client(self, service: str) -> Any:
        client = self._cloud.moto_client(service)
        if service not in self._watched:
            self._watched.add(service)
            client.meta.events.register("before-call", self._note)
        return client

    def _note(self, model: Any, **_rest: Any) -> None:
        if self.at_work:
            service = model.service_model.signing_name
            self.calls[self.at_work].add(f"{SERVICES.get(service, service)}:{ACTIONS.get(model.name, model.name)}")


class WatchedReconciler(Reconciler):
    """Says in a diary whose turn it is."""

    diary: Diary

    def _realiser(self, pulumi_type: str) -> Realiser:
        self.diary.at_work = pulumi_type
        return super()._realiser(pulumi_type)


def ungranted(calls: Calls) -> Calls:
    """What was called for a type that the program has and is not in its row of what a deployment needs."""
    return {
        kind: more
        for kind, row in ROWS.items()
        if (more := calls.get(kind, set()) - actions_of(row) - OURS_ALONE.get(kind, set()))
    }
