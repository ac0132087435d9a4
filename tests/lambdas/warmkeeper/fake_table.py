"""DynamoDB's conditional writes for the one table of the fleet, in memory: what a state machine can afford.

It knows the expressions that the code under test writes, no more, and refuses all others; a test holds it against moto.
"""

import re
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

_TERM = re.compile(
    r"(?P<test>attribute_(?:not_)?exists)\((?P<path>#\w+)\)|(?P<left>#\w+) (?P<sign>[<>=]+) (?P<right>:\w+)"
)
_CLAUSE = re.compile(r"(SET|REMOVE) (.*?)(?= SET | REMOVE |$)")
_SIGNS = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "=": lambda left, right: left == right,
}


class ConditionalCheckFailedException(ClientError):  # noqa: N818 - boto3's name
    """The condition did not hold; nothing was written."""

    def __init__(self, operation: str) -> None:
        super().__init__({"Error": {"Code": "ConditionalCheckFailedException", "Message": "no"}}, operation)


class FakeTable:
    """The calls of boto3's `dynamodb` client that the fleet table and the lease make."""

    class exceptions:  # noqa: N801 - boto3's name
        ConditionalCheckFailedException = ConditionalCheckFailedException

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}

    def get_item(self, **call: Any) -> dict[str, Any]:
        assert call["ConsistentRead"]
        item = self.items.get(_key(call["Key"]))
        return {} if item is None else {"Item": dict(item)}

    def put_item(self, **call: Any) -> dict[str, Any]:
        key = _key(call["Item"])
        if not _holds(call, self.items.get(key, {})):
            raise ConditionalCheckFailedException("PutItem")
        self.items[key] = dict(call["Item"])
        return {}

    def update_item(self, **call: Any) -> dict[str, Any]:
        assert call["ReturnValues"] == "ALL_NEW"
        key = _key(call["Key"])
        item: dict[str, Any] = dict(call["Key"])
        item |= self.items.get(key, {})
        if not _holds(call, self.items.get(key, {})):
            raise ConditionalCheckFailedException("UpdateItem")
        names, values = call["ExpressionAttributeNames"], call["ExpressionAttributeValues"]
        for clause, body in _CLAUSE.findall(call["UpdateExpression"]):
            for part in body.strip().split(", "):
                if clause == "REMOVE":
                    item.pop(names[part], None)
                else:
                    path, value = part.split(" = ")
                    item[names[path]] = values[value]
        self.items[key] = item
        return {"Attributes": dict(item)}


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _holds(call: dict[str, Any], item: dict[str, Any]) -> bool:
    """Whether the call's condition, terms joined by AND and OR without brackets, is true of the item."""
    condition = call.get("ConditionExpression")
    if condition is None:
        return True
    return any(all(_is_true(term, call, item) for term in way.split(" AND ")) for way in condition.split(" OR "))


def _is_true(term: str, call: dict[str, Any], item: dict[str, Any]) -> bool:
    """A term's truth; a comparison with an attribute that is missing is false, as DynamoDB has it."""
    match = _TERM.fullmatch(term)
    assert match is not None, f"{term} is beyond this table"
    names = call["ExpressionAttributeNames"]
    if match["test"] is not None:
        return (names[match["path"]] in item) == (match["test"] == "attribute_exists")
    left, right = item.get(names[match["left"]]), call["ExpressionAttributeValues"][match["right"]]
    if left is None or left.keys() != right.keys():
        return False
    return _SIGNS[match["sign"]](_value(left), _value(right))


def _value(attribute: dict[str, Any]) -> Any:
    return Decimal(attribute["N"]) if "N" in attribute else next(iter(attribute.values()))
