"""Logos that owners of booking pages upload: what is taken, what it becomes, who sees it and when it goes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image, PngImagePlugin

from convene.core.errors import Invalid
from convene.core.logos import MAX_UPLOAD_BYTES
from convene.formats.image_process import ImageReader
from convene.storage.database import Database
from factories.booking_pages import TUESDAY, Member, Pages
from factories.receivers import application_world

RED = (200, 30, 40)


@pytest.fixture
async def pages(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Pages]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield Pages(world)


def picture(
    kind: str, size: tuple[int, int] = (96, 48), color: Any = RED, mode: str = "RGB", **more
) -> bytes:
    file = BytesIO()
    Image.new(mode, size, color).save(file, kind, **more)
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few KB that says it is enormous; the first 200 lines of it are there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    lines = zlib.compress(bytes(min((4 * width + 1) * 200, 10_000_000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


async def put(
    member: Member, page: dict[str, Any], content: bytes, kind: str = "image/png"
) -> httpx.Response:
    path = f"/api/booking-pages/{page['page_id']}/logo"
    return await member.http.put(path, content=content, headers={"Content-Type": kind})


async def given(member: Member, page: dict[str, Any], content: bytes) -> dict[str, Any]:
    answer = await put(member, page, content)
    assert answer.status_code == 200, answer.text
    return answer.json()["logo"]


async def shown(pages: Pages, url: str) -> httpx.Response:
    return await (await pages.visitor()).http.get(url)


# -- what is taken, and what it becomes


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_of_each_kind_is_shown_to_visitors(pages: Pages, kind: str):
    ana = await pages.member("Ana")
    made = await ana.make()
    assert made["logo"] is None
    logo = await given(ana, made, picture(kind))
    assert (logo["width"], logo["height"]) == (96, 48)
    assert (await ana.page(made))["logo"] == logo
    answer = await shown(pages, logo["url"])
    assert answer.headers["content-type"] == "image/png"
    image = Image.open(BytesIO(answer.content))
    assert image.size == (96, 48)
    assert all(abs(a - b) < 6 for a, b in zip(image.convert("RGB").getpixel((9, 9)), RED, strict=True))
    visited = await (await pages.visitor()).open(made["url"])
    assert f'<img class="logo" src="{logo["url"]}" alt="' in visited.answer.text
    assert 'alt=""' not in visited.answer.text
    embedded = await (await pages.visitor()).open(made["url"], embed="1")
    assert logo["url"] in embedded.answer.text


async def test_the_answer_can_be_nothing_but_a_picture(pages: Pages):
    ana = await pages.member("Ana")
    answer = await shown(pages, (await given(ana, await ana.make(), picture("PNG")))["url"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("size", "becomes"),
    [((1600, 400), (480, 120)), ((400, 1600), (40, 160)), ((12, 12), (12, 12)), ((4000, 1), (480, 1))],
)
async def test_large_pictures_are_scaled_to_fit_and_small_ones_left(size, becomes):
    found = await ImageReader().read(picture("PNG", size), "logo")
    assert (found.width, found.height) == becomes


async def test_what_is_see_through_stays_so():
    for content in (
        picture("PNG", color=(0, 0, 0, 0), mode="RGBA"),
        picture("PNG", color=0, mode="P", transparency=0),
        picture("WEBP", color=(0, 0, 0, 0), mode="RGBA", lossless=True),
    ):
        found = await ImageReader().read(content, "logo")
        assert Image.open(BytesIO(found.content)).getchannel("A").getextrema() == (0, 0)


async def test_a_picture_stands_upright():
    turned = Image.Exif()
    turned[0x0112] = 6
    found = await ImageReader().read(picture("JPEG", (80, 20), exif=turned), "logo")
    assert (found.width, found.height) == (20, 80)


async def test_nothing_but_pixels_goes_on():
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "<script>alert(1)</script>")
    place = Image.Exif()
    place[0x010E] = "12 High Street"
    for content in (
        picture("PNG", pnginfo=told) + b"<html><script>alert(1)</script>",
        picture("JPEG", exif=place, comment=b"<script>") + b"PK\x03\x04<script>",
        b"".join([picture("PNG")[:-12], picture("PNG")[-12:], b"\n<?php echo 1;"]),
    ):
        found = await ImageReader().read(content, "logo")
        assert not any(said in found.content for said in (b"script", b"High Street", b"PK", b"php"))


# -- what is refused


REFUSED = {
    "no file": (b"", "not_an_image"),
    "text": (b"Hello", "not_an_image"),
    "another kind of picture": (picture("GIF"), "not_an_image"),
    "a page that says it is a picture": (b"<html><img></html>", "not_an_image"),
    "a drawing with scripts": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "not_an_image"),
    "half of a file": (picture("JPEG", (200, 200), exif=b"")[:700], "not_an_image"),
    "a head alone": (picture("PNG")[:33], "not_an_image"),
    "a torn WebP": (picture("WEBP", (300, 300))[:60], "not_an_image"),
    "more pixels than memory": (bomb(60_000, 60_000), "image_too_large"),
    "a line of pixels": (bomb(2_000_000_000, 1), "image_too_large"),
    "more than is taken": (picture("PNG") + bytes(MAX_UPLOAD_BYTES), "image_too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_anything_else_is_refused_and_changes_nothing(pages: Pages, name: str):
    content, code = REFUSED[name]
    ana = await pages.member("Ana")
    made = await ana.make()
    logo = await given(ana, made, picture("PNG"))
    answer = await put(ana, made, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["logo"]
    assert (await ana.page(made))["logo"] == logo
    assert (await shown(pages, logo["url"])).status_code == 200


async def test_a_picture_without_most_of_its_lines_is_no_danger():
    found = await ImageReader().read(bomb(4000, 4000), "logo")
    assert (found.width, found.height) == (160, 160)


async def test_a_picture_that_takes_too_long_or_too_much_ends_alone():
    large = picture("PNG", (3900, 3900))
    for reader in (ImageReader(cpu_seconds=0.01), ImageReader(memory_mib=20)):
        with pytest.raises(Invalid, match="damaged"):
            await reader.read(large, "logo")
    assert (await ImageReader().read(large, "logo")).width == 160


# -- whose it is, and when it goes


async def test_strangers_and_hosts_cannot_give_or_take_it(pages: Pages):
    ana, bo, cy = [await pages.member(name) for name in ("Ana", "Bo", "Cy")]
    made = await ana.make(mode="round_robin", hosts=[{"sub": ana.sub}, {"sub": bo.sub}])
    logo = await given(ana, made, picture("PNG"))
    for member, status in ((bo, 403), (cy, 404)):
        assert (await put(member, made, picture("PNG", color="blue"))).status_code == status
        removed = await member.http.delete(f"/api/booking-pages/{made['page_id']}/logo")
        assert removed.status_code == status
    assert (await ana.page(made))["logo"] == logo
    assert (await shown(pages, logo["url"])).status_code == 200
    eli = await pages.administrator()
    assert (await put(eli, made, picture("PNG", color="blue"))).status_code == 200


async def test_another_one_takes_its_place(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make()
    first = await given(ana, made, picture("PNG"))
    assert await given(ana, made, picture("PNG")) == first, "the same picture has the same address"
    second = await given(ana, made, picture("PNG", color="blue"))
    assert second["url"] != first["url"]
    assert (await shown(pages, first["url"])).status_code == 404
    assert (await shown(pages, second["url"])).status_code == 200


async def test_two_pages_with_one_picture_do_not_share_it(pages: Pages):
    ana = await pages.member("Ana")
    one, other = await ana.make(), await ana.make(name="Other")
    first, second = await given(ana, one, picture("PNG")), await given(ana, other, picture("PNG"))
    assert first["url"] != second["url"]
    assert (await ana.http.delete(f"/api/booking-pages/{one['page_id']}/logo")).status_code == 204
    assert (await shown(pages, first["url"])).status_code == 404
    assert (await shown(pages, second["url"])).status_code == 200


async def test_it_is_taken_away(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make()
    logo = await given(ana, made, picture("PNG"))
    for _ in range(2):
        assert (await ana.http.delete(f"/api/booking-pages/{made['page_id']}/logo")).status_code == 204
    assert (await ana.page(made))["logo"] is None
    assert (await shown(pages, logo["url"])).status_code == 404
    assert 'class="logo"' not in (await (await pages.visitor()).open(made["url"])).answer.text


async def test_an_address_elsewhere_and_a_picture_here_exclude_each_other(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(logo_url="https://pictures.example.com/a.svg")
    logo = await given(ana, made, picture("PNG"))
    assert (await ana.page(made))["logo_url"] == ""
    changed = await ana.change(made, logo_url="https://pictures.example.com/a.svg")
    assert changed.json()["logo"] is None
    assert (await shown(pages, logo["url"])).status_code == 404
    visited = await (await pages.visitor()).open(made["url"])
    assert 'src="https://pictures.example.com/a.svg"' in visited.answer.text


async def test_other_changes_leave_it(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make()
    logo = await given(ana, made, picture("PNG"))
    assert (await ana.change(made, name="Longer call", logo_url="")).json()["logo"] == logo
    assert (await ana.change(made, logo={"name": "x"})).status_code == 422
    assert (await shown(pages, logo["url"])).status_code == 200


async def test_it_goes_with_its_page_and_guests_are_still_served(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make()
    logo = await given(ana, made, picture("PNG"))
    booked = await (await pages.book(made, "10:00", TUESDAY)).go_on()
    assert logo["url"] in booked.answer.text
    assert (await ana.http.delete(f"/api/booking-pages/{made['page_id']}")).status_code == 204
    assert (await shown(pages, logo["url"])).status_code == 404
    again = await booked.visitor.open(str(booked.answer.url))
    assert again.status == 200
    assert 'class="logo"' not in again.answer.text


@pytest.mark.parametrize("name", ["x.png", "0" * 32, "0" * 32 + ".png", "0" * 32 + ".svg"])
async def test_there_is_nothing_at_other_addresses(pages: Pages, name: str):
    assert (await shown(pages, f"/book/logos/{name}")).status_code == 404
