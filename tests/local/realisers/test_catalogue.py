import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

from components.deploying_actions import ROWS
from local.cloud import REGION, Cloud
from local.foresight import refuse_unknown
from local.realisation import tags_of, without
from local.realisers.catalogue import REALISERS, UnknownTypeError, realiser_of
from local.realisers.inputs import UNKNOWN, UnknownInputError
from local.realisers.realiser import Properties, Realiser
from local.reconciler import RealisationError, Reconciler, Wanted
from local.resource_state import Record, ResourceState
from tests.local.realisers.called import ungranted
from tests.local.realisers.everything import everything
from tests.local.realisers.sample import POWERTOOLS, Stack, archive, document, names, place, trust
from tests.local.realisers.sample_doors import keeping


def test_a_type_without_a_realiser_is_an_error_that_names_it(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(UnknownTypeError, match="aws:ec2/instance:Instance"):
        realiser_of("aws:ec2/instance:Instance")


def test_the_sample_holds_every_type(deployed: Stack) -> None:
    assert set(deployed.types.values()) == set(REALISERS)


def inputs_of_all(deployed: Stack) -> Iterator[tuple[Realiser, Record, Properties]]:
    """Every resource of the sample, with its inputs as a realiser takes them."""
    for record in ResourceState(deployed.path).records.values():
        realiser = REALISERS[record.type](deployed.place)
        inputs = {**record.inputs, **dict.fromkeys(realiser.secrets & record.inputs.keys(), "secret")}
        yield realiser, record, without(tags_of(realiser), inputs)


def test_an_unknown_input_of_any_type_is_an_error_and_makes_nothing(deployed: Stack) -> None:
    for realiser, record, known in inputs_of_all(deployed):
        inputs = {**known, "mystery": 1}
        with pytest.raises(UnknownInputError, match=rf"unknown input mystery of {record.type}"):
            realiser.create(inputs)
        with pytest.raises((UnknownInputError, NotImplementedError), match=record.type):
            realiser.update(record.id, inputs, record.inputs)
    assert names(deployed.deploy().unchanged) == set(deployed.types)


def test_an_unknown_input_of_any_type_is_found_before_it_is_made_whatever_else_is_not_known_yet(
    deployed: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = list(inputs_of_all(deployed))
    monkeypatch.setattr(BaseClient, "_make_api_call", asked_for_in_vain)
    for realiser, record, known in checked:
        refuse_unknown(realiser, known)
        for name in known:
            not_yet = {**known, name: UNKNOWN}
            refuse_unknown(realiser, not_yet)
            with pytest.raises(
                UnknownInputError, match=rf"unknown input mystery of {record.type}: .*realisers/\w+\.py"
            ):
                refuse_unknown(realiser, {**not_yet, "mystery": 1})


def asked_for_in_vain(client: object, operation: str, request: object) -> None:
    pytest.fail(f"AWS was asked: {operation}")


def test_aws_own_refusal_names_the_resource(cloud: Cloud, tmp_path: Path) -> None:
    reconciler = Reconciler(place(cloud, tmp_path), ResourceState(tmp_path / "state.json"))
    urn = "urn:pulumi:test::p::warm:index:X$aws:iam/rolePolicy:RolePolicy::jobs"
    inputs = {"role": "nobody", "policy": document(Effect="Allow", Action="*", Resource="*")}
    with pytest.raises(RealisationError, match=r"^aws:iam/rolePolicy:RolePolicy jobs: .*nobody"):
        reconciler.register(Wanted(urn, "aws:iam/rolePolicy:RolePolicy", "jobs", inputs))


def test_the_network_is_there(deployed: Stack, cloud: Cloud) -> None:
    ec2, known = cloud.client("ec2"), deployed.known
    [vpc] = ec2.describe_vpcs(VpcIds=[known["vpc"]["id"]])["Vpcs"]
    hostnames = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")
    [table] = ec2.describe_route_tables(RouteTableIds=[known["routes"]["id"]])["RouteTables"]
    [group] = ec2.describe_security_groups(GroupIds=[known["group"]["id"]])["SecurityGroups"]
    [endpoint] = ec2.describe_vpc_endpoints(VpcEndpointIds=[known["endpoint"]["id"]])["VpcEndpoints"]
    assert (vpc["CidrBlock"], hostnames["EnableDnsHostnames"]["Value"]) == ("10.0.0.0/16", True)
    assert known["vpc"]["arn"] == f"arn:aws:ec2:{REGION}:123456789012:vpc/{vpc['VpcId']}"
    assert gateways(table) == ["local", known["gateway"]["id"]]
    assert [association["SubnetId"] for association in table["Associations"]] == [known["subnet"]["id"]]
    assert group["IpPermissions"] == []
    assert [(rule["FromPort"], rule["IpRanges"][0]["CidrIp"]) for rule in group["IpPermissionsEgress"]] == [
        (443, "0.0.0.0/0")
    ]
    assert {tag["Key"]: tag["Value"] for tag in group["Tags"]} == {"Name": "workers", "project": "sample"}
    assert endpoint["RouteTableIds"] == [known["routes"]["id"]]


def test_the_group_that_a_vpc_is_born_with_has_the_rules_given_and_no_other(deployed: Stack, cloud: Cloud) -> None:
    vpc, born = deployed.known["vpc"], deployed.known["born"]
    assert born["id"] == vpc["defaultSecurityGroupId"]
    [group] = cloud.client("ec2").describe_security_groups(GroupIds=[born["id"]])["SecurityGroups"]
    assert group["GroupName"] == "default"
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["IpPermissions"]] == [(443, 443)]
    assert group["IpPermissionsEgress"] == []


def gateways(table: dict[str, Any]) -> list[str]:
    """Where a route table's own routes lead (moto puts those of a gateway endpoint among them)."""
    return [route["GatewayId"] for route in table["Routes"] if not route.get("GatewayId", "").startswith("vpce-")]


def test_the_bucket_is_there_under_a_lower_case_name(deployed: Stack, cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), deployed.known["Media"]["bucket"]
    assert bucket.startswith("media-")
    assert deployed.known["Media"]["arn"] == f"arn:aws:s3:::{bucket}"
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [rule["ID"] for rule in rules] == ["abort", "sweep"]
    [control] = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert control == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == deployed.inputs["bucket-policy"]["policy"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "project", "Value": "sample"}]


