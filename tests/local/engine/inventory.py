"""All that is in a cloud, by kind and name: to see that nothing was left."""

from collections.abc import Callable
from typing import Any

from local.cloud import Cloud

Client = Callable[[str], Any]

_LISTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("dynamodb", "list_tables", "table", "TableNames", ""),
    ("ecr", "describe_repositories", "repository", "repositories", "repositoryName"),
    ("ec2", "describe_internet_gateways", "gateway", "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_route_tables", "route table", "RouteTables", "RouteTableId"),
    ("ec2", "describe_security_groups", "security group", "SecurityGroups", "GroupId"),
    ("ec2", "describe_subnets", "subnet", "Subnets", "SubnetId"),
    ("ec2", "describe_vpc_endpoints", "endpoint", "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_vpcs", "network", "Vpcs", "VpcId"),
    ("cloudwatch", "describe_alarms", "alarm", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "dashboard", "DashboardEntries", "DashboardName"),
    ("elbv2", "describe_load_balancers", "load balancer", "LoadBalancers", "LoadBalancerName"),
    ("elbv2", "describe_target_groups", "target group", "TargetGroups", "TargetGroupName"),
    ("iam", "list_roles", "role", "Roles", "RoleName"),
    ("lambda", "list_event_source_mappings", "event source", "EventSourceMappings", "UUID"),
    ("lambda", "list_functions", "function", "Functions", "FunctionName"),
    ("lambda", "list_layers", "layer", "Layers", "LayerName"),
    ("logs", "describe_log_groups", "log group", "logGroups", "logGroupName"),
    ("logs", "describe_query_definitions", "query", "queryDefinitions", "name"),
    ("s3", "list_buckets", "bucket", "Buckets", "Name"),
    ("scheduler", "list_schedules", "schedule", "Schedules", "Name"),
    ("secretsmanager", "list_secrets", "secret", "SecretList", "Name"),
    ("sns", "list_topics", "topic", "Topics", "TopicArn"),
    ("sqs", "list_queues", "queue", "QueueUrls", ""),
)
"""Service, operation, what one is called here, the answer's list, and a name within it ("" for a list of names)."""


def inventory(cloud: Cloud) -> set[tuple[str, str]]:
    """Kind and name of everything, what a new account has from the start among it."""
    found = {
        (kind, item[name] if name else item)
        for service, operation, kind, answer, name in _LISTS
        for item in _items(getattr(cloud.client(service), operation), answer)
    }
    ecs = cloud.client("ecs")
    clusters = ecs.list_clusters()["clusterArns"]
    active = [
        cluster["clusterArn"]
        for cluster in ecs.describe_clusters(clusters=clusters)["clusters"]
        if cluster["status"] == "ACTIVE"
    ]
    tasks = ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
    return found | {("cluster", arn) for arn in active} | {("task definition", arn) for arn in tasks}


def _items(operation: Callable[..., dict[str, Any]], answer: str) -> list[Any]:
    page = operation()
    assert not any(page.get(more) for more in ("NextToken", "nextToken", "NextMarker")), f"{answer}: there is more"
    # Moto remembers endpoints that are gone, as EC2 does for an hour.
    return [item for item in page.get(answer, []) if isinstance(item, str) or item.get("State") != "deleted"]
