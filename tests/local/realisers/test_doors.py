"""The front of the sample as moto has it."""

import json
from typing import Any

import pytest

from local.aws import ACCOUNT_ID, REGION
from local.cloud import Cloud
from local.reconciler import RealisationError
from tests.local.realisers.sample import Stack, names


def attributes(answer: dict[str, Any]) -> dict[str, str]:
    return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}


def test_the_load_balancer_is_there_with_its_attributes_and_suffixes(deployed: Stack, cloud: Cloud) -> None:
    elb, known = cloud.client("elbv2"), deployed.known
    arn = known["balancer"]["arn"]
    [balancer] = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    got = attributes(elb.describe_load_balancer_attributes(LoadBalancerArn=arn))
    assert (balancer["Type"], balancer["Scheme"]) == ("application", "internet-facing")
    assert balancer["SecurityGroups"] == [known["public"]["id"]]
    assert got["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert (got["access_logs.s3.enabled"], got["access_logs.s3.bucket"]) == ("true", "logs")
    assert known["balancer"]["arnSuffix"] == "app/" + arn.partition("/app/")[2]
    assert known["balancer"]["dnsName"] == balancer["DNSName"]
    assert known["group-of-tasks"]["arnSuffix"].startswith("targetgroup/group-of-tasks-")


def test_the_groups_of_targets_have_their_health_checks_delays_and_targets(deployed: Stack, cloud: Cloud) -> None:
    elb, known = cloud.client("elbv2"), deployed.known
    arn = known["group-of-tasks"]["arn"]
    [group] = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    health = elb.describe_target_health(TargetGroupArn=known["group-of-one"]["arn"])["TargetHealthDescriptions"]
    assert (group["TargetType"], group["Port"], group["HealthCheckPath"]) == ("ip", 8080, "/health")
    assert (group["HealthCheckIntervalSeconds"], group["HealthyThresholdCount"]) == (10, 2)
    assert group["Matcher"] == {"HttpCode": "200"}
    got = attributes(elb.describe_target_group_attributes(TargetGroupArn=arn))
    assert got["deregistration_delay.timeout_seconds"] == "15"
    assert [described["Target"]["Id"] for described in health] == [known["function"]["arn"]]


def test_the_listener_answers_404_and_its_rule_weighs_two_groups(deployed: Stack, cloud: Cloud) -> None:
    elb, known = cloud.client("elbv2"), deployed.known
    arn = known["listener"]["arn"]
    [listener] = elb.describe_listeners(ListenerArns=[arn])["Listeners"]
    [rule] = elb.describe_rules(RuleArns=[known["rule"]["arn"]])["Rules"]
    [action] = listener["DefaultActions"]
    assert action["FixedResponseConfig"]["StatusCode"] == "404"
    got = attributes(elb.describe_listener_attributes(ListenerArn=arn))
    assert got["routing.http.response.server.enabled"] == "false"
    assert [condition["Field"] for condition in rule["Conditions"]] == [
        "path-pattern",
        "http-request-method",
        "query-string",
    ]
    assert rule["Conditions"][2]["QueryStringConfig"]["Values"] == [{"Key": "at", "Value": "*"}]
    assert [group["Weight"] for group in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]] == [0, 100]


def test_a_rule_that_changes_leaves_flipped_weights_alone(deployed: Stack, cloud: Cloud) -> None:
    elb, arn = cloud.client("elbv2"), deployed.known["rule"]["arn"]
    [rule] = elb.describe_rules(RuleArns=[arn])["Rules"]
    [action] = rule["Actions"]
    for group, weight in zip(action["ForwardConfig"]["TargetGroups"], (100, 0), strict=True):
        group["Weight"] = weight
    elb.modify_rule(RuleArn=arn, Actions=[action])
    deployed.deploy({"rule": {"conditions": [{"pathPattern": {"values": ["/elsewhere"]}}]}})
    try:
        [changed] = elb.describe_rules(RuleArns=[arn])["Rules"]
        assert changed["Conditions"][0]["PathPatternConfig"]["Values"] == ["/elsewhere"]
        assert [group["Weight"] for group in changed["Actions"][0]["ForwardConfig"]["TargetGroups"]] == [100, 0]
    finally:
        deployed.deploy()


def test_single_rules_stand_beside_a_group_that_says_nothing_of_their_direction(deployed: Stack, cloud: Cloud) -> None:
    known = deployed.known
    [group] = cloud.client("ec2").describe_security_groups(GroupIds=[known["public"]["id"]])["SecurityGroups"]
    [ingress], [egress] = group["IpPermissions"], group["IpPermissionsEgress"]
    assert (ingress["FromPort"], ingress["IpRanges"]) == (443, [{"CidrIp": "0.0.0.0/0", "Description": "Everybody"}])
    assert [pair["GroupId"] for pair in egress["UserIdGroupPairs"]] == [known["inner"]["id"]]
    changes = deployed.deploy({"public": {"tags": {"Name": "door"}}})
    try:
        [group] = cloud.client("ec2").describe_security_groups(GroupIds=[known["public"]["id"]])["SecurityGroups"]
        assert names(changes.updated) == {"public"}
        assert len(group["IpPermissions"]) == len(group["IpPermissionsEgress"]) == 1
    finally:
        deployed.deploy()


