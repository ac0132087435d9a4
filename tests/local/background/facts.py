"""Made-up facts of a stack that is ready."""

from local.background.order import Order
from local.background.standing import Facts


def some_facts(**changes: object) -> Facts:
    made_up = {
        "order": Order(),
        "endpoint_url": "http://127.0.0.1:1111",
        "api_url": "http://127.0.0.1:2222",
        "client_token": "client-token",
        "operator_token": "operator-token",
        "outputs": {"backendEnvironment": "AWS_REGION=eu-west-1\nJOBS_QUEUE_URL=http://127.0.0.1:1111/1/jobs"},
        "sleep_after_seconds": 50,
        "clips": ("sources/a.mp4",),
    }
    return Facts.model_validate({**made_up, **changes})
