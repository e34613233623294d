"""Colours that people choose, and whether text in them can be read (WCAG 2.2, section 1.4.3)."""

from __future__ import annotations

import re

ENOUGH = 4.5
_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_WHITE, _DARK = "#ffffff", "#101615"


def parse_hex(text: str) -> str | None:
    """Return `#rrggbb` in lower case, None if the text is no colour."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        return None
    digits = found.group(1).lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def is_readable_on_white(color: str) -> bool:
    """Whether text of this colour on white, and white text on it, has enough contrast."""
    return contrast(color, _WHITE) >= ENOUGH


def for_dark_pages(color: str) -> str:
    """Return the colour made lighter until it can be read on a dark page."""
    red, green, blue = _parts(color)
    for share in range(0, 101, 4):
        mixed = "#" + "".join(f"{part + (255 - part) * share // 100:02x}" for part in (red, green, blue))
        if contrast(mixed, _DARK) >= ENOUGH + 1:
            return mixed
    return _WHITE


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in _parts(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
