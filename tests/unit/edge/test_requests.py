"""Instants in bodies: what is refused names its own field."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from convene.edge import problems
from convene.edge.requests import Body, Instant


class Meeting(Body):
    start: Instant


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    problems.install(app)

    @app.post("/meetings")
    async def post_meeting(body: Meeting) -> dict[str, str]:
        return body.model_dump(mode="json")

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://convene.example")


async def test_an_instant_comes_back_in_utc(client):
    answer = await client.post("/meetings", json={"start": "2026-11-24T09:30:00-05:00"})
    assert answer.json() == {"start": "2026-11-24T14:30:00Z"}
    assert Meeting(start="2026-11-24T14:30:00Z").start == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("tomorrow", "instant such as"),
        ("2026-11-24T14:30:00", "needs a zone"),
        ("1969-12-31T23:00:00Z", "between the years"),
        (1_800_000_000, "must be text"),
    ],
)
async def test_what_is_no_instant_is_refused_by_the_name_of_its_field(client, given, words):
    answer = await client.post("/meetings", json={"start": given})
    found = answer.json()
    assert (answer.status_code, found["code"], found["field"]) == (422, "invalid", "start")
    assert words in found["detail"]
