"""What every handler needs of a request: the caller, bodies that refuse unknown fields, instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    field_validator,
)
from pydantic_core import PydanticCustomError

from convene.core.errors import Invalid
from convene.core.permissions import Caller
from convene.edge.json_values import storable


class Body(BaseModel):
    """A request body: unknown fields are refused, text is trimmed, what cannot be stored is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        return storable(value)


def format_instant(value: datetime) -> str:
    """Return RFC 3339 in UTC with `Z`, whole seconds unless there are parts."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_instant(text: str, field: str) -> datetime:
    """Parse RFC 3339 with an offset between the years 1970 and 2199; raise `Invalid` naming `field`."""
    try:
        value = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise Invalid(field, f"{field} must be an instant such as 2026-11-24T14:30:00Z.") from error
    if value.tzinfo is None:
        raise Invalid(field, f"{field} needs a zone: write it in UTC with Z at the end.")
    if not 1970 <= value.year <= 2199:
        raise Invalid(field, f"{field} must lie between the years 1970 and 2199.")
    return value.astimezone(UTC)


def _bounded(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("instant", "must be text such as 2026-11-24T14:30:00Z")
    try:
        return parse_instant(value, "it")
    except Invalid as error:
        # Only Pydantic knows which field this is, so it must be the one to say it.
        raise PydanticCustomError("instant", "{detail}", {"detail": error.detail}) from error


Instant = Annotated[AwareDatetime, BeforeValidator(_bounded), PlainSerializer(format_instant)]


async def caller(request: Request) -> Caller:
    """The authenticated caller of this request; raises `Unauthenticated`. Provided by the identity layer."""
    found = await request.app.state.authenticate(request)
    assert isinstance(found, Caller)
    return found


CallerDep = Annotated[Caller, Depends(caller)]
