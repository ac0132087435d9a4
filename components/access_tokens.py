"""AccessTokens: the bearer tokens of clients and operators, in a store of their own.

Included: the secret and its first value, one token of each role, drawn at the first `up` and kept.
Optional: tokens of one's own (`apiTokens`).
Required on input: what `AccessTokensArgs` says.

The value is JSON, `{"client": ["…"], "operator": ["…"]}`: lists, so that a token is replaced by adding the new one,
moving its users, and taking the old one away.
"""

import json
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.settings import Settings

ROLES = ("client", "operator")
TOKEN_LENGTH = 40
"""Letters and digits drawn for a token: some 238 bits."""


class AccessTokensArgs(TypedDict):
    """Inputs of `AccessTokens`."""

    settings: Settings
    """The stack's settings: the tokens, where the operator chose them. No default."""


class AccessTokens(pulumi.ComponentResource):
    """The secret that holds the tokens; whoever checks one reads it there."""

    secret_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AccessTokensArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:AccessTokens", name, {}, opts)
        configured = args["settings"].api_tokens
        if configured is not None:
            value, kept = pulumi.Output.secret(configured.get_secret_value()), []
        else:
            # Every run of the program draws other tokens: the first ones that were stored are kept.
            drawn = pulumi.Output.all(**{role: self._password() for role in ROLES})
            value, kept = pulumi.Output.secret(drawn.apply(tokens_document)), ["secret_string"]

        secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            description="Bearer tokens of clients and operators",
            opts=pulumi.ResourceOptions(parent=self),
        )
        version = aws.secretsmanager.SecretVersion(
            f"{name}-secret",
            secret_id=secret.id,
            secret_string=value,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=kept),
        )

        # Whoever is given the ARN finds a value under it: a function that reads it is made after the version.
        self.secret_arn = pulumi.Output.all(secret.arn, version.id).apply(lambda known: str(known[0]))
        self.register_outputs({"secret_arn": self.secret_arn})

    def _password(self) -> pulumi.Output[str]:
        return aws.secretsmanager.get_random_password_output(
            password_length=TOKEN_LENGTH, exclude_punctuation=True
        ).random_password


def tokens_document(drawn: dict[str, str]) -> str:
    """The secret's value: one token a role, whose prefix tells people and secret scanners what it is."""
    return json.dumps({role: [f"warmpool_{role}_{password}"] for role, password in drawn.items()})
