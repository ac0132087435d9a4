"""What the warmkeeper reads and does in AWS, besides its table: the queue, the service, and the door in front of it.

Calls are short and retried once, so that a look whose reads all fail still ends within its lease.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from fleet.table import FleetTable
from lambdas.warmkeeper.errors import ActError, ReadError, words
from lambdas.warmkeeper.front_door import FrontDoor
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_sqs import SQSClient

AWS_LIMITS = BotoConfig(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})


@dataclass(frozen=True)
class Fleet:
    """The service that is kept warm, the queue that it serves, and its front door if it has one."""

    sqs: "SQSClient"
    ecs: "ECSClient"
    table: FleetTable
    queue_url: str
    cluster: str
    service: str
    front_door: FrontDoor | None = None

    def observe(self) -> Snapshot:
        """Read everything afresh. What cannot be read is None, with the reason in `problems`.

        Raises:
            ClientError, BotoCoreError: the fleet table cannot be read; without its state nothing can be decided.
        """
        problems: list[str] = []
        with ThreadPoolExecutor(max_workers=3) as threads:
            reading_queue = threads.submit(self._read_queue)
            reading_service = threads.submit(self._read_service)
            reading_front = threads.submit(self.front_door.read) if self.front_door is not None else None
            activity = self.table.activity()
            command = None
            try:
                command = self.table.command()
            except ValidationError as error:
                problems.append(f"the stored command is none: {error.error_count()} fields are wrong")
            queue, service = None, None
            try:
                queue = reading_queue.result()
            except ReadError as error:
                problems.append(str(error))
            try:
                service = reading_service.result()
            except ReadError as error:
                problems.append(str(error))
            front, unread = reading_front.result() if reading_front is not None else (None, ())
        return Snapshot(queue, service, activity, command, (*problems, *unread), front)

    def resize(self, desired: int) -> None:
        """Set the service's desired count, and nothing else of it.

        Raises:
            ActError: ECS refused or did not answer.
        """
        try:
            self.ecs.update_service(cluster=self.cluster, service=self.service, desiredCount=desired)
        except (ClientError, BotoCoreError) as error:
            raise ActError(f"UpdateService: {words(error)}") from error

    def _read_queue(self) -> Queue:
        try:
            answer = self.sqs.get_queue_attributes(
                QueueUrl=self.queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )
        except (ClientError, BotoCoreError) as error:
            raise ReadError(f"GetQueueAttributes: {words(error)}") from error
        figures = {str(name): value for name, value in answer.get("Attributes", {}).items()}
        return Queue(
            visible=_figure(figures, "ApproximateNumberOfMessages"),
            in_flight=_figure(figures, "ApproximateNumberOfMessagesNotVisible"),
            delayed=_figure(figures, "ApproximateNumberOfMessagesDelayed"),
        )

    def _read_service(self) -> Service:
        try:
            answer = self.ecs.describe_services(cluster=self.cluster, services=[self.service])
        except (ClientError, BotoCoreError) as error:
            raise ReadError(f"DescribeServices: {words(error)}") from error
        services = answer.get("services", [])
        if not services:
            reasons = ", ".join(failure.get("reason", "") for failure in answer.get("failures", [])) or "not listed"
            raise ReadError(f"DescribeServices: service {self.service} of cluster {self.cluster} is {reasons}")
        service = services[0]
        if service.get("status") != "ACTIVE":
            raise ReadError(f"DescribeServices: service {self.service} is {service.get('status', 'without a status')}")
        deployments = service.get("deployments", [])
        return Service(
            desired=_figure(service, "desiredCount"),
            running=_figure(service, "runningCount"),
            pending=_figure(service, "pendingCount"),
            deploying=len(deployments) > 1 or any(each.get("rolloutState") == "IN_PROGRESS" for each in deployments),
            failed_tasks=sum(each.get("failedTasks", 0) for each in deployments),
        )


def _figure(figures: "Mapping[str, Any]", name: str) -> int:
    try:
        return int(figures[name])
    except (KeyError, TypeError, ValueError):
        raise ReadError(f"{name} is missing") from None
