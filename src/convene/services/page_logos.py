"""Logos that owners upload for their booking pages: drawn anew outside the server, kept with the page, shown to visitors."""

from __future__ import annotations

import hashlib

from convene.core.errors import NotFound
from convene.core.logos import Logo, is_logo_name
from convene.core.permissions import Caller
from convene.formats.image_process import ImageReader
from convene.services.booking_pages import BookingPageService, Page
from convene.storage import page_logos
from convene.storage.database import Database


class PageLogoService:
    def __init__(self, db: Database, pages: BookingPageService, reader: ImageReader) -> None:
        self.db = db
        self.pages = pages
        self.reader = reader

    async def put(self, caller: Caller, page_id: str, content: bytes) -> Page:
        """Give a page the picture in a PNG, JPEG or WebP file, in the place of any logo that it has.

        Raises:
            Invalid: names `logo`; the file is too large, damaged or no such picture.
            Forbidden, NotFound: as for changing the page.
        """
        caller.require("pages:write")
        # Nobody else's file is worth decoding.
        await self.pages.managed(caller, page_id)
        picture = await self.reader.read(content, "logo")
        name = hashlib.sha256(page_id.encode() + b"\0" + picture.content).hexdigest()[:32]
        logo = Logo(name, picture.width, picture.height)
        async with self.db.transaction() as conn:
            changed = await self.pages.change_in(
                conn, caller, page_id, {"logo": logo.to_json(), "logo_url": ""}
            )
            await page_logos.upsert_logo(conn, caller.org_id, page_id, name, picture.content)
        return changed

    async def delete(self, caller: Caller, page_id: str) -> None:
        """Remove a page's logo, if one was uploaded."""
        caller.require("pages:write")
        async with self.db.transaction() as conn:
            await self.pages.change_in(conn, caller, page_id, {"logo": None})

    async def content(self, name: str) -> bytes:
        """Return the PNG at an address; raise `NotFound` when no page has it."""
        if is_logo_name(name):
            async with self.db.transaction() as conn:
                content = await page_logos.find_content(conn, name)
            if content is not None:
                return content
        raise NotFound("There is nothing at this address.")
