"""The rules about who reaches the stack and what it reaches: front door, network, buckets, tokens, warm hours.

They are validators like those of `settings_rules`.
"""

import json
import re
from datetime import time
from zoneinfo import ZoneInfo

from pydantic import SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

BUCKET_NAME = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
SUBNETS_OF_A_LOAD_BALANCER = 2
"""AWS asks for subnets in two zones at least."""

TOKEN_ROLES = ("client", "operator")
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{24,200}=*")
"""What a bearer token may consist of (RFC 6750), and long enough not to be guessed."""

WARM_HOURS = re.compile(
    r"(?P<first>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(?P<last>Mon|Tue|Wed|Thu|Fri|Sat|Sun))? "
    r"(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d) (?P<zone>[A-Za-z0-9_+/-]+)"
)

_NAME_SUBNETS = " && ".join(
    f"pulumi config set --path 'subnetIds[{number}]' subnet-{number}123456789abcdef0" for number in (0, 1)
)


def keeps_tokens_from_travelling_in_clear(certificate_arn: str, info: ValidationInfo) -> str:
    """Refuse a load balancer that would take tokens over plain HTTP, unless the operator asked for it."""
    region = info.data.get("region")
    if certificate_arn:
        of_region = f":acm:{region}:" if region else ":acm:"
        if of_region not in certificate_arn or ":certificate/" not in certificate_arn:
            raise PydanticCustomError(
                "certificate",
                "a load balancer takes a certificate of ACM in its own region: arn:aws:acm:{region}:…:certificate/…",
                {"region": region or "<region>", "mend": certificate(region or "eu-west-1")},
            )
    elif info.data.get("front_door") == "alb" and info.data.get("allow_plain_http") is False:
        raise PydanticCustomError(
            "plain_http",
            "the load balancer has no certificate, so tokens would travel in clear "
            "(to allow that for a while: pulumi config set allowPlainHttp true)",
            {"mend": certificate(region or "eu-west-1")},
        )
    return certificate_arn


def certificate(region: str) -> str:
    """What a certificate's ARN looks like."""
    return f"arn:aws:acm:{region}:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def subnets_are_told_apart(subnet_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a subnet that is named twice."""
    if len(set(subnet_ids)) < len(subnet_ids):
        raise PydanticCustomError("twice", "a subnet is named twice")
    return subnet_ids


def comes_with_its_subnets(vpc_id: str, info: ValidationInfo) -> str:
    """Refuse a VPC without subnets, subnets without their VPC, and too few of them for a load balancer."""
    subnet_ids = info.data.get("subnet_ids")
    if subnet_ids is None:
        return vpc_id
    if subnet_ids and not vpc_id:
        raise PydanticCustomError(
            "no_vpc", "subnetIds are set: the VPC that they lie in is to be named too, or neither"
        )
    if vpc_id and info.data.get("front_door") == "alb" and info.data.get("egress") == "nat":
        raise PydanticCustomError(
            "private_door",
            "a load balancer stands in public subnets, and with egress nat subnetIds are private ones",
            {"command": "pulumi config set egress public"},
        )
    least = SUBNETS_OF_A_LOAD_BALANCER if info.data.get("front_door") == "alb" else 1
    if vpc_id and len(subnet_ids) < least:
        raise PydanticCustomError(
            "no_subnets",
            "of a VPC of one's own, subnetIds name the subnets: {least} at least (in zones of their own)",
            {"least": least, "command": _NAME_SUBNETS},
        )
    return vpc_id


def opens_the_doors(tokens: SecretStr | None) -> SecretStr | None:
    """None where no tokens are set; refuse what is not a list of tokens for each role."""
    text = tokens.get_secret_value() if tokens else ""
    if not text:
        return None
    try:
        by_role = json.loads(text)
    except ValueError:
        by_role = None
    if not (
        isinstance(by_role, dict)
        and by_role.keys() == set(TOKEN_ROLES)
        and all(isinstance(of_role, list) and of_role and all(map(_is_token, of_role)) for of_role in by_role.values())
    ):
        raise PydanticCustomError(
            "tokens",
            'tokens are JSON: {"client": ["…"], "operator": ["…"]}, each of 24 to 200 letters, digits and ._~+/-',
        )
    return tokens


def _is_token(token: object) -> bool:
    return isinstance(token, str) and TOKEN.fullmatch(token) is not None


def are_hours_of_a_week(warm_hours: str) -> str:
    """Refuse what is not days, hours and a time zone."""
    if not warm_hours:
        return warm_hours
    hours = WARM_HOURS.fullmatch(warm_hours)
    if hours is None:
        raise PydanticCustomError("warm_hours", "warm hours are written as: Mon-Fri 08:00-20:00 Europe/Paris")
    try:
        start, end = time.fromisoformat(hours["start"]), time.fromisoformat(hours["end"])
    except ValueError:
        raise PydanticCustomError("warm_hours", "an hour is 00:00 to 23:59") from None
    if start >= end:
        raise PydanticCustomError("warm_hours", "the hours end before they begin: a window lies within one day")
    try:
        ZoneInfo(hours["zone"])
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError(
            "warm_hours", "{zone} is no time zone: name one as Europe/Paris or UTC", {"zone": hours["zone"]}
        ) from None
    return warm_hours
