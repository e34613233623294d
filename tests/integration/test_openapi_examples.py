"""Every call in `/openapi.json` shows what is sent and what is answered, and both are true."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import convene
from convene.edge.openapi_examples import read_examples, successes
from convene.storage.database import Database
from factories.access_world import World, access_world
from policy import POLICY, V1

METHODS = {"get", "post", "put", "patch", "delete"}
# Answers whose request needs somebody else's server, or a state that is tested where the call is.
NOT_SENT = {
    "PUT /api/booking-pages/{page_id}/logo",
    "POST /api/calendar-connections",
    "POST /api/calendar-connections/oauth",
    "POST /api/smart-invites/reply",
    "POST /api/bookings/{booking_id}/decline",
    "POST /api/bookings/{booking_id}/proposals/{proposal_id}/accept",
    "POST /api/bookings/{booking_id}/proposals/{proposal_id}/decline",
    "POST /connect/api/notifications/read",
    "POST /connect/api/availability-shares/{shared_in}/bookings",
    "GET /.well-known/oauth-authorization-server",
}
OF_CHANNELS = re.compile(r"(PATCH|POST) /connect/api/conversations/\{conversation_id\}(/join|/members)?$")
ID = re.compile(r"\b([a-z]{3})_0e8t8fbh3s1pr7q2q5e0m0k5[0-9a-z]{2}\b")


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[World]:
    async with access_world(database_url, tmp_path, clock) as found:
        yield found


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, found in document["paths"].items():
        for method, operation in found.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def examples_of(content: Mapping[str, Any]) -> list[Any]:
    several = [example["value"] for example in content.get("examples", {}).values()]
    return [*several, *([content["example"]] if "example" in content else [])]


async def test_every_call_shows_what_is_sent_and_what_is_answered(world: World):
    missing = []
    for name, operation in operations(world.installation.app.openapi()):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            is_file = content.get("schema", {}).get("format") == "binary"  # which no document can show
            if not examples_of(content) and not is_file:
                missing.append(f"{name}: no example of a request ({kind})")
        if not any(status.startswith(("2", "3")) for status in operation["responses"]):
            missing.append(f"{name}: no success is documented")
        if not all(examples_of(content) for content in successes(operation)):
            missing.append(f"{name}: no example of the answer")
    assert missing == []


async def test_examples_are_of_calls_that_there_are(world: World):
    there = {name for name, _ in operations(world.installation.app.openapi())}
    assert set(all_examples()) - there == set()


async def test_examples_are_valid_by_their_own_schemas(world: World):
    document = world.installation.app.openapi()
    wrong, judged = [], 0
    for name, operation in operations(document):
        asked = operation.get("requestBody", {}).get("content", {}).values()
        for content in (*asked, *successes(operation)):
            schema = {**content.get("schema", {}), "components": document["components"]}
            for example in examples_of(content):
                judged += 1
                wrong += [
                    f"{name}: {error.message}"
                    for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(example)
                ]
    assert wrong == []
    assert judged > 150


async def test_what_is_shown_is_what_is_answered(world: World):
    """Every request is sent as it stands, but for ids; each member of its answer's example is in the real answer."""
    browser = await world.browser(world.ana)
    answer = await browser.post("/connect/api/conversations", json={"kind": "channel", "name": "plans"})
    channel = answer.json()["conversation_id"]
    wrong, sent = [], 0
    document = world.installation.app.openapi()
    examples = all_examples()
    for name in sorted(examples, key=lambda name: (ends_something(name), name)):
        row = POLICY[name]
        if name in NOT_SENT or row.rule == V1 or "/oauth/" in name:
            continue
        example = examples[name]
        ids = {**world.ids, "conversation_id": channel} if OF_CHANNELS.match(name) else world.ids
        if "request" in example:
            row = replace(row, body=example_of_here(example["request"], world))
        # Whoever takes up an invitation or signs in is somebody new to this browser.
        is_new = name in ("POST /api/invitations/accept", "POST /api/session")
        answer = await world.ask(await world.client() if is_new else browser, name, row, ids)
        sent += 1
        if not answer.is_success:
            wrong.append((name, answer.status_code, answer.text[:300]))
        elif "json" not in answer.headers.get("content-type", "json"):
            kinds = document["paths"][name.partition(" ")[2]][name.partition(" ")[0].lower()]["responses"]
            kind = answer.headers["content-type"].partition(";")[0]
            wrong += [] if kind in kinds["200"]["content"] else [(name, kind)]
        elif "response" in example:
            wrong += [(name, found) for found in not_there(example["response"], answer.json())]
    assert wrong == []
    assert sent > 70


def all_examples() -> dict[str, Mapping[str, Any]]:
    here = Path(convene.__file__).parent
    return read_examples(*(here / part / "openapi_examples.json" for part in ("api", "connect")))


def ends_something(name: str) -> int:
    """Reading first, then making, then what other examples would miss."""
    if name.startswith("GET "):
        return 0
    return 2 if name.startswith("DELETE ") or name.endswith(("/cancel", "/leave")) else 1


def example_of_here(value: Any, world: World) -> Any:
    """Put this world's ids in the place of the document's."""
    here = {"acc": world.ids["sub"], "res": world.ids["resource_id"], "app": world.ids["client_id"]}
    text = ID.sub(lambda found: here.get(found[1], found[0]), json.dumps(value))
    return json.loads(text.replace("0hDl2gJ3n9c8yT5q7wXvZbM4kR6sF1aEoUpLiNtHxYk", world.ids["token"]))


def not_there(shown: Any, real: Any, path: str = "") -> Iterator[str]:
    """Return what an example tells and the answer does not: members, and kinds of values."""
    if isinstance(shown, dict) and isinstance(real, dict):
        for name, value in shown.items():
            if ID.fullmatch(name):
                continue  # a table by ids
            if name not in real:
                yield f"{path}/{name} is not answered"
            else:
                yield from not_there(value, real[name], f"{path}/{name}")
    elif isinstance(shown, list) and isinstance(real, list):
        if shown and real:
            yield from not_there(shown[0], real[0], f"{path}/0")
    elif shown is not None and real is not None and not is_alike(shown, real):
        yield f"{path} is {type(real).__name__}, not {type(shown).__name__}"


def is_alike(shown: Any, real: Any) -> bool:
    numbers = (int, float)
    if isinstance(shown, bool) or isinstance(real, bool):
        return isinstance(shown, bool) and isinstance(real, bool)
    return type(shown) is type(real) or (isinstance(shown, numbers) and isinstance(real, numbers))
