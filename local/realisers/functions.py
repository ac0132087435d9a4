"""Lambda: functions, layers, who may invoke them, and what feeds them."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.realisers.drift import drifted
from local.realisers.inputs import Reader
from local.realisers.realiser import Name, Properties, Realiser, if_there


class FunctionRealiser(Realiser):
    """What the types of Lambda share: the service, and where archives are found."""

    service = "lambda"

    def zip_file(self, code: Mapping[str, str]) -> bytes:
        """The bytes of an archive input."""
        return self.place.code_store.path(code["archive"]).read_bytes()

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_resource(Resource=known["arn"], Tags=dict(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_resource(Resource=known["arn"], TagKeys=list(keys))


COMPARED = {
    "description": "Description",
    "handler": "Handler",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
}
"""A function's inputs whose drift is seen, beside its environment."""


class Function(FunctionRealiser):
    """Its id is its name."""

    pulumi_type = "aws:lambda/function:Function"
    name = Name("name", 64)
    replaced_by = frozenset({"name", "packageType"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            code, architectures, concurrency = self._apart(given)
            configuration = self._configuration(given)
        self.aws.create_function(**configuration, Code={"ZipFile": self.zip_file(code)}, **architectures)
        function = configuration["FunctionName"]
        self._reserve(function, concurrency)
        return function

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_function_configuration, FunctionName=resource_id)
        if found is None:
            return None
        arn = found["FunctionArn"]
        invoke = f"arn:{self.place.partition}:apigateway:{self.place.region}:lambda:path/2015-03-31/functions"
        return {
            "arn": arn,
            "invokeArn": f"{invoke}/{arn}/invocations",
            "qualifiedArn": f"{arn}:{found['Version']}",
            "version": found["Version"],
            "lastModified": found["LastModified"],
            "codeSha256": found["CodeSha256"],
            "sourceCodeSize": found["CodeSize"],
        }

    def drift(self, resource_id: str, known: Properties) -> Properties:
        """Of its settings and its environment; not of its code, which nobody but a deployment writes."""
        live = self.aws.get_function_configuration(FunctionName=resource_id)
        variables = live.get("Environment", {}).get("Variables", {})
        changed = drifted(known, COMPARED, live)
        if variables != known.get("environment", {}).get("variables", {}):
            changed["environment"] = {"variables": variables}
        return changed

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            code, architectures, concurrency = self._apart(given)
            configuration = self._configuration(given)
        was = self.reading(old)
        code_before, architectures_before, concurrency_before = self._apart(was)
        before = self._configuration(was)
        if configuration != before:
            # Lambda keeps what an update does not name, so what the program dropped is set back.
            empty = {"Layers": [], "Environment": {"Variables": {}}, "Description": "", "Timeout": 3, "MemorySize": 128}
            dropped = {member: value for member, value in empty.items() if member in before}
            self.aws.update_function_configuration(**{**dropped, **configuration})
        if (code, architectures) != (code_before, architectures_before):
            self.aws.update_function_code(FunctionName=resource_id, ZipFile=self.zip_file(code), **architectures)
        if concurrency != concurrency_before:
            self._reserve(resource_id, concurrency)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_function, FunctionName=resource_id)

    def _apart(self, given: Reader) -> tuple[Mapping[str, str], dict[str, list[str]], int]:
        """What UpdateFunctionConfiguration does not take: archive, architectures, reserved concurrency (-1: none)."""
        architectures = given.take("architectures")
        return (
            given.take("code"),
            {"Architectures": architectures} if architectures else {},
            given.take("reservedConcurrentExecutions", -1),
        )

    def _configuration(self, given: Reader) -> dict[str, Any]:
        given.take("packageType")  # Zip: an image has no archive
        return given.fit(self.request("UpdateFunctionConfiguration"), {"name": "FunctionName"})

    def _reserve(self, function: str, concurrency: int) -> None:
        if concurrency >= 0:
            self.aws.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=concurrency)
        else:
            if_there(self.aws.delete_function_concurrency, FunctionName=function)


