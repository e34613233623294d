"""Files that applications attach to their events: how they may be named, how big they are, how they are handed out."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from urllib.parse import quote

MAX_FILE_BYTES = 750_000
"""Of one file. As base64 it is a third more, and must fit into a request's body (1 MiB), escaped slashes and all."""
MAX_TOTAL_BYTES = 100_000_000
"""Of all the files of one application."""
MAX_OF_EVENT = 10
MAX_NAME = 200
PATH = "/attachments/"
"""Where files are served, below the installation's address: `/attachments/<token>/<name>`."""

TOKEN_PREFIX = "cvf_"  # noqa: S105 - what tokens begin with
OUR_ADDRESS = re.compile(rf"https?://[^/\s]+(?:/[^/\s]+)*{PATH}{TOKEN_PREFIX}[A-Za-z0-9_-]{{43}}/")
"""What the addresses of our files begin with, whichever name this installation had when they were written."""

# RFC 6838 section 4.2: restricted-name, twice.
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_CONTENT_TYPE = re.compile(rf"{_NAME}/{_NAME}")
# Marks that turn the direction of writing around, by which `gpj.exe` looks like `exe.jpg`.
_TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = ("Cc", "Cs", "Zl", "Zp")
_SERVED_AS_IS = frozenset(
    {
        "application/gzip",
        "application/json",
        "application/msword",
        "application/pdf",
        "application/rtf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/zip",
        "audio/mpeg",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/calendar",
        "text/csv",
        "text/plain",
        "text/vcard",
        "video/mp4",
    }
)


def name_problem(name: str) -> str:
    """Return what is wrong with a file's name, as words that follow the field's name; "" if nothing is."""
    if not 1 <= len(name) <= MAX_NAME:
        return f"must have 1 to {MAX_NAME} characters"
    if "/" in name or "\\" in name or name.strip(" .") == "":
        return "must be the name of a file, without a path"
    if any(char in _TURNS or unicodedata.category(char) in _UNSEEN for char in name):
        return "must not have control characters"
    return ""


def is_content_type(text: str) -> bool:
    """Tell whether `text` is a media type by RFC 6838, without parameters."""
    return _CONTENT_TYPE.fullmatch(text) is not None


def decoded(text: str) -> bytes | None:
    """Return the bytes of base64 text (RFC 4648 section 4); None for anything that is not exactly that.

    No line ends, none of the URL alphabet, with its padding, and no bits that say nothing.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == text else None


def served_type(content_type: str) -> str:
    """Return the type with which a file is handed out: its own where no browser can do anything with it but show it."""
    lowered = content_type.lower()
    return lowered if lowered in _SERVED_AS_IS else "application/octet-stream"


def disposition(file_name: str) -> str:
    """Return a `Content-Disposition` that saves the file under its name (RFC 6266)."""
    plain = "".join(char if " " <= char < "\x7f" and char not in '"\\%' else "_" for char in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def address(base_url: str, token: str, file_name: str) -> str:
    """Return where a file can be fetched by whoever knows it."""
    return f"{base_url}{PATH}{token}/{quote(file_name, safe='')}"
