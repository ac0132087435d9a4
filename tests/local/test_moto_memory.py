import botocore.session
from moto import settings
from moto.core import responses, utils
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from local.cloud import Cloud


def test_afterwards_moto_is_as_it_was_before() -> None:
    def parts() -> tuple[object, ...]:
        return (
            DomainDispatcherApplication.get_backend_for_host,
            vars(responses)["method_names_from_class"],
            vars(utils)["create_loader"],
            botocore.session.create_loader,
            settings.ec2_load_default_amis,
        )

    before = parts()
    with Cloud():
        assert not any(now is then for now, then in zip(parts(), before, strict=True))
    assert parts() == before


def test_each_service_is_asked_of_its_own_backend_however_often() -> None:
    with Cloud() as cloud:
        for _ in range(2):
            assert cloud.client("sqs").list_queues().get("QueueUrls", []) == []
            assert cloud.client("sns").list_topics()["Topics"] == []
            assert cloud.client("dynamodb").list_tables()["TableNames"] == []
