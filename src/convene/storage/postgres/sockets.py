"""Where the sockets are: a directory that only the server's user can enter, at a path short enough for a socket."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from pathlib import Path

from convene.storage.postgres.account import Account
from convene.storage.postgres.cluster import PORT
from convene.storage.postgres.errors import PathTooLong

# sun_path holds 108 bytes on Linux and 104 on macOS, with the closing zero.
_SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
_LONGEST_SOCKET_NAME = f".s.PGSQL.{PORT}"


def socket_directory(home: Path, account: Account) -> Path:
    """The private directory for the sockets: in `home`, or in /tmp where that path is too long for a socket."""
    inside = home / "sockets"
    fits = len(os.fsencode(inside / _LONGEST_SOCKET_NAME)) <= _SOCKET_PATH_BYTES
    if fits and "," not in str(inside):  # a comma separates hosts in a connection string
        _private(inside, account)
        return inside
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    outside = Path("/tmp") / f"convene-{account.uid}-{name}"  # noqa: S108 (private and checked below)
    try:
        _private(outside, account)
    except OSError as error:
        raise PathTooLong(
            f"{home} is too long a path for a socket, and {outside} cannot be used instead: {error}.",
            "Give a data directory with a shorter path.",
        ) from error
    return outside


def _private(directory: Path, account: Account) -> None:
    """Make `directory` for `account` alone, or check that it is so; never follow somebody else's link."""
    try:
        directory.mkdir(mode=0o700)
        if not account.is_self:
            os.chown(directory, account.uid, account.gid, follow_symlinks=False)
    except FileExistsError:
        pass
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise PermissionError(errno.EACCES, "it belongs to somebody else", str(directory))
    if stat.S_IMODE(found.st_mode) != 0o700:
        directory.chmod(0o700)
