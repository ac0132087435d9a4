"""The answers to what a program asks of AWS while it runs (Pulumi's invokes), by token."""

import base64
from collections.abc import Callable
from typing import Any

from local.realisers.inputs import Reader, fit
from local.realisers.realiser import Place, Properties

FULL_NAMES = {"eu-west-1": "Europe (Ireland)"}
"""As getRegion describes regions."""


class UnknownQuestionError(LookupError):
    """A data source that is not answered here."""

    def __init__(self, token: str) -> None:
        super().__init__(f"the data source {token} is not answered here: local/realisers/data_sources.py has it not")


def answer(place: Place, token: str, arguments: Properties) -> Properties:
    """What AWS answers. Raises UnknownQuestionError, or UnknownInputError for an argument that is not known."""
    if token not in _ANSWERS:
        raise UnknownQuestionError(token)
    with Reader(token, arguments) as given:
        return _ANSWERS[token](place, given)


def _caller_identity(place: Place, _given: Reader) -> Properties:
    identity = place.client("sts").get_caller_identity()
    account = identity["Account"]
    return {"id": account, "accountId": account, "arn": identity["Arn"], "userId": identity["UserId"]}


def _region(place: Place, _given: Reader) -> Properties:
    region = place.region
    return {
        "id": region,
        "name": region,
        "region": region,
        "description": FULL_NAMES.get(region, region),
        "endpoint": f"ec2.{region}.amazonaws.com",
    }


def _partition(place: Place, _given: Reader) -> Properties:
    partition = place.partition
    return {
        "id": partition,
        "partition": partition,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _availability_zones(place: Place, given: Reader) -> Properties:
    filters = [{"Name": wanted.take("name"), "Values": wanted.take("values")} for wanted in given.parts("filters")]
    state = given.take("state")
    if state:
        filters.append({"Name": "state", "Values": [state]})
    zones = place.client("ec2").describe_availability_zones(Filters=filters)["AvailabilityZones"]
    return {
        "id": place.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName", place.region) for zone in zones}),
        "filters": [],
        "state": state,
    }


def _random_password(place: Place, given: Reader) -> Properties:
    manager = place.client("secretsmanager")
    shape = manager.meta.service_model.operation_model("GetRandomPassword").input_shape
    wanted = given.take_all(
        "passwordLength",
        "excludeCharacters",
        "excludeLowercase",
        "excludeNumbers",
        "excludePunctuation",
        "excludeUppercase",
        "includeSpace",
        "requireEachIncludedType",
    )
    request: dict[str, Any] = fit(shape, wanted, where="getRandomPassword", renames={})
    return {"id": place.region, "randomPassword": manager.get_random_password(**request)["RandomPassword"]}


def _registry_login(place: Place, given: Reader) -> Properties:
    registry = given.take("registryId")
    wanted = {"registryIds": [registry]} if registry else {}
    [login] = place.client("ecr").get_authorization_token(**wanted)["authorizationData"]
    user, _, password = base64.b64decode(login["authorizationToken"]).decode().partition(":")
    return {
        "id": place.region,
        "authorizationToken": login["authorizationToken"],
        "expiresAt": login["expiresAt"].isoformat(),
        "userName": user,
        "password": password,
        "proxyEndpoint": login["proxyEndpoint"],
    }


_ANSWERS: dict[str, Callable[[Place, Reader], Properties]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _registry_login,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": _random_password,
}
