"""What can go wrong with the embedded server, each with a remedy.

The message is the problem followed by the remedy, so that a traceback alone already helps.
"""

from __future__ import annotations

import re
from pathlib import Path

from convene.core.errors import ConveneError


class EmbeddedServerError(ConveneError):
    """The embedded PostgreSQL server cannot be used."""

    code = "embedded_server"

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class NoBinaries(EmbeddedServerError):
    """No usable PostgreSQL programs were found."""


class WrongMajor(EmbeddedServerError):
    """The cluster belongs to another major version than the programs at hand."""


class DiskFull(EmbeddedServerError):
    """There is no room for the database."""


class NoPermission(EmbeddedServerError):
    """A file or directory is not ours to use."""


class PathTooLong(EmbeddedServerError):
    """No socket can be made at such a long path."""


class NoAccount(EmbeddedServerError):
    """There is no user under whose name the server could run."""


class ClusterDamaged(EmbeddedServerError):
    """The files are not a whole cluster."""


class AlreadyRunning(EmbeddedServerError):
    """A server that is not ours uses this cluster."""


class StartFailed(EmbeddedServerError):
    """The server did not start for a reason we do not know by name."""


# Words of the server's own log (we run it with LC_MESSAGES=C), most telling first.
_CAUSES: tuple[tuple[re.Pattern[str], type[EmbeddedServerError], str, str], ...] = (
    (
        re.compile(r"No space left on device|Disk quota exceeded"),
        DiskFull,
        "The disk with the database directory {home} is full.",
        "Free some space there and start again; nothing committed is lost.",
    ),
    (
        re.compile(r'lock file "[^"]+" already exists|pre-existing shared memory block .* is still in use'),
        AlreadyRunning,
        "Another PostgreSQL server, not started by Convene, uses {home}.",
        "Stop that server (pg_ctl stop) or point Convene at it with DATABASE_URL.",
    ),
    (
        re.compile(r"database files are incompatible with server|was initialized by PostgreSQL version"),
        WrongMajor,
        "The cluster in {home} was made by another version of PostgreSQL.",
        "See docs/how-to/postgresql.md, “Moving to another major version”.",
    ),
    (
        re.compile(
            r"could not locate a valid checkpoint record|could not locate required checkpoint record"
            r"|incorrect checksum in control file|could not open file \"global/|could not read file \"global/"
            r"|not a valid data directory|does not exist.*PG_VERSION|could not find the database system"
            r"|invalid checkpoint record|could not open directory \"(?:pg_|base)",
            re.DOTALL,
        ),
        ClusterDamaged,
        "The cluster in {home} is damaged or incomplete.",
        "Keep a copy of the directory, then restore a backup into a new one (docs/how-to/postgresql.md).",
    ),
    (
        re.compile(
            r"could not (?:create|map|resize|open) (?:anonymous )?shared memory|could not create semaphores"
        ),
        StartFailed,
        "The system gave PostgreSQL no shared memory.",
        "Give the machine or container more memory (Docker: --shm-size=256m), or lower shared_buffers in {home}/data.",
    ),
    (
        re.compile(r"Permission denied|Operation not permitted|has (?:wrong ownership|invalid permissions)"),
        NoPermission,
        "PostgreSQL may not use its own files in {home}.",
        "Give the directory and all that is in it back to the user it belonged to, with mode 0700.",
    ),
)


def from_log(log: str, home: Path) -> EmbeddedServerError:
    """The error that the last words of a server that did not start stand for."""
    lines = [line for line in log.splitlines() if line.strip()]
    for pattern, kind, problem, remedy in _CAUSES:
        if pattern.search(log):
            told = next((line for line in lines if pattern.search(line)), "")
            said = f" PostgreSQL said: {told.strip()}" if told else ""
            return kind(problem.format(home=home) + said, remedy.format(home=home))
    said = " ".join(line.strip() for line in lines[-4:]) or "nothing"
    return StartFailed(
        f"The embedded PostgreSQL server did not start. It said: {said}",
        f"The whole log is in {home}/log.",
    )
