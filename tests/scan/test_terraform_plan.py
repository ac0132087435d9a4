"""A recorded program in Terraform's words."""

import json
from typing import Any

import pytest

from scan.terraform_names import NOT_OF_AWS
from scan.terraform_plan import UNKNOWN, UnknownNameError, UnknownValueError, address, plan
from tests.components.recording import CASES, Resource, recorded


def resource(token: str, called: str, depends_on: dict[str, list[str]] | None = None, **inputs: Any) -> Resource:
    """One as the recorder would have it; it calls itself by an id and an ARN."""
    identity = {"id": f"{called}-id", "arn": f"arn:aws:x:::{called}"}
    return Resource(f"urn::{token}::{called}", token, called, "", True, inputs, identity, depends_on or {}, [], False)


def values(*resources: Resource) -> dict[str, Any]:
    """What the plan has of the last one."""
    return plan(resources)["planned_values"]["root_module"]["resources"][-1]["values"]


def test_names_are_spelled_as_terraform_spells_them():
    queue = resource("aws:sqs/queue:Queue", "jobs", sqsManagedSseEnabled=True, visibilityTimeoutSeconds=30)
    assert values(queue) == {"sqs_managed_sse_enabled": True, "visibility_timeout_seconds": 30}
    assert address(queue) == "aws_sqs_queue.jobs"


def test_an_object_is_a_list_of_one_block_and_a_plural_is_one_of_many():
    table = resource(
        "aws:dynamodb/table:Table",
        "jobs",
        pointInTimeRecovery={"enabled": True},
        attributes=[{"name": "id", "type": "S"}, {"name": "state", "type": "S"}],
    )
    assert values(table) == {
        "point_in_time_recovery": [{"enabled": True}],
        "attribute": [{"name": "id", "type": "S"}, {"name": "state", "type": "S"}],
    }


def test_blocks_in_blocks_are_found():
    rule = {"id": "all", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1}}
    lifecycle = resource(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "media", bucket="media", rules=[rule]
    )
    [written] = values(lifecycle)["rule"]
    assert written == {"id": "all", "abort_incomplete_multipart_upload": [{"days_after_initiation": 1}]}


def test_the_keys_of_a_map_stay_as_they_are():
    function = resource("aws:lambda/function:Function", "api", environment={"variables": {"jobsTable": "jobs"}})
    assert values(function) == {"environment": [{"variables": {"jobsTable": "jobs"}}]}


def test_what_terraform_calls_otherwise_is_called_so():
    code = {"archive": {"lambdas/api/handler.py": "lambdas/api/handler.py"}}
    assert values(resource("aws:lambda/function:Function", "api", code=code, name="api")) == {
        "filename": "(archive)",
        "function_name": "api",
    }


def test_a_secret_stands_in_the_plan_for_the_checker_to_find():
    version = resource("aws:secretsmanager/secretVersion:SecretVersion", "s", secretString={"secret": "hush"})
    assert values(version) == {"secret_string": "hush"}


def test_a_policy_keeps_its_arns():
    policy = json.dumps({"Statement": [{"Resource": ["arn:aws:x:::media"]}]})
    bucket = resource("aws:s3/bucket:Bucket", "media")
    held = resource("aws:s3/bucketPolicy:BucketPolicy", "media", {"policy": [bucket.urn]}, policy=policy)
    assert values(bucket, held) == {"policy": policy}


def test_what_names_another_resource_refers_to_it_at_any_depth():
    group = resource("aws:ec2/securityGroup:SecurityGroup", "workers")
    service = resource(
        "aws:ecs/service:Service",
        "fleet",
        {"networkConfiguration": [group.urn]},
        networkConfiguration={"securityGroups": ["workers-id", "sg-of-their-own"]},
    )
    [network] = values(group, service)["network_configuration"]
    assert network == {"security_groups": ["aws_security_group.workers.id", "sg-of-their-own"]}


def test_a_text_that_only_looks_like_anothers_name_is_no_reference():
    group = resource("aws:ec2/securityGroup:SecurityGroup", "workers")
    cluster = resource("aws:ecs/cluster:Cluster", "fleet", name="workers-id")
    assert values(group, cluster) == {"name": "workers-id"}


def test_a_type_that_nobody_has_a_name_for_is_an_error_that_names_it():
    with pytest.raises(UnknownNameError, match=r"aws:ec2/instance:Instance box: .*scan/terraform_names.py"):
        plan([resource("aws:ec2/instance:Instance", "box")])


def test_an_object_that_nobody_has_a_name_for_is_an_error_that_names_it():
    rules = [{"id": "all", "transitions": [{"days": 30}]}]
    lifecycle = resource("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "media", rules=rules)
    with pytest.raises(UnknownNameError, match=r"BucketLifecycleConfiguration media: is rules\.transitions a block"):
        plan([lifecycle])


def test_what_is_not_known_cannot_be_judged():
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", "jobs", policy=UNKNOWN)
    with pytest.raises(UnknownValueError, match="QueuePolicy jobs: policy is not known"):
        plan([policy])


def test_two_resources_of_one_address_are_refused():
    twice = [resource("aws:sqs/queue:Queue", "jobs"), resource("aws:sqs/queue:Queue", "jobs")]
    with pytest.raises(UnknownValueError, match=r"more than one resource is called aws_sqs_queue\.jobs"):
        plan(twice)


@pytest.mark.parametrize("case", [case for case in CASES if case != "in-clear" and not CASES[case]["preview"]])
def test_every_resource_of_every_stack_is_in_its_plan(case: str):
    resources = recorded(case).resources
    planned = plan(resources)["planned_values"]["root_module"]["resources"]
    wanted = [each for each in resources if each.custom and each.type not in NOT_OF_AWS]
    assert [each["address"] for each in planned] == [address(each) for each in wanted]
    assert all(each["type"].startswith("aws_") for each in planned)


def test_a_preview_is_not_judged():
    with pytest.raises(UnknownValueError, match="Record a deployment, not its preview"):
        plan(recorded("prod-preview").resources)
