"""Locks on files: the kernel gives them back however their holder ends."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convene.storage.postgres.account import Account
from convene.storage.postgres.errors import DiskFull, NoPermission, StartFailed

POLL_SECONDS = 0.01


@contextmanager
def held(path: Path, account: Account, deadline: float) -> Iterator[None]:
    """Hold the lock of the file `path`.

    Raises:
        StartFailed: somebody else still held it at `deadline` (of the monotonic clock).
    """
    lock = open_lock(path, account)
    try:
        while not try_lock(lock):
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"Another process is still starting the server of {path.parent}.",
                    "Wait for it, or stop it and start again.",
                )
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(lock)


def open_lock(path: Path, account: Account) -> int:
    """Open the file `path` for locking, made for `account` if need be, and return its descriptor."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(f"The disk with {path.parent} is full.", "Free some space there.") from error
        raise NoPermission(
            f"{path} cannot be opened: {error.strerror}.",
            f"Give {path.parent} and all that is in it to {account}, with mode 0700.",
        ) from error
    if os.fstat(lock).st_uid != account.uid:
        os.fchown(lock, account.uid, account.gid)
    return lock


def try_lock(descriptor: int) -> bool:
    """Take the lock of an open file; False if another holds it. It passes on with the descriptor."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked_parent(data_dir: Path) -> Iterator[None]:
    """Keep others from making the same directory at the same time."""
    try:
        # Root's server runs as another user, who must get through; nobody has to look around.
        data_dir.parent.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        descriptor = os.open(data_dir.parent, os.O_RDONLY | os.O_CLOEXEC)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise NoPermission(
            f"The directory {data_dir.parent} cannot be used: {error.strerror}.",
            "Give a data directory that you may write to.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
