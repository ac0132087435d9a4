"""The sample's front: load balancers and function URLs, ways in and out, what people look at, images."""

import json
from collections.abc import Callable
from pathlib import Path

from local.aws import REGION
from local.realisers.realiser import Properties

Make = Callable[..., Properties]


def doors(make: Make, function_arn: str) -> None:
    vpc = make("ec2/vpc:Vpc", "door-vpc", {"cidrBlock": "10.2.0.0/16"})
    subnets = [
        make(
            "ec2/subnet:Subnet",
            f"door-subnet-{zone}",
            {"vpcId": vpc["id"], "cidrBlock": block, "availabilityZone": f"{REGION}{zone}"},
        )
        for zone, block in (("a", "10.2.0.0/20"), ("b", "10.2.16.0/20"))
    ]
    address = make("ec2/eip:Eip", "address", {"domain": "vpc"})
    nat = make(
        "ec2/natGateway:NatGateway", "nat", {"allocationId": address["allocationId"], "subnetId": subnets[0]["id"]}
    )
    make(
        "ec2/routeTable:RouteTable",
        "private-routes",
        {"vpcId": vpc["id"], "routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": nat["id"]}]},
    )
    public = make("ec2/securityGroup:SecurityGroup", "public", {"vpcId": vpc["id"]})
    inner = make("ec2/securityGroup:SecurityGroup", "inner", {"vpcId": vpc["id"], "egress": []})
    make(
        "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "from-anywhere",
        {
            "securityGroupId": public["id"],
            "cidrIpv4": "0.0.0.0/0",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "description": "Everybody",
        },
    )
    make(
        "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "to-inner",
        {
            "securityGroupId": public["id"],
            "referencedSecurityGroupId": inner["id"],
            "ipProtocol": "tcp",
            "fromPort": 8080,
            "toPort": 8080,
        },
    )
    balancer = make(
        "lb/loadBalancer:LoadBalancer",
        "balancer",
        {
            "loadBalancerType": "application",
            "securityGroups": [public["id"]],
            "subnets": [subnet["id"] for subnet in subnets],
            "dropInvalidHeaderFields": True,
            "accessLogs": {"bucket": "logs", "prefix": "door", "enabled": True},
        },
    )
    workers = make(
        "lb/targetGroup:TargetGroup",
        "group-of-tasks",
        {
            "targetType": "ip",
            "port": 8080,
            "protocol": "HTTP",
            "vpcId": vpc["id"],
            "deregistrationDelay": 15,
            "healthCheck": {"path": "/health", "interval": 10, "healthyThreshold": 2, "matcher": "200"},
        },
    )
    api = make("lb/targetGroup:TargetGroup", "group-of-one", {"targetType": "lambda"})
    make(
        "lb/targetGroupAttachment:TargetGroupAttachment",
        "attachment",
        {"targetGroupArn": api["arn"], "targetId": function_arn},
    )
    listener = make(
        "lb/listener:Listener",
        "listener",
        {
            "loadBalancerArn": balancer["arn"],
            "port": 80,
            "protocol": "HTTP",
            "routingHttpResponseServerEnabled": False,
            "defaultActions": [
                {
                    "type": "fixed-response",
                    "fixedResponse": {"contentType": "text/plain", "messageBody": "Not found", "statusCode": "404"},
                }
            ],
        },
    )
    make(
        "lb/listenerRule:ListenerRule",
        "rule",
        {
            "listenerArn": listener["arn"],
            "priority": 10,
            "conditions": [
                {"pathPattern": {"values": ["/previews"]}},
                {"httpRequestMethod": {"values": ["POST"]}},
                {"queryStrings": [{"key": "at", "value": "*"}]},
            ],
            "actions": [
                {
                    "type": "forward",
                    "forward": {
                        "targetGroups": [{"arn": workers["arn"], "weight": 0}, {"arn": api["arn"], "weight": 100}],
                        "stickiness": {"enabled": False, "duration": 1},
                    },
                }
            ],
        },
        ignored=("actions",),
    )
    make(
        "lambda/functionUrl:FunctionUrl",
        "url",
        {"functionName": function_arn.rpartition(":")[2], "authorizationType": "NONE"},
    )


def people(make: Make) -> None:
    topic = make("sns/topic:Topic", "news", {"kmsMasterKeyId": "alias/aws/sns", "displayName": "Fleet"})
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic["arn"],
    }
    make(
        "sns/topicPolicy:TopicPolicy",
        "news-policy",
        {"arn": topic["arn"], "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})},
    )
    make(
        "sns/topicSubscription:TopicSubscription",
        "mail",
        {"topic": topic["arn"], "protocol": "email", "endpoint": "ops@example.com"},
    )
    body = {"widgets": [{"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "hi"}}]}
    make("cloudwatch/dashboard:Dashboard", "board", {"dashboardName": topic["name"], "dashboardBody": json.dumps(body)})
    lines = make("cloudwatch/logGroup:LogGroup", "lines", {})
    make(
        "cloudwatch/queryDefinition:QueryDefinition",
        "errors",
        {"name": "fleet/errors", "logGroupNames": [lines["name"]], "queryString": "fields @message"},
    )
    make(
        "cloudwatch/logMetricFilter:LogMetricFilter",
        "slow",
        {
            "logGroupName": lines["name"],
            "pattern": "{ $.seconds > 10 }",
            "metricTransformation": {"name": "Slow", "namespace": "WarmPool", "value": "1", "unit": "Count"},
        },
    )
    trail = make("s3/bucket:Bucket", "trail", {"forceDestroy": True})  # moto does write logs
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{trail['arn']}/*",
    }
    make(
        "s3/bucketPolicy:BucketPolicy",
        "trail-policy",
        {"bucket": trail["bucket"], "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})},
    )
    watched = make("s3/bucket:Bucket", "watched", {})
    make(
        "s3/bucketLogging:BucketLogging",
        "trailing",
        {"bucket": watched["bucket"], "targetBucket": trail["bucket"], "targetPrefix": "s3/"},
    )


def images(make: Make, context: Path) -> None:
    repository = make(
        "ecr/repository:Repository",
        "pictures",
        {
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "AES256"}],
            "forceDelete": True,
        },
    )
    make(
        "ecr/lifecyclePolicy:LifecyclePolicy",
        "few",
        {"repository": repository["name"], "policy": keeping(5)},
    )
    make(
        "docker-build:index:Image",
        "image",
        {
            "context": {"location": str(context)},
            "dockerfile": {"location": str(context / "Dockerfile")},
            "platforms": ["linux/amd64"],
            "tags": [f"{repository['repositoryUrl']}:one"],
            "push": False,
            "exports": [{"registry": {"push": True, "compression": "zstd", "compressionLevel": 19}}],
            "registries": [{"address": repository["repositoryUrl"], "username": "AWS", "password": "secret"}],
        },
    )


def keeping(count: int) -> str:
    """A lifecycle policy."""
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})
