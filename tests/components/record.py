"""The whole program, run under mocks that record: what it registers, with which inputs and options, what it exports.

`python -m tests.components.record` reads `{case: {"stack", "preview", "config"}}` and prints `{case: recording}`. Each
case runs in a forked child, since Pulumi's state belongs to the process and importing the provider costs most.
"""

import asyncio
import gc
import json
import multiprocessing
import pkgutil
import runpy
import sys
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import yaml
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, rpc
from pulumi.runtime.mocks import MockMonitor

ROOT = Path(__file__).parents[2]
PROJECT = "ffmpeg-warm-pool"
REGION, ACCOUNT = "eu-west-1", "123456789012"

AT_A_TIME = 2
AUTONAME = "-1a2b3c4"
LOADED = (
    aws.cloudwatch.LogGroup,
    aws.dynamodb.Table,
    aws.ec2.Vpc,
    aws.ecr.Repository,
    aws.ecs.Cluster,
    aws.iam.Role,
    aws.lb.LoadBalancer,
    aws.lambda_.Function,
    aws.s3.Bucket,
    aws.scheduler.Schedule,
    aws.secretsmanager.Secret,
    aws.sns.Topic,
    aws.sqs.Queue,
    aws.vpc.SecurityGroupIngressRule,
)
"""The provider loads a module when a class of it is first named: named here, they are loaded once, before the forks."""
PROGRAM = [import_module(f"components.{module.name}") for module in pkgutil.iter_modules([str(ROOT / "components")])]
"""The program's own modules, likewise."""

DECLARED: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]

ARNS = {
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{name}",
    "aws:sqs/queue:Queue": "arn:aws:sqs:{place}:{name}",
    "aws:dynamodb/table:Table": "arn:aws:dynamodb:{place}:table/{name}",
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:{place}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:aws:cloudwatch:{place}:alarm:{name}",
    "aws:sns/topic:Topic": "arn:aws:sns:{place}:{name}",
    "aws:iam/role:Role": "arn:aws:iam::{account}:role/{name}",
    "aws:ecr/repository:Repository": "arn:aws:ecr:{place}:repository/{name}",
    "aws:ecs/cluster:Cluster": "arn:aws:ecs:{place}:cluster/{name}",
    "aws:ecs/service:Service": "arn:aws:ecs:{place}:service/the-cluster/{name}",
    "aws:ecs/taskDefinition:TaskDefinition": "arn:aws:ecs:{place}:task-definition/{name}:1",
    "aws:lb/loadBalancer:LoadBalancer": "arn:aws:elasticloadbalancing:{place}:loadbalancer/app/{name}/50dc6c495c0c9188",
    "aws:lb/listener:Listener": "arn:aws:elasticloadbalancing:{place}:listener/app/{name}/f2f7dc8efc522ab2",
    "aws:lb/listenerRule:ListenerRule": (
        "arn:aws:elasticloadbalancing:{place}:listener-rule/app/{name}/9683b2d02a6cabee"
    ),
    "aws:lb/targetGroup:TargetGroup": "arn:aws:elasticloadbalancing:{place}:targetgroup/{name}/6d0ecf831eec9f09",
    "aws:lambda/function:Function": "arn:aws:lambda:{place}:function:{name}",
    "aws:lambda/layerVersion:LayerVersion": "arn:aws:lambda:{place}:layer:{name}:1",
    "aws:secretsmanager/secret:Secret": "arn:aws:secretsmanager:{place}:secret:{name}-AbCdEf",
}

IDENTITIES = ("arn", "name", "url", "bucket")
"""What a resource is called by, besides its id, where the program hands it on to another one."""


def configuration(stack: str, overrides: dict[str, object]) -> dict[str, str]:
    """What the CLI would hand to the program: Pulumi.yaml's defaults, the stack's file, `pulumi config set`."""
    merged = {key: entry["value"] if "value" in entry else entry["default"] for key, entry in DECLARED.items()}
    merged = {key if ":" in key else f"{PROJECT}:{key}": value for key, value in merged.items()}
    merged |= yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    merged |= overrides
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in merged.items()}


