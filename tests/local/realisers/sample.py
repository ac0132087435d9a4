"""A stack with one resource, or more, of every type that can be realised."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.aws import ACCOUNT_ID, REGION
from local.cloud import Cloud
from local.code_store import CodeStore
from local.realisers.realiser import Place, Properties
from local.reconciler import Changes, Wanted
from local.resource_state import ResourceState
from tests.local.realisers.called import Diary, WatchedReconciler
from tests.local.realisers.sample_doors import doors, images, people

POWERTOOLS = f"arn:aws:lambda:{REGION}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:27"


def place(cloud: Cloud, folder: Path) -> Place:
    return Place(cloud.moto_client, CodeStore(folder / "code"), REGION, ACCOUNT_ID)


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(service: str) -> str:
    return document(Effect="Allow", Principal={"Service": service}, Action="sts:AssumeRole")


def archive(store: CodeStore, text: str) -> dict[str, str]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr(zipfile.ZipInfo("handler.py"), text)
    return {"archive": store.put(buffer.getvalue())}


Overrides = Mapping[str, Mapping[str, Any]]


class Stack:
    """The sample, deployed as often as one likes. `overrides` change inputs, by name; a None takes one away."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.diary = Diary(cloud)
        self.place = replace(place(cloud, folder), client=self.diary.client)
        self.path = folder / "resources.json"
        self.context = folder / "context"
        self.context.mkdir()
        (self.context / "Dockerfile").write_text("FROM scratch\n")
        self.known: dict[str, Properties] = {}
        self.inputs: dict[str, Properties] = {}
        self.types: dict[str, str] = {}

    def deploy(self, overrides: Overrides | None = None) -> Changes:
        return self._run(sample, overrides or {})

    def destroy(self) -> Changes:
        return self._run(lambda _make, _store, _context: None, {})

    def _run(self, program: Callable[..., None], overrides: Overrides) -> Changes:
        reconciler = WatchedReconciler(self.place, ResourceState(self.path), {"project": "sample"})
        reconciler.diary = self.diary

        def make(
            token: str, name: str, inputs: Properties, ignored: tuple[str, ...] = (), **options: Any
        ) -> Properties:
            inputs = {key: value for key, value in {**inputs, **overrides.get(name, {})}.items() if value is not None}
            token = token if ":index:" in token else f"aws:{token}"
            urn = f"urn:pulumi:test::sample::{token}::{name}"
            wanted = Wanted(urn, token, name, inputs, ignored=frozenset(ignored), **options)
            self.inputs[name], self.types[name] = inputs, token
            self.known[name] = reconciler.register(wanted).known
            return self.known[name]

        program(make, self.place.code_store, self.context)
        reconciler.finish()
        self.diary.at_work = ""
        return reconciler.changes


def names(urns: list[str]) -> set[str]:
    return {urn.rpartition("::")[2] for urn in urns}


def sample(make: Callable[..., Properties], store: CodeStore, context: Path) -> None:
    network(make)
    storage(make)
    fleet(make)
    function = functions(make, store)
    doors(make, function["arn"])
    people(make)
    images(make, context)


