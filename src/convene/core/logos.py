"""Logos of booking pages: what an uploaded picture becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_UPLOAD_BYTES = 512 * 1024
MAX_WIDTH, MAX_HEIGHT = 480, 160
"""What a picture is scaled down to; it is shown at half of that, for screens of double density."""
MAX_PIXELS = 16_000_000
"""A picture of 4,000 by 4,000 pixels, 64 MB once it is decoded."""
MAX_STORED_BYTES = 512 * 1024
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo that is stored here. `name` is made of page and picture, so its address may be kept for ever."""

    name: str
    width: int
    height: int

    @property
    def path(self) -> str:
        """Where it is served, below the installation's address."""
        return f"/book/logos/{self.name}.png"

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "width": self.width, "height": self.height}


def logo_of(given: Mapping[str, Any] | None) -> Logo | None:
    """Return a logo from how it is stored with its page; None for none."""
    return Logo(str(given["name"]), int(given["width"]), int(given["height"])) if given else None


def is_logo_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text))