class LayerVersion(FunctionRealiser):
    """A version never changes: every change publishes another one. Its id is its ARN."""

    pulumi_type = "aws:lambda/layerVersion:LayerVersion"

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            code = given.take("code")
            request = given.fit(self.request("PublishLayerVersion"))
        return self.aws.publish_layer_version(**request, Content={"ZipFile": self.zip_file(code)})["LayerVersionArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        layer_arn, _, version = resource_id.rpartition(":")
        found = if_there(self.aws.get_layer_version, LayerName=known["layerName"], VersionNumber=int(version))
        if found is None:
            return None
        return {
            "arn": resource_id,
            "layerArn": layer_arn,
            "version": version,
            "createdDate": found["CreatedDate"],
            "codeSha256": found["Content"]["CodeSha256"],
            "sourceCodeSize": found["Content"]["CodeSize"],
        }

    def delete(self, resource_id: str, known: Properties) -> None:
        version = int(resource_id.rpartition(":")[2])
        if_there(self.aws.delete_layer_version, LayerName=known["layerName"], VersionNumber=version)


class Permission(FunctionRealiser):
    """A statement of a function's policy. Its id is the statement's."""

    pulumi_type = "aws:lambda/permission:Permission"
    name = Name("statementId", 100)

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = given.fit(
                self.request("AddPermission"), {"function": "FunctionName", "principalOrgId": "PrincipalOrgID"}
            )
        self.aws.add_permission(**request)
        return request["StatementId"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_policy, FunctionName=known["function"])
        statements = json.loads(found["Policy"])["Statement"] if found else []
        return {} if any(statement["Sid"] == resource_id for statement in statements) else None

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.remove_permission, FunctionName=known["function"], StatementId=resource_id)


class EventSourceMapping(FunctionRealiser):
    """Its id is its UUID."""

    pulumi_type = "aws:lambda/eventSourceMapping:EventSourceMapping"
    replaced_by = frozenset({"eventSourceArn", "startingPosition"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = given.fit(self.request("CreateEventSourceMapping"))
        return self.aws.create_event_source_mapping(**request)["UUID"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_event_source_mapping, UUID=resource_id)
        if found is None:
            return None
        return {
            "uuid": resource_id,
            "arn": found["EventSourceMappingArn"],
            "functionArn": found["FunctionArn"],
            "state": found["State"],
            "stateTransitionReason": found["StateTransitionReason"],
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            self.fixed(given, "CreateEventSourceMapping")
            request = given.fit(self.request("UpdateEventSourceMapping"))
        self.aws.update_event_source_mapping(UUID=resource_id, **request)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_event_source_mapping, UUID=resource_id)


class FunctionEventInvokeConfig(FunctionRealiser):
    """What becomes of a function's asynchronous runs. Its id is the function's name."""

    pulumi_type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    replaced_by = frozenset({"functionName"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = given.fit(self.request("PutFunctionEventInvokeConfig"))
        self.aws.put_function_event_invoke_config(**request)
        return request["FunctionName"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        return {} if if_there(self.aws.get_function_event_invoke_config, FunctionName=resource_id) else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_function_event_invoke_config, FunctionName=resource_id)


class FunctionUrl(FunctionRealiser):
    """A function's own address. Its id is the function's name."""

    pulumi_type = "aws:lambda/functionUrl:FunctionUrl"
    replaced_by = frozenset({"functionName", "qualifier"})

    def create(self, inputs: Properties) -> str:
        request = self._request(inputs)
        self.aws.create_function_url_config(**request)
        return request["FunctionName"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_function_url_config, FunctionName=resource_id)
        if found is None:
            return None
        url = found["FunctionUrl"].rstrip("/")
        host = url.partition("://")[2]
        return {"functionArn": found["FunctionArn"], "functionUrl": f"{url}/", "urlId": host.partition(".")[0]}

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.aws.update_function_url_config(**self._request(inputs))

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_function_url_config, FunctionName=resource_id)

    def _request(self, inputs: Properties) -> dict[str, Any]:
        with self.reading(inputs) as given:
            return given.fit(self.request("CreateFunctionUrlConfig"), {"authorizationType": "AuthType"})
