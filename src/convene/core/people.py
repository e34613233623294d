"""Facts about people that arrive from outside: addresses, names, zones, passwords. Checked here, once.

Every function returns the value to store or raises `Invalid` that names the field and the remedy.
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from functools import cache

from convene.core.errors import Invalid

# RFC 5321 section 4.5.3.1 sizes; an ASCII mailbox, so that no two spellings of an address look or fold alike.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# Overrides and isolates change the order of the text around them (Unicode TR 9 section 2).
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})
# Words that passwords are made of when people do not think; with digits and signs around them they are no better.
_COMMON = frozenset(
    {
        *(
            "password",
            "passwort",
            "passwd",
            "qwerty",
            "qwertyuiop",
            "qwertz",
            "azerty",
            "asdfghjkl",
            "iloveyou",
        ),
        *(
            "welcome",
            "letmein",
            "admin",
            "administrator",
            "changeme",
            "secret",
            "default",
            "dragon",
            "monkey",
        ),
        *(
            "football",
            "baseball",
            "sunshine",
            "princess",
            "superman",
            "batman",
            "master",
            "shadow",
            "michael",
        ),
        *("trustno", "convene", "calendar", "schedule", "abcdefgh", "abcdefghi", "abcd", "abc"),
    }
)
PASSWORD_MIN = 8
PASSWORD_MAX = 512


def checked_email(text: str, field: str = "email") -> str:
    """Return an e-mail address with a lower-case domain."""
    email = text.strip()
    local, at, domain = email.rpartition("@")
    labels = domain.split(".")
    if (
        not at
        or len(email) > 254
        or len(local) > 64
        or not _LOCAL.fullmatch(local)
        or not all(_LABEL.fullmatch(label) for label in labels)
    ):
        hint = "" if email.isascii() else " Write an international domain in its xn-- form."
        raise Invalid(field, f"{field} must be an e-mail address such as ana@example.com.{hint}")
    return f"{local}@{domain.lower()}"


def checked_line(text: str, field: str, *, max_length: int, required: bool = False) -> str:
    """Return one line of plain text: trimmed, NFC, without control characters and direction overrides."""
    line = unicodedata.normalize("NFC", text).strip()
    for char in line:
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _BIDI:
            raise Invalid(field, f"{field} must not contain control characters such as U+{ord(char):04X}.")
    if len(line) > max_length:
        raise Invalid(field, f"{field} must have at most {max_length} characters; this has {len(line)}.")
    if required and not any(unicodedata.category(char)[0] in "LNPS" for char in line):
        raise Invalid(field, f"{field} must not be empty.")
    return line


def checked_name(text: str, field: str = "name") -> str:
    """Return a person's, an organisation's or a key's name: one visible line of at most 200 characters."""
    return checked_line(text, field, max_length=200, required=True)


@cache
def known_zones() -> frozenset[str]:
    """Names of all zones in the zone database."""
    return frozenset(zoneinfo.available_timezones()) - _NOT_ZONES


def checked_tzid(text: str, field: str = "tzid") -> str:
    """Return the name of a zone in the IANA database."""
    if text not in known_zones():
        raise Invalid(field, f"{field} must be an IANA time zone such as Europe/London.")
    return text


def checked_password(text: str, field: str = "password", *, email: str = "", name: str = "") -> str:
    """Return a password that is long enough and not among the first that anyone would guess."""
    if len(text) < PASSWORD_MIN:
        raise Invalid(field, f"{field} must have at least {PASSWORD_MIN} characters.")
    if len(text) > PASSWORD_MAX:
        raise Invalid(field, f"{field} must have at most {PASSWORD_MAX} characters.")
    folded = text.casefold()
    core = folded.strip("0123456789 !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~\\").replace("0", "o").replace("@", "a")
    own = {part.casefold() for part in (email, email.partition("@")[0], name, *name.split()) if part}
    is_number = core == "" and len(folded) < 12
    if (
        len(set(folded)) < 4
        or is_number
        or core in _COMMON
        or folded in own
        or (len(core) > 3 and core in own)
    ):
        raise Invalid(field, f"{field} is easy to guess. Use a few words or a password manager.")
    return text
