"""QR codes (ISO/IEC 18004) of addresses, as SVG that scales."""

from __future__ import annotations

from io import BytesIO

import segno

# What scanners expect around a code, in modules.
_QUIET_ZONE = 4


def qr_svg(text: str, title: str) -> str:
    """Return an SVG image of `text`, dark on white whatever the page around it; `title` is its name for readers."""
    out = BytesIO()
    code = segno.make(text, micro=False, error="m", boost_error=False)
    code.save(
        out, kind="svg", border=_QUIET_ZONE, dark="#101615", light="#ffffff", title=title, omitsize=True
    )
    return out.getvalue().decode()