def test_the_way_out_of_private_subnets_is_there(deployed: Stack, cloud: Cloud) -> None:
    known = deployed.known
    [gateway] = cloud.client("ec2").describe_nat_gateways(NatGatewayIds=[known["nat"]["id"]])["NatGateways"]
    assert gateway["NatGatewayAddresses"][0]["AllocationId"] == known["address"]["allocationId"]
    assert known["nat"]["publicIp"] == known["address"]["publicIp"]


def test_a_function_has_an_address_of_its_own(deployed: Stack, cloud: Cloud) -> None:
    found = cloud.client("lambda").get_function_url_config(FunctionName=deployed.known["function"]["name"])
    url = deployed.known["url"]
    assert found["AuthType"] == "NONE"
    assert url["functionUrl"] == f"https://{url['urlId']}.lambda-url.{REGION}.on.aws/"


def test_people_hear_of_it_once_they_confirmed(deployed: Stack, cloud: Cloud) -> None:
    sns, known = cloud.client("sns"), deployed.known
    got = sns.get_topic_attributes(TopicArn=known["news"]["arn"])["Attributes"]
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=known["news"]["arn"])["Subscriptions"]
    assert (got["DisplayName"], got["KmsMasterKeyId"]) == ("Fleet", "alias/aws/sns")
    assert json.loads(got["Policy"]) == json.loads(deployed.inputs["news-policy"]["policy"])
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")
    assert known["mail"]["pendingConfirmation"] is True


def test_dashboard_query_filter_and_trail_are_there(deployed: Stack, cloud: Cloud) -> None:
    known, logs = deployed.known, cloud.client("logs")
    board = cloud.client("cloudwatch").get_dashboard(DashboardName=known["news"]["name"])
    [query] = logs.describe_query_definitions(queryDefinitionNamePrefix="fleet/")["queryDefinitions"]
    [found] = logs.describe_metric_filters(logGroupName=known["lines"]["name"])["metricFilters"]
    trail = cloud.client("s3").get_bucket_logging(Bucket=known["watched"]["bucket"])["LoggingEnabled"]
    assert board["DashboardBody"] == deployed.inputs["board"]["dashboardBody"]
    assert known["board"]["dashboardArn"] == f"arn:aws:cloudwatch::{ACCOUNT_ID}:dashboard/{known['news']['name']}"
    assert (query["queryString"], query["logGroupNames"]) == ("fields @message", [known["lines"]["name"]])
    assert found["metricTransformations"][0]["metricName"] == "Slow"
    assert (trail["TargetBucket"], trail["TargetPrefix"]) == (known["trail"]["bucket"], "s3/")


def test_images_lie_in_a_repository_that_keeps_few(deployed: Stack, cloud: Cloud) -> None:
    ecr, known = cloud.client("ecr"), deployed.known
    name = known["pictures"]["name"]
    [repository] = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"] == deployed.inputs["few"]["policy"]
    assert ecr.list_images(repositoryName=name)["imageIds"] == [
        {"imageDigest": known["image"]["digest"], "imageTag": "one"}
    ]
    assert known["image"]["ref"] == f"{known['pictures']['repositoryUrl']}:one@{known['image']['digest']}"


def test_another_file_in_the_context_is_another_image_and_an_ignored_one_is_not(deployed: Stack) -> None:
    repository, digests = deployed.known["pictures"]["repositoryUrl"], [deployed.known["image"]["digest"]]

    def build(tag: str) -> set[str]:
        changes = deployed.deploy({"image": {"tags": [f"{repository}:{tag}"]}})
        digests.append(deployed.known["image"]["digest"])
        return names([*changes.created, *changes.replaced])

    try:
        (deployed.context / ".dockerignore").write_text("*\n!worker.py\n")
        assert build("two") == {"image"}
        (deployed.context / "notes.txt").write_text("to myself")
        assert build("two") == set()
        (deployed.context / "worker.py").write_text("print()")
        with pytest.raises(RealisationError, match="ImageAlreadyExists"):
            build("two")
        assert build("three") == {"image"}
        assert len(set(digests)) == 3
    finally:
        for name in (".dockerignore", "notes.txt", "worker.py"):
            (deployed.context / name).unlink(missing_ok=True)
        deployed.deploy()


def test_a_registrys_password_is_in_no_file(deployed: Stack) -> None:
    assert '"password"' not in deployed.path.read_text()


def test_what_is_not_known_of_a_push_is_refused_with_where_it_stands(deployed: Stack) -> None:
    with pytest.raises(RealisationError, match=r"colour of docker-build:.*\.exports\[0\]\.registry: .*images\.py"):
        deployed.deploy({"image": {"exports": [{"registry": {"colour": "red"}}]}})
    deployed.deploy()
