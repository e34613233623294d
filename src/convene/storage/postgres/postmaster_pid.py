"""postmaster.pid: what the server says of itself, and what is left of it after a crash.

The server refuses to start while the file names any live process of its own user, whatever that process is. After a
crash in a container, where small numbers come round again at once, that is often somebody else. We only act while
holding the cluster's lock, which every server process of ours holds too (see `supervisor`), and we never take the
file away: we write the number of the new server's parent into its first line, which the server takes for a leftover
and then still checks whether the named shared memory is in use. The last word stays with the server's own lock.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_STATUS_LINE = 7  # the eighth, LOCK_FILE_LINE_PM_STATUS in PostgreSQL's pidfile.h


@dataclass(frozen=True, slots=True)
class PostmasterPid:
    pid: int
    status: str  # "starting", "ready", "stopping", "standby" or ""


def read(pgdata: Path) -> PostmasterPid | None:
    """The file's number and status, or None if there is no file or nothing to be read in it."""
    try:
        lines = (pgdata / "postmaster.pid").read_text("utf-8", "replace").splitlines()
        pid = abs(int(lines[0]))  # negative: a server in single-user mode
    except (OSError, ValueError, IndexError):
        return None
    return PostmasterPid(pid, lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else "")


def is_server_of(pid: int, pgdata: Path) -> bool:
    """Whether the live process `pid` is a PostgreSQL server working on `pgdata`. In doubt the answer is yes."""
    if sys.platform == "linux":
        try:
            return pgdata.samefile(f"/proc/{pid}/cwd")
        except FileNotFoundError:
            return False  # gone, or a dead child that nobody has asked after yet
        except OSError:
            return _command(pid) in {"postgres", "postmaster"}
    return "postgres" in _command(pid) or "postmaster" in _command(pid)


def forget_other(pgdata: Path, sockets: Path, parent: int) -> None:
    """Make leftovers of a dead server harmless, so that the child of `parent` can start as the new one."""
    _disown(pgdata / "postmaster.pid", pgdata, parent)
    for lock in sockets.glob(".s.PGSQL.*.lock"):
        _disown(lock, pgdata, parent)


def _disown(file: Path, pgdata: Path, parent: int) -> None:
    try:
        text = file.read_text("utf-8", "replace")
    except FileNotFoundError:
        return
    first, _, rest = text.partition("\n")
    try:
        pid = abs(int(first))
    except ValueError:
        file.unlink()  # the server died between making and filling it
        return
    if not is_server_of(pid, pgdata):
        file.write_text(f"{parent}\n{rest}", "utf-8")


def _command(pid: int) -> str:
    """The bare name of the program that `pid` runs, or "" if there is no such process."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/comm").read_text("utf-8").strip()
        except OSError:
            return ""
    listed = subprocess.run(
        ["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return Path(listed.stdout.strip()).name
