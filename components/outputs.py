"""What the stack tells when it is up: the outputs, each with its meaning, in the order in which they are shown.

`docs/reference/outputs.md` is written from `OUTPUTS` (`python -m components.reference`).
"""

import pulumi

from components.access_tokens import AccessTokens
from components.api import Api
from components.costs import monthly_cost
from components.image import WorkerImage
from components.notifier import Notifier
from components.queue import MessageQueue
from components.settings import Settings
from components.storage import Storage
from components.warmkeeper import Warmkeeper
from components.watch import Watch
from components.worker_service import WorkerService

OUTPUTS = {
    "region": "Region that everything lies in.",
    "jobsQueueUrl": "Where a backend sends jobs (`sqs:SendMessage` is all that it needs).",
    "jobsQueueArn": "The same queue, as a policy names it.",
    "jobsDeadLetterQueueUrl": "Messages that no worker could deal with, kept for 14 days.",
    "notificationsQueueUrl": "News of ended jobs, on their way to webhooks.",
    "notificationsDeadLetterQueueUrl": "News that no webhook took, kept for 14 days.",
    "bucket": "Sources under `sources/`, results under `renders/<job id>/<epoch>/`.",
    "jobsTable": "Table of the jobs' records.",
    "fleetTable": "Table of the fleet's state and of the warmkeeper's decisions.",
    "cluster": "ECS cluster of the workers.",
    "service": "ECS service of the workers.",
    "workerLogGroup": "Log group of the workers.",
    "warmkeeperFunction": "Lambda function that decides how many workers there are.",
    "notifierFunction": "Lambda function that delivers webhooks.",
    "webhookSecretArn": "Secret that webhooks are signed with; receivers verify with its value.",
    "apiUrl": "Where people and backends reach the fleet: the load balancer, or the api function's own address.",
    "apiFunction": "Lambda function that answers the web and wakes the fleet.",
    "apiTokensSecretArn": "Secret that holds the API's bearer tokens, as JSON: `client` and `operator`, a list each.",
    "ecrUri": "Repository that the worker's image is pushed to. Empty where `imageUri` names an image.",
    "monthlyCost": "US dollars a month, `asleep`, at the `floor` and at the `ceiling`: see docs/explanation/costs.md.",
    "alarmsTopicArn": "Topic that tells people of alarms; `alertEmail` subscribes one address to it.",
    "dashboardUrl": "The dashboard, in the AWS console.",
    "backendEnvironment": "Lines to paste into a backend's environment.",
}
"""Names and meanings."""


def export(  # noqa: PLR0917 - each has a type of its own, so none can take another's place
    settings: Settings,
    storage: Storage,
    jobs_queue: MessageQueue,
    notifications_queue: MessageQueue,
    image: WorkerImage | None,
    workers: WorkerService,
    warmkeeper: Warmkeeper,
    notifier: Notifier,
    tokens: AccessTokens,
    api: Api,
    watch: Watch,
) -> None:
    """Export every output under its name."""
    values: dict[str, pulumi.Input[object]] = {
        "region": settings.region,
        "jobsQueueUrl": jobs_queue.url,
        "jobsQueueArn": jobs_queue.arn,
        "jobsDeadLetterQueueUrl": jobs_queue.dead_letter_url,
        "notificationsQueueUrl": notifications_queue.url,
        "notificationsDeadLetterQueueUrl": notifications_queue.dead_letter_url,
        "bucket": storage.bucket_name,
        "jobsTable": storage.jobs_table_name,
        "fleetTable": storage.fleet_table_name,
        "cluster": workers.cluster_name,
        "service": workers.service_name,
        "workerLogGroup": workers.log_group_name,
        "warmkeeperFunction": warmkeeper.function_name,
        "notifierFunction": notifier.function_name,
        "webhookSecretArn": notifier.secret_arn,
        "apiUrl": api.url,
        "apiFunction": api.function_name,
        "apiTokensSecretArn": tokens.secret_arn,
        "ecrUri": image.repository_url if image else "",
        "monthlyCost": dict(monthly_cost(settings)),
        "alarmsTopicArn": watch.topic_arn,
        "dashboardUrl": watch.dashboard_url,
        "backendEnvironment": environment_lines(
            {
                "AWS_REGION": settings.region,
                "JOBS_QUEUE_URL": jobs_queue.url,
                "BUCKET": storage.bucket_name,
                "JOBS_TABLE": storage.jobs_table_name,
            }
        ),
    }
    for name in OUTPUTS:
        pulumi.export(name, values[name])


def environment_lines(variables: dict[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    """`NAME=value` lines, as an .env file has them."""
    return pulumi.Output.all(**variables).apply(lambda known: "\n".join(f"{key}={known[key]}" for key in variables))
