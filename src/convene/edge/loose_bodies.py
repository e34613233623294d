"""Bodies and queries of the Cronofy-compatible surface, read as generously as its SDKs write them.

Bodies are JSON or form-encoded; unknown members are ignored; null means absent; arrays in queries and forms carry
brackets (`calendar_ids[]=a`). What cannot be understood is refused by name: `LooseModel` names fields as the request
does, with dots and positions (`participants.0.members`).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, TypeVar, get_origin
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from convene.core.errors import Invalid
from convene.edge.json_values import storable

MAX_FIELDS = 2000
_FORM = "application/x-www-form-urlencoded"


class LooseModel(BaseModel):
    """A body or query that ignores what it does not know. Fields in `keeps_null` are told null and absent apart."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)
    keeps_null: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {
            name: storable(value)
            for name, value in data.items()
            if value is not None or name in cls.keeps_null
        }


M = TypeVar("M", bound=LooseModel)


async def body_of(request: Request) -> dict[str, Any]:
    """Return the members of a JSON or form-encoded body; no body has none.

    Raises `Invalid` naming `body` for anything but an object.
    """
    raw = await request.body()
    if not raw.strip():
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise Invalid("body", "The body is not UTF-8.") from None
        return _members(text, "body")
    return json_members(raw)


def json_members(raw: bytes) -> dict[str, Any]:
    """`body_of` for the text of a JSON object."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Invalid("body", "The body is not valid JSON.", code="malformed") from None
    if not isinstance(found, dict):
        raise Invalid("body", "The body must be a JSON object.")
    return found


def query_of(request: Request) -> dict[str, Any]:
    """Return the query's members; names with `[]` hold lists."""
    return _members(request.url.query, "query")


def _members(text: str, field: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise Invalid(field, f"The {field} cannot be read: check its encoding and length.") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            found.setdefault(name[:-2], []).append(value)
        else:
            found[name] = value
    return found


def parse(model: type[M], members: Mapping[str, Any]) -> M:
    """Return `members` as a `model`; raise `Invalid` with all that is wrong, each under its field's name."""
    try:
        return model.model_validate(members)
    except ValidationError as error:
        found = [told(item) for item in error.errors()]
        raise Invalid(found[0]["field"], found[0]["description"], errors=found) from error


def told(item: Mapping[str, Any]) -> dict[str, str]:
    """Return one of Pydantic's errors as `{field, key, description}`."""
    parts = [str(part) for part in item["loc"] if part not in ("body", "query", "path", "header")]
    field = ".".join(parts) or "body"
    if item["type"] == "missing":
        return {"field": field, "key": "errors.required", "description": f"{field} must be specified"}
    message = str(item["msg"]).removeprefix("Value error, ")
    text = message if message.startswith(field) else f"{field}: {message}"
    return {"field": field, "key": "errors.invalid", "description": text}


def loose_body(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """Return a dependency that reads the request's body as `model`."""

    async def read(request: Request) -> M:
        return parse(model, await body_of(request))

    return read


def loose_query(model: type[M]) -> Callable[[Request], M]:
    """Return a dependency that reads the request's query as `model`. List fields may come without brackets."""
    lists = {
        name: field.alias or name
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is list or "list[" in str(field.annotation)
    }

    def read(request: Request) -> M:
        members = query_of(request)
        for alias in lists.values():
            if isinstance(members.get(alias), str):
                members[alias] = [members[alias]]
        return parse(model, members)

    return read


def documented(
    body: type[LooseModel] | None = None,
    example: Any = None,
    *,
    query: type[LooseModel] | None = None,
) -> dict[str, Any]:
    """Return what a route's `openapi_extra` says of its body (with an example) and query."""
    extra: dict[str, Any] = {}
    if body is not None:
        content: dict[str, Any] = {"schema": _inlined(body.model_json_schema(by_alias=True))}
        if example is not None:
            content["example"] = example
        extra["requestBody"] = {"required": True, "content": {"application/json": content}}
    if query is not None:
        schema = _inlined(query.model_json_schema(by_alias=True))
        required = set(schema.get("required", []))
        extra["parameters"] = [
            {
                "name": f"{name}[]" if _is_list(member) else name,
                "in": "query",
                "required": name in required,
                "schema": member,
            }
            for name, member in schema.get("properties", {}).items()
        ]
    return extra


def _is_list(schema: Mapping[str, Any]) -> bool:
    kinds = [schema, *schema.get("anyOf", [])]
    return any(kind.get("type") == "array" for kind in kinds)


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Put definitions in the place of references: a body's schema stands in the middle of a larger document."""
    definitions = schema.pop("$defs", {})

    def put(node: Any) -> Any:
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/$defs/")
            if name in definitions:
                return put({**definitions[name], **{key: node[key] for key in node if key != "$ref"}})
            return {key: put(value) for key, value in node.items()}
        if isinstance(node, list):
            return [put(item) for item in node]
        return node

    inlined = put(schema)
    assert isinstance(inlined, dict)
    return inlined
