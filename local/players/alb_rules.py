"""Which rule of a listener takes a request, and what it does with it: pure, from the API's own words."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from local.players.http_exchange import Answer, Request, phrase

Rule = Mapping[str, Any]
"""A rule as DescribeRules tells it."""
Action = Mapping[str, Any]


def action_for(rules: Sequence[Rule], request: Request) -> Action:
    """The routing action of the first rule, by priority, whose conditions all hold; the default rule has none."""
    taken = next(rule for rule in in_order(rules) if holds(rule, request))
    return max(taken["Actions"], key=lambda action: action.get("Order", 0))


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """By priority, the default rule last."""
    return sorted(rules, key=lambda rule: (rule["IsDefault"], 0 if rule["IsDefault"] else int(rule["Priority"])))


def holds(rule: Rule, request: Request) -> bool:
    """Whether every condition of a rule holds."""
    return all(_condition_holds(condition, request) for condition in rule["Conditions"])


def weights(action: Action) -> dict[str, int]:
    """The weight of each target group that an action forwards to, by ARN; none for one that does not forward."""
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or (
        [{"TargetGroupArn": action["TargetGroupArn"]}] if "TargetGroupArn" in action else []
    )
    return {group["TargetGroupArn"]: group.get("Weight", 1) for group in groups}


def draw(weighted: Mapping[str, int], share: float) -> str | None:
    """The group that a share of the whole (0 to just under 1) falls to; None where every weight is zero."""
    left = share * sum(weighted.values())
    for group, weight in weighted.items():
        if left < weight:
            return group
        left -= weight
    return None


def fixed_response(action: Action) -> Answer:
    """The answer that an action gives by itself."""
    said = action["FixedResponseConfig"]
    headers = [("Content-Type", said.get("ContentType", "text/plain"))] if said.get("MessageBody") else []
    return Answer(int(said["StatusCode"]), headers, said.get("MessageBody", "").encode())


def redirect(action: Action, request: Request, *, protocol: str, port: int) -> Answer:
    """Where an action sends a request: each part that it does not name stays what it was."""
    config = action["RedirectConfig"]
    parts = {"protocol": protocol.lower(), "host": request.host, "port": str(port), "query": request.query}
    known = {**parts, "path": request.path.lstrip("/")}

    def filled(name: str, default: str) -> str:
        return re.sub(r"#\{(\w+)\}", lambda found: known[found[1]], config.get(name) or default)

    scheme = filled("Protocol", "#{protocol}").lower()
    number = filled("Port", "#{port}")
    authority = filled("Host", "#{host}") + ("" if number == {"http": "80", "https": "443"}[scheme] else f":{number}")
    query = filled("Query", "#{query}")
    location = f"{scheme}://{authority}{filled('Path', '/#{path}')}" + (f"?{query}" if query else "")
    status = int(config["StatusCode"].removeprefix("HTTP_"))
    body = f"<html><head><title>{status} {phrase(status)}</title></head></html>"
    return Answer(status, [("Location", location), ("Content-Type", "text/html")], body.encode())


def _condition_holds(condition: Mapping[str, Any], request: Request) -> bool:
    match condition["Field"]:
        case "path-pattern":
            return any(_like(pattern, request.path) for pattern in _values(condition, "PathPatternConfig"))
        case "host-header":
            return any(_like_any_case(pattern, request.host) for pattern in _values(condition, "HostHeaderConfig"))
        case "http-request-method":
            return request.method in _values(condition, "HttpRequestMethodConfig")
        case "http-header":
            name = condition["HttpHeaderConfig"]["HttpHeaderName"].lower()
            sent = [value for known, value in request.headers if known.lower() == name]
            patterns = _values(condition, "HttpHeaderConfig")
            return any(_like_any_case(pattern, value) for pattern in patterns for value in sent)
        case "query-string":
            return any(_query_holds(wanted, request.query) for wanted in _values(condition, "QueryStringConfig"))
        case "source-ip":
            client = ipaddress.ip_address(request.client)
            return any(client in ipaddress.ip_network(block) for block in _values(condition, "SourceIpConfig"))
        case field:
            raise ValueError(f"the load balancer's player does not know conditions on {field}")


def _values(condition: Mapping[str, Any], member: str) -> Sequence[Any]:
    return condition.get(member, {}).get("Values") or condition.get("Values", [])


def _query_holds(wanted: Mapping[str, str], query: str) -> bool:
    for pair in query.split("&"):
        key, _, value = (unquote_plus(part) for part in pair.partition("="))
        if ("Key" not in wanted or _like_any_case(wanted["Key"], key)) and _like_any_case(wanted["Value"], value):
            return True
    return False


def _like(pattern: str, text: str, flags: int = 0) -> bool:
    """`*` is any number of characters, `?` is one."""
    wild = {"*": ".*", "?": "."}
    expression = "".join(wild.get(piece, re.escape(piece)) for piece in re.split(r"([*?])", pattern))
    return re.fullmatch(expression, text, flags | re.DOTALL) is not None


def _like_any_case(pattern: str, text: str) -> bool:
    return _like(pattern, text, re.IGNORECASE)
