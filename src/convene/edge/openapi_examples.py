"""Examples in `/openapi.json`: what is sent to each call and what it answers, kept beside the code in JSON files.

A file has a member per call, `"POST /api/bookings": {"request": …, "response": …}`. Calls whose route gives an example
itself have no need of one. The tests send the requests and compare the answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI

Examples = Mapping[str, Mapping[str, Any]]


def read_examples(*files: Path) -> dict[str, Mapping[str, Any]]:
    """Return all examples, by method and path."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in files:
        found.update(json.loads(file.read_text("utf-8")))
    return found


def install(app: FastAPI, *files: Path) -> None:
    """Let the application's document carry the examples of these files."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            put_examples(make(), read_examples(*files))
        return make()

    app.openapi = openapi  # type: ignore[method-assign]


def put_examples(document: dict[str, Any], examples: Examples) -> None:
    """Add examples to an OpenAPI document where it has none."""
    for name, example in examples.items():
        method, _, path = name.partition(" ")
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is None:
            continue  # this installation does without the surface
        if "request" in example:
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content.setdefault("example", example["request"])
        if "response" in example:
            for content in successes(operation):
                content.setdefault("example", example["response"])


def successes(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the contents of an operation's successful answers."""
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield from response.get("content", {}).values()