def network(make: Callable[..., Properties]) -> None:
    vpc = make("ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True})
    gateway = make("ec2/internetGateway:InternetGateway", "gateway", {"vpcId": vpc["id"]})
    subnet = make(
        "ec2/subnet:Subnet",
        "subnet",
        {"vpcId": vpc["id"], "cidrBlock": "10.0.0.0/20", "availabilityZone": f"{REGION}a"},
        ignored=("availabilityZone",),
    )
    routes = make(
        "ec2/routeTable:RouteTable",
        "routes",
        {"vpcId": vpc["id"], "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": gateway["id"]}]},
    )
    make(
        "ec2/routeTableAssociation:RouteTableAssociation",
        "association",
        {"subnetId": subnet["id"], "routeTableId": routes["id"]},
    )
    https = {"description": "HTTPS", "protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
    make(
        "ec2/securityGroup:SecurityGroup",
        "group",
        {"vpcId": vpc["id"], "description": "Workers", "ingress": [], "egress": [https], "tags": {"Name": "workers"}},
    )
    make("ec2/defaultSecurityGroup:DefaultSecurityGroup", "born", {"vpcId": vpc["id"], "ingress": [https]})
    make(
        "ec2/vpcEndpoint:VpcEndpoint",
        "endpoint",
        {
            "vpcId": vpc["id"],
            "serviceName": f"com.amazonaws.{REGION}.s3",
            "vpcEndpointType": "Gateway",
            "routeTableIds": [routes["id"]],
        },
    )


def storage(make: Callable[..., Properties]) -> None:
    bucket = make("s3/bucket:Bucket", "Media", {})["bucket"]
    make("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "access", {"bucket": bucket, "blockPublicAcls": True})
    encryption = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
    make(
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "encryption",
        {"bucket": bucket, "rules": encryption},
    )
    rule = {"id": "sweep", "status": "Enabled", "filter": {"prefix": "renders/"}, "expiration": {"days": 30}}
    unfinished = {
        "id": "abort",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
    }
    make(
        "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "lifecycle",
        {"bucket": bucket, "rules": [unfinished, rule]},
    )
    make(
        "s3/bucketOwnershipControls:BucketOwnershipControls",
        "ownership",
        {"bucket": bucket, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
    )
    make(
        "s3/bucketPolicy:BucketPolicy",
        "bucket-policy",
        {
            "bucket": bucket,
            "policy": document(
                Effect="Deny",
                Principal="*",
                Action="s3:*",
                Resource=f"arn:aws:s3:::{bucket}/*",
                Condition={"Bool": {"aws:SecureTransport": "false"}},
            ),
        },
    )
    make(
        "s3/bucketVersioning:BucketVersioning",
        "versioning",
        {"bucket": bucket, "versioningConfiguration": {"status": "Enabled"}},
    )
    make(
        "dynamodb/table:Table",
        "table",
        {
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "id",
            "attributes": [{"name": name, "type": "S"} for name in ("id", "state", "created_at")],
            "globalSecondaryIndexes": [
                {
                    "name": "state-created_at",
                    "hashKey": "state",
                    "rangeKey": "created_at",
                    "projectionType": "ALL",
                }
            ],
            "ttl": {"attributeName": "expires_at", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
        },
    )
    dead = make("sqs/queue:Queue", "dead", {"messageRetentionSeconds": 1209600})
    queue = make(
        "sqs/queue:Queue",
        "queue",
        {
            "visibilityTimeoutSeconds": 120,
            "receiveWaitTimeSeconds": 20,
            "sqsManagedSseEnabled": True,
            "redrivePolicy": json.dumps({"deadLetterTargetArn": dead["arn"], "maxReceiveCount": 10}),
        },
    )
    policy = document(Effect="Deny", Principal="*", Action="sqs:*", Resource=queue["arn"])
    make("sqs/queuePolicy:QueuePolicy", "queue-policy", {"queueUrl": queue["url"], "policy": policy})
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [queue["arn"]]})
    make(
        "sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "redrive-allow",
        {"queueUrl": dead["url"], "redriveAllowPolicy": allow},
    )
    secret = make("secretsmanager/secret:Secret", "secret", {"description": "Signs webhooks"})
    make(
        "secretsmanager/secretVersion:SecretVersion",
        "secret-version",
        {"secretId": secret["id"], "secretString": "whsec_first"},
        ignored=("secretString",),
    )
    make("cloudwatch/logGroup:LogGroup", "logs", {"retentionInDays": 30})


def fleet(make: Callable[..., Properties]) -> None:
    known_group = make("ec2/securityGroup:SecurityGroup", "tasks", {"vpcId": make_vpc(make)["id"]})
    subnet = make("ec2/subnet:Subnet", "tasks-subnet", {"vpcId": known_group["vpcId"], "cidrBlock": "10.1.0.0/20"})
    role = make("iam/role:Role", "role", {"assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
    make(
        "iam/rolePolicy:RolePolicy",
        "role-policy",
        {"role": role["name"], "policy": document(Effect="Allow", Action="sqs:ReceiveMessage", Resource="*")},
    )
    cluster = make("ecs/cluster:Cluster", "cluster", {"settings": [{"name": "containerInsights", "value": "disabled"}]})
    make(
        "ecs/clusterCapacityProviders:ClusterCapacityProviders",
        "capacity",
        {
            "clusterName": cluster["name"],
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1}],
        },
    )
    container = {
        "name": "worker",
        "image": "worker:1",
        "essential": True,
        "command": ["python", "-m", "worker"],
        "environment": [{"name": "BUCKET", "value": "media"}],
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
        "stopTimeout": 120,
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "workers"}},
    }
    task = make(
        "ecs/taskDefinition:TaskDefinition",
        "task",
        {
            "family": cluster["name"],
            "cpu": "2048",
            "memory": "4096",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
            "ephemeralStorage": {"sizeInGib": 21},
            "volumes": [{"name": "scratch"}],
            "taskRoleArn": role["arn"],
            "executionRoleArn": role["arn"],
            "containerDefinitions": json.dumps([container]),
        },
    )
    make(
        "ecs/service:Service",
        "service",
        {
            "cluster": cluster["arn"],
            "taskDefinition": task["arn"],
            "desiredCount": 0,
            "capacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
            "deploymentMinimumHealthyPercent": 100,
            "deploymentMaximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "availabilityZoneRebalancing": "DISABLED",
            "networkConfiguration": {
                "subnets": [subnet["id"]],
                "securityGroups": [known_group["id"]],
                "assignPublicIp": True,
            },
            "enableEcsManagedTags": True,
            "propagateTags": "SERVICE",
        },
        ignored=("desiredCount",),
    )