def test_the_table_is_there(deployed: Stack, cloud: Cloud) -> None:
    dynamodb, name = cloud.client("dynamodb"), deployed.known["table"]["name"]
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert deployed.known["table"]["arn"] == table["TableArn"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["state-created_at"]
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expires_at",
    }
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_the_queue_is_there_with_its_dead_letters(deployed: Stack, cloud: Cloud) -> None:
    known = deployed.known
    got = cloud.client("sqs").get_queue_attributes(QueueUrl=known["queue"]["url"], AttributeNames=["All"])["Attributes"]
    assert (got["QueueArn"], got["VisibilityTimeout"]) == (known["queue"]["arn"], "120")
    assert json.loads(got["RedrivePolicy"]) == {"deadLetterTargetArn": known["dead"]["arn"], "maxReceiveCount": 10}
    assert json.loads(got["Policy"]) == json.loads(deployed.inputs["queue-policy"]["policy"])


def test_the_role_and_the_log_group_and_the_secret_are_there(deployed: Stack, cloud: Cloud) -> None:
    known, iam, manager = deployed.known, cloud.client("iam"), cloud.client("secretsmanager")
    assert iam.get_role(RoleName=known["role"]["name"])["Role"]["Arn"] == known["role"]["arn"]
    policy = iam.get_role_policy(RoleName=known["role"]["name"], PolicyName=known["role-policy"]["name"])
    assert policy["PolicyDocument"] == json.loads(deployed.inputs["role-policy"]["policy"])
    [group] = cloud.client("logs").describe_log_groups(logGroupNamePrefix=known["logs"]["name"])["logGroups"]
    assert (group["retentionInDays"], group["arn"]) == (30, f"{known['logs']['arn']}:*")
    assert manager.get_secret_value(SecretId=known["secret"]["arn"])["SecretString"] == "whsec_first"


