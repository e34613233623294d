"""The machinery of server-rendered pages."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from convene.edge.templates import STYLESHEET
from convene.services.link_gate import LinkGate
from factories.access_world import World

ROOT = Path(__file__).parents[2]


def test_pages_wear_the_same_tokens_as_the_front_end():
    ours = (ROOT / "src/convene/pages/static/tokens.css").read_bytes()
    assert ours == (ROOT / "web/src/styles/tokens.css").read_bytes(), "copy web/src/styles/tokens.css there"


async def test_a_fault_of_ours_is_a_page_to_people_and_a_problem_to_programs(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
):
    async def broken(*_: object) -> None:
        raise RuntimeError("not foreseen")

    monkeypatch.setattr(LinkGate, "view", broken)
    answers = httpx.ASGITransport(world.installation.app, raise_app_exceptions=False)
    base_url = world.installation.settings.base_url
    async with httpx.AsyncClient(transport=answers, base_url=base_url) as http:
        shown = await http.get("/book/x", headers={"Accept": "text/html,*/*;q=0.8"})
        told = await http.get("/book/x", headers={"Accept": "application/json"})
    assert (shown.status_code, told.status_code) == (500, 500)
    assert "<h1>Something went wrong here</h1>" in shown.text
    assert "not foreseen" not in shown.text + told.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert told.json()["code"] == "internal"


async def test_the_stylesheet_is_served_under_its_hash(world: World):
    answer = await (await world.client()).get(STYLESHEET)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert "--cv-accent" in answer.text
    assert ".gate" in answer.text
