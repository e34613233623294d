"""JSON from outside that can be kept: what a database text or `jsonb` cannot hold is refused at the door."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from convene.core.errors import Invalid

# Deeper than anything we ask for, far below what makes a parser or a serializer give up.
MAX_DEPTH = 32
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """Return `value` if all of it can be stored; raise a validation error otherwise.

    Refused: U+0000 and lone surrogates in text and names, numbers that are not finite, more than `MAX_DEPTH` levels.
    """
    _check(value, MAX_DEPTH)
    return value


def _check(value: Any, levels: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite", "must be a finite number")
    elif isinstance(value, dict | list):
        if levels == 0:
            raise PydanticCustomError("depth", "has more than {most} levels", {"most": MAX_DEPTH})
        for item in value:
            _check(item, levels - 1)
        if isinstance(value, dict):
            for item in value.values():
                _check(item, levels - 1)


def _check_text(text: str) -> None:
    found = _NOT_STORABLE.search(text)
    if found is not None:
        raise PydanticCustomError(
            "character",
            "contains the character {code}, which is not allowed",
            {"code": f"U+{ord(found[0]):04X}"},
        )


def _storable_fields(value: Any) -> Any:
    """`storable` for a whole body: says itself which field is at fault, as there is no schema that would."""
    if not isinstance(value, dict):
        return value
    for name, item in value.items():
        try:
            _check_text(name)
        except PydanticCustomError as error:
            raise Invalid("body", f"body: a name {error.message()}.") from error
        try:
            _check(item, MAX_DEPTH)
        except PydanticCustomError as error:
            raise Invalid(name, f"{name} {error.message()}.") from error
    return value


JsonObject = Annotated[dict[str, Any], BeforeValidator(_storable_fields)]
"""A body without a schema of its own."""
