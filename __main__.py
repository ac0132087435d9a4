"""The stack, put together: settings, components, exports."""

from components import front_door, notifier
from components.access_tokens import AccessTokens
from components.api import Api
from components.dependencies import Dependencies
from components.image import WorkerImage
from components.network import Network
from components.notifier import Notifier
from components.outputs import export
from components.queue import MessageQueue, jobs_queue_args
from components.settings import load_settings
from components.storage import Storage
from components.warmkeeper import FleetArgs, Warmkeeper
from components.watch import Watch
from components.worker_service import WorkerService

settings = load_settings()

network = Network("network", {"settings": settings})
storage = Storage("storage", {"settings": settings})
jobs_queue = MessageQueue("jobs", jobs_queue_args(settings))
notifications_queue = MessageQueue("notifications", notifier.queue_args(settings))
tokens = AccessTokens("tokens", {"settings": settings})
door = front_door.load_balancer("front-door", {"settings": settings, "network": network})
image = None if settings.image_uri else WorkerImage("image", {"architecture": settings.architecture})
workers = WorkerService(
    "worker",
    {
        "settings": settings,
        "image_uri": image.uri if image else settings.image_uri,
        "network": network,
        "storage": storage,
        "jobs_queue": jobs_queue,
        "notifications_queue": notifications_queue,
        "tokens": tokens,
        "front_door": door,
    },
)
fleet: FleetArgs = {
    "settings": settings,
    "workers": workers,
    "jobs_queue": jobs_queue,
    "storage": storage,
    "front_door": door,
}
dependencies = Dependencies("dependencies", {"service_name": workers.cluster_name})
warmkeeper = Warmkeeper("warmkeeper", {**fleet, "dependencies": dependencies})
news = Notifier(
    "notifier",
    {
        "settings": settings,
        "notifications_queue": notifications_queue,
        "storage": storage,
        "dependencies": dependencies,
        "service_name": workers.cluster_name,
    },
)
api = Api("api", {**fleet, "warmkeeper": warmkeeper, "tokens": tokens})
watch = Watch(
    "watch",
    {
        "settings": settings,
        "jobs_queue": jobs_queue,
        "notifications_queue": notifications_queue,
        "storage": storage,
        "workers": workers,
        "warmkeeper": warmkeeper,
        "notifier": news,
        "load_balancer_suffix": door.load_balancer_suffix if door else None,
        "worker_target_group_suffix": door.worker_target_group_suffix if door else None,
    },
)

export(settings, storage, jobs_queue, notifications_queue, image, workers, warmkeeper, news, tokens, api, watch)
