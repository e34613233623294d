"""The built front end: which of its files pages of other origins may load, and which page answers where."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from convene.edge import pages

PART = "static/elements/button-abc.js"


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    for name, text in {
        "index.html": "<title>The app</title>",
        "elements.html": "<title>Live examples</title>",
        "elements.js": "export {}",
        "elements-api.js": "export {}",
        "favicon.svg": "<svg/>",
        PART: "export {}",
        "static/index-abc.js": "export {}",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    app = FastAPI()
    pages.install(app, tmp_path)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://convene.example.com")


@pytest.mark.parametrize("path", ["elements.js", "elements-api.js", PART])
async def test_the_elements_may_be_loaded_by_pages_of_any_origin(client: httpx.AsyncClient, path: str):
    answer = await client.get(f"/{path}", headers={"origin": "https://www.example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))


@pytest.mark.parametrize(
    "path", ["", "elements", "favicon.svg", "static/index-abc.js", "static/elements/no.js"]
)
async def test_nothing_else_may(client: httpx.AsyncClient, path: str):
    answer = await client.get(f"/{path}", headers={"origin": "https://www.example.org"})
    assert "access-control-allow-origin" not in answer.headers
    assert "cross-origin-resource-policy" not in answer.headers


async def test_parts_may_be_kept_and_the_door_to_them_is_asked_for_again(client: httpx.AsyncClient):
    assert "immutable" in (await client.get(f"/{PART}")).headers["cache-control"]
    assert (await client.get("/elements.js")).headers["cache-control"] == "no-cache"


async def test_the_live_examples_have_a_page_of_their_own(client: httpx.AsyncClient):
    assert "Live examples" in (await client.get("/elements")).text
    assert "The app" in (await client.get("/people")).text


@pytest.mark.parametrize("path", ["elements.js", PART])
@pytest.mark.parametrize(
    ("accepts", "is_packed"),
    [
        ("gzip, deflate, br", True),
        ("*", True),
        ("deflate, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("br", False),
        ("", False),
    ],
)
async def test_files_travel_packed_where_they_are_packed_and_the_browser_takes_it(
    client: httpx.AsyncClient, tmp_path: Path, path: str, accepts: str, is_packed: bool
):
    (tmp_path / f"{path}.gz").write_bytes(gzip.compress(b"export {}"))
    answer = await client.get(f"/{path}", headers={"accept-encoding": accepts})
    assert answer.text == "export {}"
    assert answer.headers.get("content-encoding") == ("gzip" if is_packed else None)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "javascript" in answer.headers["content-type"]


async def test_a_part_that_the_browser_has_is_not_sent_again(client: httpx.AsyncClient, tmp_path: Path):
    (tmp_path / f"{PART}.gz").write_bytes(gzip.compress(b"export {}"))
    packed, plain = [
        (await client.get(f"/{PART}", headers={"accept-encoding": way})).headers["etag"]
        for way in ("gzip", "br")
    ]
    assert packed != plain
    again = {"accept-encoding": "gzip", "if-none-match": packed}
    answer = await client.get(f"/{PART}", headers=again)
    assert (answer.status_code, answer.content) == (304, b"")
    assert "immutable" in answer.headers["cache-control"]
