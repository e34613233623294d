"""A cluster on disk: how it is made, who may connect, how its server is called.

Inside the server's home directory (mode 0700):

    cluster.json   the major version the cluster is bound to; written last, so it also says that there was one
    data/          PostgreSQL's own files
    sockets/       its socket and the supervisor's, if the path is short enough
    log/           its log, a file per weekday, and what it said while starting
    start.lock     held while somebody starts or attaches
    server.lock    held as long as any process of the server lives

Who connects is told by the kernel (`peer`): no password exists that could leak. Only root and the server's own user
may, as the role `convene`, which owns the database and no more, or as the superuser `postgres` for maintenance.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from convene.storage.postgres.errors import ClusterDamaged

DATABASE = "convene"
ROLE = "convene"
SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's name; the server listens to no network

_SETTINGS = """
# Convene's defaults. Change what you like here; see docs/how-to/postgresql.md.
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] '
log_checkpoints = off
# The details of an error can hold what people wrote.
log_error_verbosity = terse
"""


class InitdbFailed(Exception):
    """`initdb` did not make the cluster; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the supervisor needs to know, as it travels on its command line."""

    home: str
    binaries: str
    version: str
    major: int
    sockets: str
    uid: int
    gid: int
    # Who runs initdb, if not the server's user itself.
    scribe_uid: int
    scribe_gid: int
    # Names that may connect.
    peers: list[str]
    durable: bool
    lock_fd: int
    owner_fd: int

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def pgdata(self) -> Path:
        return Path(self.home, "data")

    @property
    def log(self) -> Path:
        return Path(self.home, "log")

    @property
    def control(self) -> str:
        """The supervisor's own socket."""
        return str(Path(self.sockets, "control"))


def environment() -> dict[str, str]:
    """What PostgreSQL's programs see: no PG* variable of the user, no secret of ours, messages in English."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def bound_major(home: Path) -> int | None:
    """The major version that the cluster in `home` is bound to, or None if there is no cluster yet."""
    try:
        pinned = int(json.loads((home / "cluster.json").read_text("utf-8"))["major"])
    except FileNotFoundError:
        pinned = None
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterDamaged(
            f"{home}/cluster.json cannot be read.", f"Write the number in {home}/data/PG_VERSION into it."
        ) from error
    try:
        actual = int((home / "data" / "PG_VERSION").read_text("utf-8"))
    except (FileNotFoundError, ValueError) as error:
        if pinned is None and not (home / "data").exists():
            return None
        raise ClusterDamaged(
            f"{home}/data is not a whole PostgreSQL cluster: PG_VERSION is missing.",
            "Restore a backup into a new directory (docs/how-to/postgresql.md).",
        ) from error
    if pinned is not None and pinned != actual:
        raise ClusterDamaged(
            f"{home} is bound to PostgreSQL {pinned}, but holds files of {actual}.",
            f"If you upgraded it on purpose, remove {home}/cluster.json; otherwise restore a backup.",
        )
    return actual


def create(plan: Plan) -> None:
    """Make the cluster, whole or not at all: it is built under another name and moved when it is on the disk.

    Raises:
        InitdbFailed: with what `initdb` said.
    """
    home = Path(plan.home)
    for left in home.glob(".new-*"):
        shutil.rmtree(left, ignore_errors=True)
    new = home / f".new-{secrets.token_hex(4)}"
    new.mkdir(mode=0o700)
    borrowed = plan.scribe_uid != plan.uid
    if borrowed:
        os.chown(new, plan.scribe_uid, plan.scribe_gid)
        home.chmod(0o711)  # a way through, for this moment
    try:
        _initdb(plan, new)
        with (new / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(_SETTINGS)
        if plan.durable:
            _run(plan, ["-D", str(new), "--sync-only"])
        if borrowed:
            _give(new, plan.uid, plan.gid)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    finally:
        if borrowed:
            home.chmod(0o700)
    new.rename(plan.pgdata)
    _sync(home)


def prepare(plan: Plan) -> None:
    """Write what belongs to every start: the log directory, the access rules, the binding to a major version."""
    plan.log.mkdir(mode=0o700, exist_ok=True)
    rules = "".join(
        f"local {database} {role} peer map=convene\n"
        for database, role in (("all", SUPERUSER), ("replication", SUPERUSER), ("all", ROLE))
    )
    names = "".join(f'convene "{name}" {role}\n' for name in plan.peers for role in (SUPERUSER, ROLE))
    _write(plan.pgdata / "pg_hba.conf", "# Written by Convene at every start.\n" + rules)
    _write(plan.pgdata / "pg_ident.conf", "# Written by Convene at every start.\n" + names)
    _write(Path(plan.home, "cluster.json"), json.dumps({"major": plan.major}) + "\n")


def server_command(plan: Plan) -> list[str]:
    """The server's command line. What is said here cannot be undone in postgresql.conf."""
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": '"' + plan.sockets.replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "synchronous_commit": "on",
    }
    settings |= dict.fromkeys(("fsync", "full_page_writes"), "on" if plan.durable else "off")
    command = [str(Path(plan.binaries, "postgres")), "-D", str(plan.pgdata)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def _initdb(plan: Plan, new: Path) -> None:
    options = ["-D", str(new), "-U", SUPERUSER, "-A", "peer", "-E", "UTF8"]
    options += ["--data-checksums", "--no-instructions", "--no-sync"]
    if plan.major >= 17:
        _run(plan, [*options, "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"])
        return
    try:
        _run(plan, [*options, "--locale=C.UTF-8"])
    except InitdbFailed as error:
        if "locale" not in str(error):
            raise
        _run(plan, [*options, "--locale=C"])  # systems without C.UTF-8


def _run(plan: Plan, options: list[str]) -> None:
    borrowed = plan.scribe_uid != plan.uid
    done = subprocess.run(
        [str(Path(plan.binaries, "initdb")), *options],
        cwd="/",
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        user=plan.scribe_uid if borrowed else None,
        group=plan.scribe_gid if borrowed else None,
        extra_groups=[] if borrowed else None,
    )
    if done.returncode != 0:
        raise InitdbFailed(done.stderr or done.stdout)


def _give(root: Path, uid: int, gid: int) -> None:
    for directory, _, files in os.walk(root):
        os.lchown(directory, uid, gid)
        for name in files:
            os.lchown(Path(directory, name), uid, gid)


def _write(path: Path, text: str) -> None:
    """Replace `path` in one step, unless it says so already."""
    try:
        if path.read_text("utf-8") == text:
            return
    except (FileNotFoundError, UnicodeDecodeError):
        pass
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
