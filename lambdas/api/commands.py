"""The bodies of operators' commands."""

from http import HTTPStatus
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from fleet.command import CommandName
from lambdas.api.answers import Refusal

MAX_BODY_BYTES = 4096

Words = Annotated[str, Field(max_length=500)]


class Order(BaseModel):
    """A command's body; an empty one is `{}`. A field that is not known is refused: it might have mattered."""

    model_config = ConfigDict(extra="forbid")

    reason: Words = ""
    by: Words = "api"


class Hold(Order):
    """`hold` at `count` tasks (none given: as many as there are) until a time (none given: until `resume`)."""

    count: Annotated[int, Field(ge=0, strict=True)] | None = None
    until: AwareDatetime | None = None


def parse_order(command: CommandName, body: bytes) -> Order:
    """The body of `command`.

    Raises:
        Refusal: 413 for one that is too long, 400 for one that is no JSON, 422 for one that says something else; then
            `problems` in the document lists all that is wrong.
    """
    if len(body) > MAX_BODY_BYTES:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A command takes {MAX_BODY_BYTES} bytes at most")
    model = Hold if command == "hold" else Order
    try:
        return model.model_validate_json(body.strip() or b"{}")
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
    if problems[0]["type"] == "json_invalid":
        raise Refusal(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {problems[0]['msg']}")
    found = [{"field": ".".join(map(str, each["loc"])) or "body", "message": each["msg"]} for each in problems]
    raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"{command} does not take this body", more={"problems": found})
