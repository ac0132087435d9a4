"""The images that the tests run, by the names that they are built under."""

from components.image import context_hash
from image.podman import REPOSITORY

WORKER = f"localhost/warm-pool-worker:{context_hash('X86_64', REPOSITORY)}"
CLOUD = "localhost/warm-pool-cloud:test"
