"""Pictures of booking pages. Which one a page shows stands in its definition; here are the bytes."""

from __future__ import annotations

from convene.storage.database import Connection, execute, fetch_dict
from convene.storage.named_sql import load

_SQL = load("page_logos")


async def upsert_logo(conn: Connection, org_id: str, link_id: str, name: str, content: bytes) -> None:
    """Give a page this picture instead of any other."""
    params = {"org_id": org_id, "link_id": link_id, "name": name, "content": content}
    await execute(conn, _SQL["upsert_logo"], params)


async def delete_logo(conn: Connection, org_id: str, link_id: str) -> None:
    await execute(conn, _SQL["delete_logo"], {"org_id": org_id, "link_id": link_id})


async def find_content(conn: Connection, name: str) -> bytes | None:
    row = await fetch_dict(conn, _SQL["find_content"], {"name": name})
    return None if row is None else bytes(row["content"])
