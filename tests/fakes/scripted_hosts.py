"""Many hosts without a network: stands in for the guarded client where only what is asked of whom matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from convene.providers.http_client import Answer


@dataclass
class ScriptedHosts:
    """Answers by (method, address); 404 elsewhere. A function is given the body."""

    pages: Mapping[tuple[str, str], tuple[int, bytes] | Callable[[bytes], tuple[int, bytes]]]
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def request(self, method: str, url: str, **given: Any) -> Answer:
        auth = given.get("auth")
        self.asked.append((method, url, auth[0] if auth else ""))
        page = self.pages.get((method, url), (404, b""))
        status, body = page if isinstance(page, tuple) else page(given.get("content", b""))
        return Answer(status, {}, body, url)
