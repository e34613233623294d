"""What `convene doctor` checks about the machine: Python, zones, disk, PostgreSQL's programs, openings in the walls.

Each check is a function from plain values to findings. What the database itself tells is asked in `cli.doctor`, which
prints all of them.
"""

from __future__ import annotations

import ipaddress
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from convene.core.instants import tzdata_version
from convene.storage.postgres.binaries import find_binaries
from convene.storage.postgres.cluster import bound_major
from convene.storage.postgres.errors import EmbeddedServerError

OLDEST_PYTHON = (3, 11)
FULL_BYTES, LOW_BYTES = 200 << 20, 2 << 30
# A private network bigger than this is more than "a server of ours".
_WIDE_V4, _WIDE_V6 = 12, 32
_CLOUD_METADATA = tuple(ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254"))


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `warning`: it works, but look at it. `failed`: it does not."""

    name: str
    state: Literal["ok", "warning", "failed"]
    detail: str
    remedy: str = ""


def machine(
    data_dir: Path,
    database_dir: Path | None,
    postgres_bin: Path | None,
    allow_private_targets: tuple[str, ...],
    now: datetime,
) -> list[Check]:
    """Return everything that can be found out without asking the database.

    Args:
        data_dir: where the key file and the embedded database live.
        database_dir: the embedded database's directory; None if another server is used.
        postgres_bin: its programs, if the operator named a directory.
        allow_private_targets: hosts and networks that calendars and callbacks may be on.
        now: the present, to judge the age of the zone rules by.
    """
    found = [python(sys.version_info[:2]), zones(tzdata_version(), now), disk(data_dir)]
    if database_dir is not None:
        found += embedded(database_dir, postgres_bin)
    return found + openings(allow_private_targets)


def python(version: tuple[int, ...]) -> Check:
    if version < OLDEST_PYTHON:
        return Check(
            "python", "failed", f"Python {platform.python_version()} is too old", "Use Python 3.11 or newer."
        )
    return Check("python", "ok", f"Python {platform.python_version()}")


def zones(version: str, now: datetime) -> Check:
    """`version` is the zone database's, such as `2026b`: a year and a letter."""
    detail = f"zone rules {version}"
    year = int(version[:4]) if version[:4].isdigit() else 0
    if year < now.year - 1:
        remedy = "Governments change their clocks. Run: pip install --upgrade tzdata, then restart."
        return Check("time zones", "warning", detail, remedy)
    return Check("time zones", "ok", detail)


def disk(data_dir: Path) -> Check:
    """Whether the data directory can be written to, now or once it is made, and has room."""
    place = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        remedy = "Set CONVENE_DATA to a directory that this user may write to."
        return Check("data directory", "failed", f"{data_dir} cannot be written to", remedy)
    free = shutil.disk_usage(place).free
    detail = f"{data_dir}, {free / (1 << 30):.1f} GiB free"
    remedy = "Free some space: without it PostgreSQL stops."
    if free < FULL_BYTES:
        return Check("data directory", "failed", detail, remedy)
    return Check(
        "data directory", "warning" if free < LOW_BYTES else "ok", detail, remedy if free < LOW_BYTES else ""
    )


def embedded(database_dir: Path, postgres_bin: Path | None = None) -> list[Check]:
    """Whether there are programs for the embedded database, and where its files really are."""
    found = []
    try:
        programs = find_binaries(postgres_bin, bound_major(database_dir))
        found.append(Check("postgresql", "ok", f"{programs.version} in {programs.directory}"))
    except PermissionError:
        remedy = "Run doctor as the user who runs Convene."
        found.append(Check("postgresql", "failed", f"{database_dir} cannot be read", remedy))
    except EmbeddedServerError as error:
        found.append(Check("postgresql", "failed", error.problem, error.remedy))
    if database_dir.is_symlink():
        detail = f"the database's files are in {database_dir.resolve()}"
        found.append(Check("data directory", "warning", detail, "Back up that place too."))
    return found


def sign_ins(base_url: str, kinds: Sequence[str]) -> Check:
    """Say at which services people can sign in to connect calendars, and whether these would send anybody back here.

    Args:
        base_url: the public address, which the services know.
        kinds: `google`, `microsoft`: those that this installation is registered at.
    """
    if not kinds:
        detail = "by CalDAV and feeds; Google and Microsoft are not set up"
        return Check("calendars", "ok", detail)
    places = " and ".join(f"{base_url}/oauth/calendar/{kind}/callback" for kind in kinds)
    parts = urlsplit(base_url)
    # Beside https, Google takes addresses of this machine, Microsoft its name alone.
    known = {"localhost"} if "microsoft" in kinds else {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and parts.hostname not in known:
        remedy = "They accept https addresses only: set CONVENE_BASE_URL to the one that people open."
        return Check("calendars", "warning", f"nobody would be sent back to {places}", remedy)
    return Check("calendars", "ok", f"people who sign in elsewhere come back to {places}")


def openings(allow_private_targets: tuple[str, ...]) -> list[Check]:
    """What CONVENE_ALLOW_PRIVATE_TARGETS opens that its author may not have meant."""
    found = []
    for target in allow_private_targets:
        try:
            network = ipaddress.ip_network(target)
        except ValueError:
            continue  # a host name: exactly one place
        if any(address in network for address in _CLOUD_METADATA):
            detail = f"{target} contains the address where clouds hand out credentials"
            found.append(Check("private targets", "warning", detail, "Name the hosts that you mean instead."))
        elif network.prefixlen < (_WIDE_V4 if network.version == 4 else _WIDE_V6):
            detail = f"{target} opens {network.num_addresses:.0e} addresses to calendars and callbacks"
            found.append(
                Check("private targets", "warning", detail, "Name the networks that you mean instead.")
            )
        elif any(address.is_loopback for address in (network[0], network[-1])):
            detail = f"{target} lets calendars and callbacks reach this machine's own services"
            found.append(
                Check("private targets", "warning", detail, "Meant for trying things out; remove it after.")
            )
    if not found:
        told = ", ".join(allow_private_targets) or "none: everything private is refused"
        found.append(Check("private targets", "ok", told))
    return found