def test_the_service_is_there_whole_though_moto_forgets_half_of_a_new_one(deployed: Stack, cloud: Cloud) -> None:
    ecs, known = cloud.moto_client("ecs"), deployed.known
    [cluster] = ecs.describe_clusters(clusters=[known["cluster"]["arn"]])["clusters"]
    [service] = ecs.describe_services(cluster=cluster["clusterName"], services=[known["service"]["name"]])["services"]
    assert cluster["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert service["serviceArn"] == known["service"]["arn"]
    assert service["desiredCount"] == 0
    assert service["taskDefinition"] == known["task"]["arn"]
    assert service["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
    }
    assert service["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    assert service["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "ENABLED"


def test_the_task_definition_holds_what_a_player_needs(deployed: Stack, cloud: Cloud) -> None:
    arn = deployed.known["task"]["arn"]
    task = cloud.moto_client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    [container] = task["containerDefinitions"]
    [given] = json.loads(deployed.inputs["task"]["containerDefinitions"])
    assert {key: container[key] for key in given} == given
    assert (task["cpu"], task["memory"], task["ephemeralStorage"]) == ("2048", "4096", {"sizeInGiB": 21})
    assert [volume["name"] for volume in task["volumes"]] == ["scratch"]


def test_the_function_is_there_with_layers_and_code_that_the_store_holds(deployed: Stack, cloud: Cloud) -> None:
    functions, known = cloud.client("lambda"), deployed.known
    configuration = functions.get_function(FunctionName=known["function"]["name"])["Configuration"]
    layer = functions.get_layer_version(LayerName="dependencies", VersionNumber=1)
    mappings = functions.list_event_source_mappings(EventSourceArn=known["fed-by"]["arn"])["EventSourceMappings"]
    retries = functions.get_function_event_invoke_config(FunctionName=known["function"]["name"])
    policy = json.loads(functions.get_policy(FunctionName=known["function"]["name"])["Policy"])
    assert configuration["Handler"] == "lambdas.warmkeeper.handler.handle"
    assert (configuration["Timeout"], configuration["MemorySize"]) == (30, 256)
    assert configuration["Environment"] == {"Variables": {"FLOOR": "1"}}
    assert [each["Arn"] for each in configuration["Layers"]] == [POWERTOOLS, known["layer"]["arn"]]
    for sha256, code in (
        (configuration["CodeSha256"], deployed.inputs["function"]["code"]),
        (layer["Content"]["CodeSha256"], deployed.inputs["layer"]["code"]),
    ):
        assert sha256_hex(sha256) == code["archive"]
        assert deployed.place.code_store.path(code["archive"]).is_file()
    [mapping] = mappings
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (5, ["ReportBatchItemFailures"])
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}
    assert (retries["MaximumRetryAttempts"], retries["MaximumEventAgeInSeconds"]) == (2, 300)
    assert [statement["Principal"]["Service"] for statement in policy["Statement"]] == [
        "lambda.alarms.cloudwatch.amazonaws.com"
    ]


def sha256_hex(base64_text: str) -> str:
    return base64.b64decode(base64_text).hex()


def test_the_alarm_and_the_schedule_are_there_whole(deployed: Stack, cloud: Cloud) -> None:
    known = deployed.known
    [alarm] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[known["alarm"]["name"]])["MetricAlarms"]
    group, _, name = known["tick"]["id"].partition("/")
    schedule = cloud.client("scheduler").get_schedule(GroupName=group, Name=name)
    assert (alarm["AlarmArn"], alarm["StateValue"]) == (known["alarm"]["arn"], "INSUFFICIENT_DATA")
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (0.0, "breaching")
    assert [metric.get("Expression") for metric in alarm["Metrics"]] == ["visible + 0", None]
    stat = alarm["Metrics"][1]["MetricStat"]
    assert (stat["Period"], stat["Stat"]) == (60, "Maximum")
    assert stat["Metric"]["Dimensions"] == [{"Name": "QueueName", "Value": known["fed-by"]["name"]}]
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert json.loads(schedule["Target"]["Input"]) == {"source": "tick"}
    assert schedule["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}


def test_a_second_deployment_changes_nothing(deployed: Stack) -> None:
    changes = deployed.deploy()
    assert names(changes.unchanged) == set(deployed.types)
    assert (changes.created, changes.updated, changes.replaced, changes.deleted) == ([], [], [], [])


CHANGES: dict[str, dict[str, Any]] = {
    "vpc": {"enableDnsHostnames": False},
    "subnet": {"mapPublicIpOnLaunch": True},
    "routes": {"routes": []},
    "group": {"egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}], "tags": None},
    "endpoint": {"routeTableIds": []},
    "access": {"blockPublicPolicy": True},
    "lifecycle": {"rules": [{"id": "all", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 1}}]},
    "table": {"pointInTimeRecovery": None, "ttl": None, "deletionProtectionEnabled": False},
    "queue": {"visibilityTimeoutSeconds": 20, "receiveWaitTimeSeconds": None},
    "role": {"assumeRolePolicy": trust("ec2.amazonaws.com")},
    "cluster": {"settings": [{"name": "containerInsights", "value": "enabled"}]},
    "function": {"environment": {"variables": {"FLOOR": "3"}}, "timeout": 40},
    "invoke-config": {"maximumRetryAttempts": 0},
    "mapping": {"batchSize": 1},
    "alarm": {"threshold": 3},
    "tick": {"scheduleExpression": "rate(5 minutes)"},
    "secret": {"description": None},
    "logs": {"retentionInDays": 7},
    "address": {"tags": {"Name": "way-out"}},
    "nat": {"tags": {"Name": "way-out"}},
    "from-anywhere": {"cidrIpv4": "10.0.0.0/8"},
    "balancer": {"idleTimeout": 30, "dropInvalidHeaderFields": None},
    "group-of-tasks": {"deregistrationDelay": None, "healthCheck": {"path": "/", "interval": 30}},
    "listener": {"port": 8080},
    "rule": {"priority": 20, "conditions": [{"pathPattern": {"values": ["/preview*"]}}]},
    "url": {"authorizationType": "AWS_IAM"},
    "born": {"ingress": []},
    "news": {"kmsMasterKeyId": None},
    "mail": {"rawMessageDelivery": False},
    "board": {"dashboardBody": "{}"},
    "errors": {"queryString": "fields @timestamp"},
    "slow": {"pattern": "{ $.seconds > 20 }"},
    "trailing": {"targetPrefix": "other/"},
    "pictures": {"imageTagMutability": None},
    "few": {"policy": keeping(9)},
}


def test_changed_inputs_update_their_resources_and_nothing_else(deployed: Stack, cloud: Cloud) -> None:
    known = deployed.known
    cloud.client("cloudwatch").set_alarm_state(AlarmName=known["alarm"]["name"], StateValue="ALARM", StateReason="so")
    changes = deployed.deploy(CHANGES)
    try:
        assert names(changes.updated) == set(CHANGES)
        assert (changes.created, changes.replaced, changes.deleted) == ([], [], [])
        ec2 = cloud.client("ec2")
        [group] = ec2.describe_security_groups(GroupIds=[known["group"]["id"]])["SecurityGroups"]
        assert [rule["IpProtocol"] for rule in group["IpPermissionsEgress"]] == ["-1"]
        assert {tag["Key"]: tag["Value"] for tag in group["Tags"]} == {"project": "sample"}
        [born] = ec2.describe_security_groups(GroupIds=[known["born"]["id"]])["SecurityGroups"]
        assert born["IpPermissions"] == []
        [table] = ec2.describe_route_tables(RouteTableIds=[known["routes"]["id"]])["RouteTables"]
        assert gateways(table) == ["local"]
        got = cloud.client("sqs").get_queue_attributes(QueueUrl=known["queue"]["url"], AttributeNames=["All"])
        assert got["Attributes"]["VisibilityTimeout"] == "20"
        assert got["Attributes"]["ReceiveMessageWaitTimeSeconds"] == "0"
        assert "Policy" in got["Attributes"], "moto wipes the policy with SetQueueAttributes"
        dynamodb = cloud.client("dynamodb").describe_time_to_live(TableName=known["table"]["name"])
        assert dynamodb["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
        function = cloud.client("lambda").get_function_configuration(FunctionName=known["function"]["name"])
        assert (function["Environment"]["Variables"], function["Timeout"]) == ({"FLOOR": "3"}, 40)
        [alarm] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[known["alarm"]["name"]])["MetricAlarms"]
        assert (alarm["Threshold"], alarm["StateValue"]) == (3.0, "ALARM")
        assert ungranted(deployed.diary.calls) == {}, "components/deploying_actions.py lacks it"
    finally:
        deployed.deploy()


def test_new_code_updates_the_function_in_place(deployed: Stack, cloud: Cloud) -> None:
    code = archive(deployed.place.code_store, "second")
    changes = deployed.deploy({"function": {"code": code}})
    try:
        assert names(changes.updated) == {"function"}
        function = cloud.client("lambda").get_function_configuration(FunctionName=deployed.known["function"]["name"])
        assert sha256_hex(function["CodeSha256"]) == code["archive"]
    finally:
        deployed.deploy()


def test_a_changed_task_definition_is_a_new_revision_and_the_fleet_keeps_its_size(
    deployed: Stack, cloud: Cloud
) -> None:
    ecs, known = cloud.moto_client("ecs"), deployed.known
    before = known["task"]["arn"]
    ecs.update_service(cluster=known["cluster"]["name"], service=known["service"]["name"], desiredCount=7)
    changes = deployed.deploy({"task": {"memory": "8192"}})
    after = deployed.known["task"]["arn"]
    [service] = ecs.describe_services(cluster=known["cluster"]["name"], services=[known["service"]["name"]])["services"]
    assert (names(changes.replaced), names(changes.updated)) == ({"task"}, {"service"})
    assert int(after.rpartition(":")[2]) == int(before.rpartition(":")[2]) + 1
    assert service["taskDefinition"] == after
    assert service["desiredCount"] == 7
    old = ecs.describe_task_definition(taskDefinition=before)["taskDefinition"]
    assert old["status"] == "INACTIVE"
    deployed.deploy()


def test_an_ignored_secret_stays_what_it_was_and_is_in_no_file(deployed: Stack, cloud: Cloud) -> None:
    changes = deployed.deploy({"secret-version": {"secretString": "whsec_second"}})
    arn = deployed.known["secret"]["arn"]
    assert names(changes.unchanged) == set(deployed.types)
    assert deployed.known["secret-version"]["secretString"] == "whsec_first"
    assert cloud.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == "whsec_first"
    assert "whsec" not in deployed.path.read_text()


def test_what_vanished_is_made_again(deployed: Stack, cloud: Cloud) -> None:
    cloud.client("logs").delete_log_group(logGroupName=deployed.known["logs"]["name"])
    assert names(deployed.deploy().created) == {"logs"}


def test_taken_down_nothing_is_left(cloud: Cloud, tmp_path: Path) -> None:
    before = everything(cloud)
    stack = Stack(cloud, tmp_path)
    made = stack.deploy()
    assert everything(cloud) != before
    assert len(stack.destroy().deleted) == len(made.created)
    assert everything(cloud) == before
    assert stack.diary.calls.keys() >= ROWS.keys()
    assert ungranted(stack.diary.calls) == {}, "components/deploying_actions.py lacks it"
    assert json.loads(stack.path.read_text()) == {"resources": {}, "replaced": []}
