"""How an answer is held against what a case expects: placeholders, subsets, types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

_HOLE = re.compile(r"\{(\w+)\}")


def filled(value: Any, known: Mapping[str, str]) -> Any:
    """Put values in the place of `{names}`; an unknown name stays as it is."""
    if isinstance(value, str):
        return _HOLE.sub(lambda found: known.get(found.group(1), found.group(0)), value)
    if isinstance(value, list):
        return [filled(item, known) for item in value]
    if isinstance(value, dict):
        return {filled(name, known): filled(item, known) for name, item in value.items()}
    return value


def differences(expected: Any, found: Any, path: str = "$", *, exact: bool = False) -> list[str]:
    """What keeps `found` from being what a case expects. Members beyond the expected ones count only if `exact`."""
    if isinstance(expected, str) and expected.startswith("<") and expected.endswith(">"):
        return [] if _is_a(expected[1:-1], found) else [f"{path}: {found!r} is no {expected}"]
    if isinstance(expected, dict):
        return _of_object(expected, found, path, exact)
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return [f"{path}: {found!r} instead of {len(expected)} items"]
        return [
            text
            for at, item in enumerate(expected)
            for text in differences(item, found[at], f"{path}[{at}]", exact=exact)
        ]
    return [] if expected == found else [f"{path}: {found!r} instead of {expected!r}"]


def _of_object(expected: dict[str, Any], found: Any, path: str, exact: bool) -> list[str]:
    if not isinstance(found, dict):
        return [f"{path}: {found!r} is no object"]
    wrong = []
    for name, value in expected.items():
        here = member(found, name)
        if here is _MISSING:
            wrong.append(f"{path}.{name} is missing")
        else:
            wrong += differences(value, here, f"{path}.{name}", exact=exact)
    if exact:
        wrong += [f"{path}.{name} is too much" for name in found if name not in expected]
    return wrong


_MISSING = object()


def member(value: Any, name: str) -> Any:
    """The member of that name, which may be a dotted path through objects and positions."""
    if isinstance(value, dict) and name in value:
        return value[name]
    for part in name.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return _MISSING
    return value


def is_there(value: Any, name: str) -> bool:
    return member(value, name) is not _MISSING


def _is_a(kind: str, found: Any) -> bool:
    word, _, rest = kind.partition(" ")
    if word == "string":
        if not isinstance(found, str):
            return False
        return re.search(rest, found) is not None if rest else True
    if word == "int":
        return isinstance(found, int) and not isinstance(found, bool)
    if word == "bool":
        return isinstance(found, bool)
    if word in ("url", "absolute"):
        return isinstance(found, str) and bool(urlsplit(found).scheme and urlsplit(found).netloc)
    if word == "Time":
        return isinstance(found, str) and found.endswith("Z") and bool(datetime.fromisoformat(found))
    if word.isdigit() and rest == "items":
        return isinstance(found, list) and len(found) == int(word)
    if word == "includes":
        lowered = str(found).lower()
        return all(part.strip() in lowered for part in rest.split(","))
    raise AssertionError(f"a case expects <{kind}>, which nobody here understands")
