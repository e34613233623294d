"""The machinery of server-rendered pages."""

from __future__ import annotations

from pathlib import Path

from test_access import World, world  # noqa: F401

from convene.edge.templates import STYLESHEET

ROOT = Path(__file__).parents[2]


def test_pages_wear_the_same_tokens_as_the_front_end():
    ours = (ROOT / "src/convene/pages/static/tokens.css").read_bytes()
    assert ours == (ROOT / "web/src/styles/tokens.css").read_bytes(), "copy web/src/styles/tokens.css there"


async def test_the_stylesheet_is_served_under_its_hash(world: World):  # noqa: F811
    answer = await (await world.client()).get(STYLESHEET)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert "--cv-accent" in answer.text
    assert ".gate" in answer.text