class Recorder(Mocks):
    """Names what AWS would name; in a preview it knows only what the program says."""

    def __init__(self, *, preview: bool) -> None:
        self.preview = preview

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if not args.custom:
            return "", {}
        name = args.inputs.get("name") or f"{args.name}{AUTONAME}"
        template = ARNS.get(args.typ, "")
        computed = {"name": name, "arn": template.format(name=name, place=f"{REGION}:{ACCOUNT}", account=ACCOUNT)}
        if args.typ == "aws:s3/bucket:Bucket":
            computed["bucket"] = name
        if args.typ == "aws:sqs/queue:Queue":
            computed["url"] = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        if args.typ == "aws:lb/loadBalancer:LoadBalancer":
            computed["dnsName"] = f"{name}.{REGION}.elb.amazonaws.com"
        if args.typ.startswith("aws:lb/"):
            computed["arnSuffix"] = computed["arn"].rpartition(":")[2].removeprefix("loadbalancer/")
        if args.typ == "aws:lambda/functionUrl:FunctionUrl":
            computed["functionUrl"] = f"https://{name}.lambda-url.{REGION}.on.aws/"
        if args.typ == "aws:ecr/repository:Repository":
            computed |= {"repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}", "registryId": ACCOUNT}
        if args.typ == "docker-build:index:Image":
            computed["ref"] = f"{args.inputs['tags'][0]}@sha256:{'0' * 64}"
        if self.preview:
            return "", {**dict.fromkeys(computed, rpc.UNKNOWN), **args.inputs}
        return f"{name}-id", {**computed, **args.inputs}

    # The monitor takes a bare answer, but chokes on the (answer, None) that its own interface declares.
    def call(self, args: MockCallArgs) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]

        match args.token:
            case "aws:index/getCallerIdentity:getCallerIdentity":
                return {"accountId": ACCOUNT}
            case "aws:index/getAvailabilityZones:getAvailabilityZones":
                return {"names": [f"{REGION}{letter}" for letter in "abc"]}
            case "aws:secretsmanager/getRandomPassword:getRandomPassword":
                return {"randomPassword": "q" * int(args.args["passwordLength"])}
            case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
                return {"userName": "AWS", "password": "registry-password"}
            case token:
                raise AssertionError(f"the program asks AWS for something new: {token}")


class RecordingMonitor(MockMonitor):
    """Keeps what each registration asks for, secrets still wrapped."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.rows: list[dict[str, Any]] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  # the engine's interface
        answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.rows.append(
                {
                    "urn": answer.urn,
                    "type": request.type,
                    "name": request.name,
                    "parent": request.parent,
                    "custom": request.custom,
                    "inputs": _plain(rpc.deserialize_properties(request.object, keep_unknowns=True)),
                    "identity": _identity(answer) if request.custom else {},
                    "depends_on": {key: list(of.urns) for key, of in request.propertyDependencies.items() if of.urns},
                    "ignore_changes": list(request.ignoreChanges),
                    "retain_on_delete": bool(request.retainOnDelete),
                }
            )
        return answer


def run(stack: str, config: dict[str, object], *, preview: bool) -> dict[str, Any]:
    """One run of the program: its resources and its exports, or the error that it ended with."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    exports: dict[str, Any] = {}
    warnings: list[str] = []
    pulumi.export = exports.__setitem__
    pulumi.log.warn = lambda message, *_about: warnings.append(message)
    pulumi.runtime.set_all_config(configuration(stack, config))
    monitor = RecordingMonitor(Recorder(preview=preview))
    pulumi.runtime.set_mocks(monitor.mocks, project=PROJECT, stack=stack, preview=preview, monitor=monitor)

    @pulumi.runtime.test
    def program() -> pulumi.Output[None]:
        runpy.run_path(str(ROOT / "__main__.py"))
        return pulumi.Output.all(**exports).apply(exports.update)

    try:
        program()
    except pulumi.RunError as error:
        return {"error": str(error)}
    known = {key: value for key, value in exports.items() if isinstance(value, str | dict)}
    return {"resources": monitor.rows, "exports": known, "export_names": sorted(exports), "warnings": warnings}


def _plain(value: Any) -> Any:
    if rpc.is_rpc_secret(value):
        return {"secret": _plain(rpc.unwrap_rpc_secret(value))}
    if isinstance(value, pulumi.AssetArchive):
        return {
            "archive": {key: asset.path for key, asset in value.assets.items() if isinstance(asset, pulumi.FileAsset)}
        }
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | int | float | bool | None) else "(unknown)"


def _identity(answer: Any) -> dict[str, str]:
    """What others may call the resource by: the strings that the provider would compute, and the id."""
    known = rpc.deserialize_properties(answer.object, keep_unknowns=True)
    return {"id": answer.id, **{key: known[key] for key in IDENTITIES if isinstance(known.get(key), str)}}


def _child(case: dict[str, Any], sender: Any) -> None:
    sender.send(run(case["stack"], case["config"], preview=case["preview"]))


def main() -> None:
    cases: dict[str, dict[str, Any]] = json.load(sys.stdin)
    fork = multiprocessing.get_context("fork")
    gc.disable()  # a case is over before there is much to collect
    recordings: dict[str, Any] = {}
    for pair in zip_longest(*[iter(cases.items())] * AT_A_TIME):
        running = []
        for name, case in filter(None, pair):
            receiver, sender = fork.Pipe(duplex=False)
            child = fork.Process(target=_child, args=(case, sender))
            child.start()
            sender.close()
            running.append((name, receiver, child))
        for name, receiver, child in running:
            recordings[name] = receiver.recv()
            child.join()
    sys.stdout.write(json.dumps(recordings))  # json.dump would do it piece by piece, in Python


if __name__ == "__main__":
    main()
