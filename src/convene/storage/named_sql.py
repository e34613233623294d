"""Named statements in `.sql` files.

A file holds statements, each under a line `-- name: insert_booking`. Comments under the name line stay with the
statement. `load("bookings")` returns them by name; a name used twice or a statement without one is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)\s*$", re.MULTILINE)


def load_filled(module: str, **names: str) -> Mapping[str, LiteralString]:
    """Return the statements of a file for one of several tables: `{name}` gives way to one of `names`, which the source
    code fixes.
    """

    def filled(statement: LiteralString) -> LiteralString:
        for name, text in names.items():
            statement = statement.replace(f"{{{name}}}", text)
        return statement

    return {name: filled(statement) for name, statement in load(module).items()}


@cache
def load(module: str, package: str = "convene.storage.queries") -> Mapping[str, LiteralString]:
    """Return the statements of `<module>.sql` in `package` by name."""
    text = resources.files(package).joinpath(f"{module}.sql").read_text("utf-8")
    pieces = _NAME.split(text)
    if pieces[0].strip() and not all(
        line.startswith("--") or not line for line in pieces[0].strip().splitlines()
    ):
        raise ValueError(f"{module}.sql has a statement before its first name")
    found: dict[str, LiteralString] = {}
    for name, statement in zip(pieces[1::2], pieces[2::2], strict=True):
        if name in found:
            raise ValueError(f"{module}.sql names {name} twice")
        found[name] = cast("LiteralString", statement.strip().rstrip(";"))
    return MappingProxyType(found)
