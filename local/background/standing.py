"""What the keeper of a stack tells those who ask: how far it is, and how to reach what it keeps."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from local.background.order import Order


class Engine(BaseModel):
    """The Pulumi engine that deployed a stack, for who types `pulumi` about it."""

    model_config = ConfigDict(frozen=True)

    cli: Path
    """The real CLI."""
    programs: Path
    """The folder of the `pulumi` that calls it for this stack."""
    environment: dict[str, str]
    """What that needs, beside what finds the local AWS."""


class Facts(BaseModel):
    """How to reach a stack that is ready. Addresses have no slash at their end."""

    model_config = ConfigDict(frozen=True)

    order: Order
    endpoint_url: str
    """Where AWS is."""
    api_url: str
    """Where the load balancer is."""
    client_token: str = Field(repr=False)
    operator_token: str = Field(repr=False)
    outputs: dict[str, Any]
    """The stack's outputs (components/outputs.py)."""
    sleep_after_seconds: int | None
    """Seconds without load or call after which the fleet sleeps; None: never."""
    engine: Engine | None = None
    """None where Pulumi's mocks deployed the stack."""
    clips: tuple[str, ...]
    """Keys of what lies in the bucket."""

    @property
    def link(self) -> str:
        """The page with a client's token in the fragment, which never leaves the browser: it wakes the fleet."""
        return f"{self.api_url}/#token={quote(self.client_token, safe='')}"


class Standing(BaseModel):
    """How far the keeper is."""

    model_config = ConfigDict(frozen=True)

    stage: str = ""
    """What it is doing, in words; "" before its first word."""
    facts: Facts | None = None
    """Once the stack is ready."""
