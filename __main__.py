"""The stack, put together: settings, components, exports."""

import pulumi

from components import notifier
from components.network import Network
from components.notifier import Notifier
from components.queue import MessageQueue
from components.settings import load_settings
from components.storage import Storage
from components.warmkeeper import Warmkeeper
from components.watch import Watch
from components.worker_service import WorkerService

# Hand-backs count as receives too; the worker itself ends a job after maxAttempts, which are five at the most.
JOBS_MAX_RECEIVE_COUNT = 10

settings = load_settings()
network = Network("network", {"region": settings.region})
storage = Storage("storage", {"renders_expire_after_days": settings.renders_expire_after_days})
jobs_queue = MessageQueue(
    "jobs",
    {"visibility_timeout_seconds": settings.visibility_timeout_seconds, "max_receive_count": JOBS_MAX_RECEIVE_COUNT},
)
notifications_queue = MessageQueue(
    "notifications",
    {
        "visibility_timeout_seconds": notifier.VISIBILITY_TIMEOUT_SECONDS,
        "max_receive_count": notifier.max_receive_count(settings.webhook_retry_seconds),
    },
)
workers = WorkerService(
    "worker",
    {
        "settings": settings,
        "network": network,
        "storage": storage,
        "jobs_queue": jobs_queue,
        "notifications_queue": notifications_queue,
    },
)
warmkeeper = Warmkeeper(
    "warmkeeper", {"settings": settings, "workers": workers, "jobs_queue": jobs_queue, "storage": storage}
)
news = Notifier(
    "notifier",
    {
        "settings": settings,
        "notifications_queue": notifications_queue,
        "storage": storage,
        "service_name": workers.cluster_name,
    },
)
Watch(
    "watch",
    {
        "jobs_queue": jobs_queue,
        "notifications_queue": notifications_queue,
        "storage": storage,
        "workers": workers,
        "warmkeeper": warmkeeper,
        "notifier": news,
    },
)

pulumi.export("region", settings.region)
pulumi.export("jobsQueueUrl", jobs_queue.url)
pulumi.export("jobsQueueArn", jobs_queue.arn)
pulumi.export("jobsDeadLetterQueueUrl", jobs_queue.dead_letter_url)
pulumi.export("notificationsQueueUrl", notifications_queue.url)
pulumi.export("notificationsDeadLetterQueueUrl", notifications_queue.dead_letter_url)
pulumi.export("bucket", storage.bucket_name)
pulumi.export("jobsTable", storage.jobs_table_name)
pulumi.export("fleetTable", storage.fleet_table_name)
pulumi.export("cluster", workers.cluster_name)
pulumi.export("service", workers.service_name)
pulumi.export("workerLogGroup", workers.log_group_name)
pulumi.export("warmkeeperFunction", warmkeeper.function_name)
pulumi.export("notifierFunction", news.function_name)
pulumi.export("webhookSecretArn", news.secret_arn)
