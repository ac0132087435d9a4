"""Dependencies: the Lambda layer of our own, for the functions that need more than the runtime and Powertools carry.

Included: the layer, out of what `make setup` put into build/layer/content.
Optional: nothing.
Required on input: what `DependenciesArgs` says.
"""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import archives
from components.lambda_function import ARCHITECTURE, RUNTIME


class DependenciesArgs(TypedDict):
    """Inputs of `Dependencies`."""

    service_name: pulumi.Input[str]
    """The fleet's name, which the layer's begins with. No default."""


class Dependencies(pulumi.ComponentResource):
    """One layer for all functions that need it."""

    layer_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DependenciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Dependencies", name, {}, opts)
        layer = aws.lambda_.LayerVersion(
            f"{name}-layer",
            # A layer has no autoname of its own: it takes the fleet's, so that two stacks never share one.
            layer_name=pulumi.Output.concat(args["service_name"], f"-{name}"),
            description="What neither the Lambda runtime nor the Powertools layer carries",
            code=archives.layer_archive(),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.layer_arn = layer.arn
        self.register_outputs({"layer_arn": self.layer_arn})
