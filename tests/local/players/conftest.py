"""A cloud with functions in it: small archives, really deployed and really run."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from local.cloud import Cloud
from local.code_store import CodeStore
from local.history import History
from local.pace import Pace
from local.players.lambdas import LambdaPlayer
from local.players.metrics import MetricStore
from tests.local.players.archives import zip_of

ROLE = "arn:aws:iam::123456789012:role/any"
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
Deploy = Callable[..., str]


@pytest.fixture(scope="module")
def open_cloud() -> Iterator[Cloud]:
    with Cloud() as opened:
        yield opened


@pytest.fixture
def cloud(open_cloud: Cloud) -> Cloud:
    """An empty cloud. Its clients are those of the module: making them anew takes longer than most tests."""
    moto_api_backend.reset()
    open_cloud._interceptors.clear()
    iam = open_cloud.moto_client("iam")
    iam.create_role(RoleName="any", AssumeRolePolicyDocument="{}")
    iam.put_role_policy(RoleName="any", PolicyName="anything", PolicyDocument=json.dumps(ANYTHING))
    return open_cloud


@pytest.fixture
def pace() -> Pace:
    return Pace(minute_seconds=0.2)


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def metrics(cloud: Cloud) -> MetricStore:
    return MetricStore()


@pytest.fixture(scope="session")
def code_store(tmp_path_factory: pytest.TempPathFactory) -> CodeStore:
    return CodeStore(tmp_path_factory.mktemp("code"))


@pytest.fixture
def deploy(cloud: Cloud, code_store: CodeStore) -> Deploy:
    """Create a function, or bring it up to date, with `handler.handle` from `code`; answers its ARN."""

    def deploy(name: str, code: str, **settings: Any) -> str:
        archive = zip_of({"handler.py": code})
        code_store.put(archive)
        client = cloud.moto_client("lambda")
        environment = {"Variables": settings.pop("environment", {})}
        settings = {"Timeout": 10, **settings, "Environment": environment}
        if name in {function["FunctionName"] for function in client.list_functions()["Functions"]}:
            client.update_function_code(FunctionName=name, ZipFile=archive)
            return client.update_function_configuration(FunctionName=name, **settings)["FunctionArn"]
        return client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=ROLE,
            Handler="handler.handle",
            Code={"ZipFile": archive},
            **settings,
        )["FunctionArn"]

    return deploy


@pytest.fixture
def lambdas(
    cloud: Cloud, pace: Pace, history: History, metrics: MetricStore, code_store: CodeStore, *, tmp_path: Path
) -> Iterator[LambdaPlayer]:
    player = LambdaPlayer(cloud, pace, history, tmp_path / "lambdas", code_store, metrics=metrics)
    player.start()
    yield player
    player.stop()
