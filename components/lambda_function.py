"""LambdaFunction: one of our Lambdas, with a role that may do what it is told and write its own logs.

Included: function, role with its policy, log group, the public Powertools layer.
Optional: further layers, memory.
Required on input: what `LambdaFunctionArgs` says.

No concurrency is reserved: young accounts have ten concurrent executions in all and refuse to reserve any.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import archives, iam

RUNTIME = "python3.13"
ARCHITECTURE = "x86_64"
DEFAULT_MEMORY_MIB = 256
POWERTOOLS_NAMESPACE = "WarmPool"
LOG_LEVEL = "INFO"


class LambdaFunctionArgs(TypedDict):
    """Inputs of `LambdaFunction`."""

    package: str
    """Folder under lambdas/ whose `handler.handle` is called. No default."""
    description: str
    """What it does, in a sentence. No default."""
    region: str
    """Region, as in the Powertools layer's ARN. No default."""
    statements: pulumi.Input[Sequence[iam.Statement]]
    """What its role may do, besides writing its logs. No default."""
    environment: Mapping[str, pulumi.Input[str]]
    """Its environment; never a secret. No default."""
    service_name: pulumi.Input[str]
    """What its metrics and logs are told apart by (Powertools' service). No default."""
    timeout_seconds: int
    """Seconds after which a run is stopped. No default."""
    log_retention_days: int
    """Days that logs are kept. No default."""
    memory_mib: NotRequired[int]
    """Memory in MiB, to which its share of CPU is proportional. Default: 256."""
    layers: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of layers besides Powertools. Default: none."""


class LambdaFunction(pulumi.ComponentResource):
    """A Python function out of `lambdas/<package>/`."""

    arn: pulumi.Output[str]
    function_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: LambdaFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:LambdaFunction", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        log_group = aws.cloudwatch.LogGroup(f"{name}-logs", retention_in_days=args["log_retention_days"], opts=child)
        role = aws.iam.Role(f"{name}-role", assume_role_policy=iam.trust("lambda.amazonaws.com"), opts=child)
        policy = aws.iam.RolePolicy(
            f"{name}-role",
            role=role.name,
            policy=iam.resolved(
                lambda statements, log_group_arn: iam.document([*statements, iam.write_logs(log_group_arn)]),
                statements=args["statements"],
                log_group_arn=log_group.arn,
            ),
            opts=child,
        )
        function = aws.lambda_.Function(
            f"{name}-function",
            description=args["description"],
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=f"lambdas.{args['package']}.handler.handle",
            code=archives.function_archive(args["package"]),
            layers=[powertools_layer_arn(args["region"]), *args.get("layers", ())],
            role=role.arn,
            timeout=args["timeout_seconds"],
            memory_size=args.get("memory_mib", DEFAULT_MEMORY_MIB),
            environment={
                "variables": {
                    "POWERTOOLS_SERVICE_NAME": args["service_name"],
                    "POWERTOOLS_METRICS_NAMESPACE": POWERTOOLS_NAMESPACE,
                    "POWERTOOLS_LOG_LEVEL": LOG_LEVEL,
                    **args["environment"],
                }
            },
            logging_config={"log_format": "Text", "log_group": log_group.name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

        self.arn = function.arn
        self.function_name = function.name
        self.log_group_name = log_group.name
        self.register_outputs(
            {"arn": self.arn, "function_name": self.function_name, "log_group_name": self.log_group_name}
        )


def powertools_layer_arn(region: str) -> str:
    """The public Powertools for AWS Lambda layer, pinned; it carries pydantic."""
    return f"arn:aws:lambda:{region}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:27"
