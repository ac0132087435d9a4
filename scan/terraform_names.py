"""How Terraform calls what Pulumi calls otherwise, a row a resource type.

A row says what Terraform's type is, and which properties are more than a word in another spelling (`cidrBlock`,
`cidr_block`). They are named by their path from the resource:

- a name: the property is an object or a list of objects, which Terraform writes as blocks of that name. Pulumi has an
  object where Terraform allows one block only, and the plural where it allows more.
- `MAP`: the property is a map, whose keys are the user's own.
- `Renamed`: no block, but called otherwise.

Source: the schema of Terraform's AWS provider 6.25, against Pulumi's AWS provider 7.51, which is built from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias


class Kind(Enum):
    """What is neither a block nor a plain value."""

    MAP = "map"


MAP: Final = Kind.MAP


@dataclass(frozen=True)
class Renamed:
    """A plain value under another name."""

    name: str


Spelling: TypeAlias = str | Kind | Renamed


@dataclass(frozen=True)
class Row:
    """One resource type: Terraform's name of it, and the properties that need a word."""

    type: str
    properties: Mapping[str, Spelling] = field(default_factory=dict[str, Spelling])


TAGGED: Mapping[str, Spelling] = {"tags": MAP}

ROWS: dict[str, Row] = {
    "aws:cloudwatch/dashboard:Dashboard": Row("aws_cloudwatch_dashboard"),
    "aws:cloudwatch/logGroup:LogGroup": Row("aws_cloudwatch_log_group"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Row(
        "aws_cloudwatch_metric_alarm",
        {
            "metricQueries": "metric_query",
            "metricQueries.metric": "metric",
            "metricQueries.metric.dimensions": MAP,
            "name": Renamed("alarm_name"),
        },
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": Row("aws_cloudwatch_query_definition"),
    "aws:dynamodb/table:Table": Row(
        "aws_dynamodb_table",
        {
            "attributes": "attribute",
            "globalSecondaryIndexes": "global_secondary_index",
            "pointInTimeRecovery": "point_in_time_recovery",
            "serverSideEncryption": "server_side_encryption",
            "ttl": "ttl",
        },
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Row(
        "aws_default_security_group", {"ingress": "ingress", "egress": "egress", **TAGGED}
    ),
    "aws:ec2/eip:Eip": Row("aws_eip", TAGGED),
    "aws:ec2/internetGateway:InternetGateway": Row("aws_internet_gateway", TAGGED),
    "aws:ec2/natGateway:NatGateway": Row("aws_nat_gateway", TAGGED),
    "aws:ec2/routeTable:RouteTable": Row("aws_route_table", {"routes": "route", **TAGGED}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Row("aws_route_table_association"),
    "aws:ec2/securityGroup:SecurityGroup": Row(
        "aws_security_group", {"ingress": "ingress", "egress": "egress", **TAGGED}
    ),
    "aws:ec2/subnet:Subnet": Row("aws_subnet", TAGGED),
    "aws:ec2/vpc:Vpc": Row("aws_vpc", TAGGED),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Row("aws_vpc_endpoint", TAGGED),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Row("aws_ecr_lifecycle_policy"),
    "aws:ecr/repository:Repository": Row(
        "aws_ecr_repository",
        {
            "encryptionConfigurations": "encryption_configuration",
            "imageScanningConfiguration": "image_scanning_configuration",
        },
    ),
    "aws:ecs/cluster:Cluster": Row("aws_ecs_cluster", {"settings": "setting"}),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Row(
        "aws_ecs_cluster_capacity_providers",
        {"defaultCapacityProviderStrategies": "default_capacity_provider_strategy"},
    ),
    "aws:ecs/service:Service": Row(
        "aws_ecs_service",
        {
            "capacityProviderStrategies": "capacity_provider_strategy",
            "deploymentCircuitBreaker": "deployment_circuit_breaker",
            "loadBalancers": "load_balancer",
            "networkConfiguration": "network_configuration",
        },
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Row(
        "aws_ecs_task_definition",
        {"ephemeralStorage": "ephemeral_storage", "runtimePlatform": "runtime_platform", "volumes": "volume"},
    ),
    "aws:iam/role:Role": Row("aws_iam_role"),
    "aws:iam/rolePolicy:RolePolicy": Row("aws_iam_role_policy"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Row(
        "aws_lambda_event_source_mapping", {"scalingConfig": "scaling_config"}
    ),
    "aws:lambda/function:Function": Row(
        "aws_lambda_function",
        {
            "code": Renamed("filename"),
            "deadLetterConfig": "dead_letter_config",
            "environment": "environment",
            "environment.variables": MAP,
            "loggingConfig": "logging_config",
            "name": Renamed("function_name"),
            "tracingConfig": "tracing_config",
        },
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Row("aws_lambda_function_event_invoke_config"),
    "aws:lambda/functionUrl:FunctionUrl": Row("aws_lambda_function_url"),
    "aws:lambda/layerVersion:LayerVersion": Row("aws_lambda_layer_version", {"code": Renamed("filename")}),
    "aws:lambda/permission:Permission": Row("aws_lambda_permission", {"function": Renamed("function_name")}),
    "aws:lb/listener:Listener": Row(
        "aws_lb_listener",
        {
            "defaultActions": "default_action",
            "defaultActions.fixedResponse": "fixed_response",
            "defaultActions.redirect": "redirect",
        },
    ),
    "aws:lb/listenerRule:ListenerRule": Row(
        "aws_lb_listener_rule",
        {
            "actions": "action",
            "actions.forward": "forward",
            "actions.forward.targetGroups": "target_group",
            "conditions": "condition",
            "conditions.pathPattern": "path_pattern",
        },
    ),
    "aws:lb/loadBalancer:LoadBalancer": Row("aws_lb", {"accessLogs": "access_logs"}),
    "aws:lb/targetGroup:TargetGroup": Row("aws_lb_target_group", {"healthCheck": "health_check"}),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": Row("aws_lb_target_group_attachment"),
    "aws:s3/bucket:Bucket": Row("aws_s3_bucket"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Row(
        "aws_s3_bucket_lifecycle_configuration",
        {
            "rules": "rule",
            "rules.abortIncompleteMultipartUpload": "abort_incomplete_multipart_upload",
            "rules.expiration": "expiration",
            "rules.filter": "filter",
        },
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Row("aws_s3_bucket_ownership_controls", {"rule": "rule"}),
    "aws:s3/bucketPolicy:BucketPolicy": Row("aws_s3_bucket_policy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Row("aws_s3_bucket_public_access_block"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Row(
        "aws_s3_bucket_server_side_encryption_configuration",
        {
            "rules": "rule",
            "rules.applyServerSideEncryptionByDefault": "apply_server_side_encryption_by_default",
        },
    ),
    "aws:scheduler/schedule:Schedule": Row(
        "aws_scheduler_schedule",
        {
            "flexibleTimeWindow": "flexible_time_window",
            "target": "target",
            "target.retryPolicy": "retry_policy",
        },
    ),
    "aws:secretsmanager/secret:Secret": Row("aws_secretsmanager_secret"),
    "aws:secretsmanager/secretVersion:SecretVersion": Row("aws_secretsmanager_secret_version"),
    "aws:sns/topic:Topic": Row("aws_sns_topic"),
    "aws:sns/topicPolicy:TopicPolicy": Row("aws_sns_topic_policy"),
    "aws:sns/topicSubscription:TopicSubscription": Row("aws_sns_topic_subscription"),
    "aws:sqs/queue:Queue": Row("aws_sqs_queue"),
    "aws:sqs/queuePolicy:QueuePolicy": Row("aws_sqs_queue_policy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": Row("aws_sqs_queue_redrive_allow_policy"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Row("aws_vpc_security_group_ingress_rule"),
}

NOT_OF_AWS: frozenset[str] = frozenset({"docker-build:index:Image"})
"""What the program makes without AWS holding a resource of it: the image lies in its repository, which is scanned."""