def make_vpc(make: Callable[..., Properties]) -> Properties:
    return make("ec2/vpc:Vpc", "tasks-vpc", {"cidrBlock": "10.1.0.0/16"})


def functions(make: Callable[..., Properties], store: CodeStore) -> Properties:
    role = make("iam/role:Role", "function-role", {"assumeRolePolicy": trust("lambda.amazonaws.com")})
    layer = make(
        "lambda/layerVersion:LayerVersion",
        "layer",
        {
            "layerName": "dependencies",
            "code": archive(store, "layer"),
            "compatibleRuntimes": ["python3.13"],
            "compatibleArchitectures": ["x86_64"],
        },
    )
    function = make(
        "lambda/function:Function",
        "function",
        {
            "runtime": "python3.13",
            "architectures": ["x86_64"],
            "handler": "lambdas.warmkeeper.handler.handle",
            "code": archive(store, "first"),
            "layers": [POWERTOOLS, layer["arn"]],
            "role": role["arn"],
            "timeout": 30,
            "memorySize": 256,
            "environment": {"variables": {"FLOOR": "1"}},
            "loggingConfig": {"logFormat": "Text", "logGroup": "function"},
        },
    )
    make(
        "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "invoke-config",
        {"functionName": function["name"], "maximumEventAgeInSeconds": 300, "maximumRetryAttempts": 2},
    )
    fed_by = make("sqs/queue:Queue", "fed-by", {})
    make(
        "lambda/eventSourceMapping:EventSourceMapping",
        "mapping",
        {
            "functionName": function["arn"],
            "eventSourceArn": fed_by["arn"],
            "batchSize": 5,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "scalingConfig": {"maximumConcurrency": 5},
        },
    )
    metric = {
        "namespace": "AWS/SQS",
        "metricName": "ApproximateNumberOfMessagesVisible",
        "dimensions": {"QueueName": fed_by["name"]},
        "period": 60,
        "stat": "Maximum",
    }
    alarm = make(
        "cloudwatch/metricAlarm:MetricAlarm",
        "alarm",
        {
            "alarmDescription": "Idle",
            "comparisonOperator": "LessThanOrEqualToThreshold",
            "threshold": 0,
            "evaluationPeriods": 5,
            "datapointsToAlarm": 5,
            "treatMissingData": "breaching",
            "metricQueries": [
                {"id": "jobs", "expression": "visible + 0", "label": "Jobs", "returnData": True},
                {"id": "visible", "metric": metric},
            ],
            "alarmActions": [function["arn"]],
        },
    )
    make(
        "lambda/permission:Permission",
        "permission",
        {
            "action": "lambda:InvokeFunction",
            "function": function["name"],
            "principal": "lambda.alarms.cloudwatch.amazonaws.com",
            "sourceAccount": ACCOUNT_ID,
            "sourceArn": alarm["arn"],
        },
    )
    make(
        "scheduler/schedule:Schedule",
        "tick",
        {
            "scheduleExpression": "rate(1 minute)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": {
                "arn": function["arn"],
                "roleArn": role["arn"],
                "input": json.dumps({"source": "tick"}),
                "retryPolicy": {"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 60},
            },
        },
    )
    return function
