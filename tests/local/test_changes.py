import pytest

from local.changes import Changes, Follower, is_question, service_of
from local.cloud import Cloud

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIALOCAL/20261125/eu-west-1/ecs/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("method", "path", "target", "form", "expected"),
    [
        ("POST", "/", "AmazonEC2ContainerServiceV20141113.DescribeServices", b"", True),
        ("POST", "/", "AmazonEC2ContainerServiceV20141113.UpdateService", b"", False),
        ("POST", "/", "", b"Action=DescribeRules&Version=2015-12-01", True),
        ("POST", "/", "", b"Version=2015-12-01&Action=ModifyRule", False),
        ("GET", "/schedules", "", b"", True),
        ("POST", "/schedules/tick", "", b"", False),
        ("DELETE", "/2015-03-31/functions/api", "", b"", False),
        ("POST", "/2015-03-31/functions/api/invocations", "", b"{}", True),
    ],
)
def test_a_request_that_only_asks_or_runs_changes_nothing(
    method: str, path: str, target: str, form: bytes, *, expected: bool
):
    assert is_question(method, path, target, form) is expected


def test_a_request_is_of_the_service_that_it_is_signed_for():
    assert service_of(SIGNED) == "ecs"
    assert service_of("") == ""


@pytest.mark.parametrize("address", ["client", "moto_client"])
def test_a_cloud_counts_a_change_at_either_address_once_it_is_done_and_no_question(address: str):
    with Cloud() as cloud:
        ecs, elb = getattr(cloud, address)("ecs"), getattr(cloud, address)("elbv2")
        before = cloud.changes.count("ecs")
        ecs.list_clusters()
        elb.describe_load_balancers()
        assert cloud.changes.count("ecs") == before
        ecs.create_cluster(clusterName="fleet")
        assert cloud.changes.count("ecs") == before + 1
        elb.create_target_group(Name="workers", TargetType="lambda")
        assert cloud.changes.count("elasticloadbalancing") == 1


def test_a_follower_reads_at_first_after_each_change_and_again_after_a_reading_that_failed():
    changes, readings, fails = Changes(), [], True

    def read() -> None:
        readings.append(changes.count("ecs"))
        if fails:
            raise OSError

    follower = Follower(changes, "ecs", read)
    with pytest.raises(OSError):  # noqa: PT011 - whatever reading raises passes through
        follower.look()
    fails = False
    follower.look()
    follower.look()
    changes.note("lambda")
    follower.look()
    changes.note("ecs")
    follower.look()
    assert readings == [0, 0, 1]
