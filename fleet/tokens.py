"""Who may call the fleet over HTTP: bearer tokens of two roles, compared in constant time."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

Role = Literal["client", "operator"]

_BEARER = re.compile(r"Bearer +([\x21-\x7e]{1,1024})", re.IGNORECASE)
_Token = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,1024}$")]


class InvalidTokens(ValueError):  # noqa: N818 - what they are, as the log says it
    """The stored tokens cannot be used; the message says where they are wrong and shows none of them."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    client: tuple[_Token, ...] = ()
    operator: tuple[_Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens in force, kept as hashes: none shows in a log or a traceback, and all compare at one length."""

    _roles: tuple[tuple[bytes, Role], ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the secret's value: `{"client": ["..."], "operator": ["..."]}`, printable ASCII without spaces.

        Raises:
            InvalidTokens: it is something else.
        """
        try:
            document = _Document.model_validate_json(text)
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'secret'}: {problem['type']}"
                for problem in error.errors(include_url=False, include_input=False, include_context=False)
            )
            raise InvalidTokens(f"the API's tokens are wrong: {problems}") from None
        # A token of both roles is an operator's: the last that matches counts.
        clients: list[tuple[bytes, Role]] = [(_digest(token), "client") for token in document.client]
        operators: list[tuple[bytes, Role]] = [(_digest(token), "operator") for token in document.operator]
        return cls((*clients, *operators))

    def role_of(self, bearer: str) -> Role | None:
        """The role of a token (without the word "Bearer"), None if it is not known.

        Every token is compared, whichever matches: the time tells nothing.
        """
        presented = _digest(bearer)
        found: Role | None = None
        for digest, role in self._roles:
            if hmac.compare_digest(digest, presented):
                found = role
        return found


def bearer_of(authorization: str | None) -> str | None:
    """The token in an Authorization header's value (RFC 6750), None if there is none."""
    match = _BEARER.fullmatch((authorization or "").strip(" "))
    return match[1] if match else None


def fingerprint(token: str) -> str:
    """A name for a token that may be stored and does not give it away: 32 hex digits."""
    return _digest(token).hex()[:32]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
