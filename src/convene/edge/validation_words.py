"""What is wrong with a body, in our words: Pydantic's errors as sentences that name the field and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_Context = Mapping[str, Any]


def _least(context: _Context, unit: str) -> str:
    count = context["min_length"]
    return "must not be empty" if count == 1 else f"must have at least {count} {unit}"


_REMEDIES: dict[str, Callable[[_Context], str]] = {
    "missing": lambda _: "is missing",
    "extra_forbidden": lambda _: "is not known here. Leave it out or check its spelling",
    "string_type": lambda _: "must be text",
    "string_too_short": lambda context: _least(context, "characters"),
    "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
    "too_short": lambda context: _least(context, "entries"),
    "too_long": lambda context: f"must have at most {context['max_length']} entries",
    "list_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be an object",
    "model_type": lambda _: "must be an object",
    "model_attributes_type": lambda _: "must be an object",
    "bool_type": lambda _: "must be true or false",
    "bool_parsing": lambda _: "must be true or false",
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "int_parsing_size": lambda _: "is too large a number",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "literal_error": lambda context: f"must be {context['expected']}",
    "enum": lambda context: f"must be {context['expected']}",
}


def sentence(field: str, error: Mapping[str, Any]) -> str:
    """Return one of Pydantic's errors about `field` as a sentence; its own words for those that are rare."""
    remedy = _REMEDIES.get(error["type"])
    if remedy is not None:
        return f"{field} {remedy(error.get('ctx', {}))}."
    words = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{words}." if words.startswith(f"{field} ") else f"{field}: {words}."
