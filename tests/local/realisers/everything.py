"""What there is in moto, to compare before and after."""

from typing import Any

from local.cloud import Cloud


def everything(cloud: Cloud) -> dict[str, list[str]]:
    """What lists of moto show, of every kind that the sample makes."""
    ec2, ecs, functions = cloud.client("ec2"), cloud.client("ecs"), cloud.client("lambda")
    elb, sns, watch = cloud.client("elbv2"), cloud.client("sns"), cloud.client("cloudwatch")
    ecr = cloud.client("ecr")
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    return {
        "vpcs": [each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]],
        "subnets": [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]],
        "gateways": [each["InternetGatewayId"] for each in ec2.describe_internet_gateways()["InternetGateways"]],
        "routes": [each["RouteTableId"] for each in ec2.describe_route_tables()["RouteTables"]],
        "groups": [each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]],
        "endpoints": [
            each["VpcEndpointId"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"] if each["State"] != "deleted"
        ],
        "buckets": [each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]],
        "tables": cloud.client("dynamodb").list_tables()["TableNames"],
        "queues": cloud.client("sqs").list_queues().get("QueueUrls", []),
        "log groups": [each["arn"] for each in cloud.client("logs").describe_log_groups()["logGroups"]],
        "alarms": [each["AlarmArn"] for each in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "roles": [each["Arn"] for each in cloud.client("iam").list_roles()["Roles"]],
        "clusters": [each["clusterArn"] for each in clusters if each["status"] == "ACTIVE"],
        "tasks": ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"],
        "functions": [each["FunctionArn"] for each in functions.list_functions()["Functions"]],
        "layers": [each["LayerArn"] for each in functions.list_layers()["Layers"]],
        "mappings": [each["UUID"] for each in functions.list_event_source_mappings()["EventSourceMappings"]],
        "schedules": [each["Arn"] for each in cloud.client("scheduler").list_schedules()["Schedules"]],
        "addresses": [each["AllocationId"] for each in ec2.describe_addresses()["Addresses"]],
        "ways out": [each["NatGatewayId"] for each in ec2.describe_nat_gateways()["NatGateways"] if is_there(each)],
        "rules": [each["SecurityGroupRuleId"] for each in ec2.describe_security_group_rules()["SecurityGroupRules"]],
        "balancers": [each["LoadBalancerArn"] for each in elb.describe_load_balancers()["LoadBalancers"]],
        "groups of targets": [each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]],
        "topics": [each["TopicArn"] for each in sns.list_topics()["Topics"]],
        "subscriptions": [each["SubscriptionArn"] for each in sns.list_subscriptions()["Subscriptions"]],
        "dashboards": [each["DashboardName"] for each in watch.list_dashboards()["DashboardEntries"]],
        "queries": [each["name"] for each in cloud.client("logs").describe_query_definitions()["queryDefinitions"]],
        "repositories": [each["repositoryName"] for each in ecr.describe_repositories()["repositories"]],
        "secrets": [each["ARN"] for each in cloud.client("secretsmanager").list_secrets()["SecretList"]],
    }


def is_there(gateway: dict[str, Any]) -> bool:
    return gateway["State"] != "deleted"
