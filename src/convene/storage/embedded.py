"""The embedded PostgreSQL server: started with the first process that needs it, stopped with the last.

    with EmbeddedServer(data_dir / "postgres") as server:
        psycopg.connect(server.conninfo)

The server belongs to its directory, not to a process: any number of processes share it. A small supervisor process
(`postgres.supervisor`) is the server's parent and outlives whoever started it, so killing a process of ours neither
harms the database nor leaves it running. docs/adr/0002-embedded-server.md tells why it is done this way.

As a program it runs PostgreSQL's own tools on a directory's database, whether or not a server is up:

    python -m convene.storage.embedded DIRECTORY pg_dump --format custom --file convene.dump

Linux and macOS. On other systems, and for clusters of machines, set DATABASE_URL to a real server.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from convene.storage.postgres import postmaster_pid
from convene.storage.postgres.account import Account, reachable, scribe, settle_home
from convene.storage.postgres.binaries import Binaries, find_binaries
from convene.storage.postgres.cluster import DATABASE, PORT, ROLE, SUPERUSER, Plan, bound_major
from convene.storage.postgres.errors import (
    AlreadyRunning,
    DiskFull,
    EmbeddedServerError,
    StartFailed,
    from_log,
)
from convene.storage.postgres.locks import POLL_SECONDS, held, locked_parent, open_lock, try_lock
from convene.storage.postgres.sockets import socket_directory

_NEW_CLUSTER_BYTES = 120 * 1024 * 1024
_ORPHAN_SECONDS = 5.0

logger = logging.getLogger(__name__)


class EmbeddedServer:
    """A user of the server that lives in `data_dir`.

    Args:
        data_dir: the server's own directory. It is made if need be, owned by the server's user, mode 0700.
        bin_dir: PostgreSQL's programs; None looks for them (see `postgres.binaries`).
        durable: False turns fsync off, for servers whose data nobody will miss (tests).
        start_timeout: seconds to wait for the server, which may have to recover from a crash first.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        bin_dir: Path | None = None,
        durable: bool = True,
        start_timeout: float = 120.0,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.bin_dir = bin_dir
        self.durable = durable
        self.start_timeout = start_timeout
        self.home = self.data_dir  # the real place, known once started
        self._sockets = ""
        self._binaries: Binaries | None = None
        self._line: socket.socket | None = None

    @property
    def conninfo(self) -> str:
        """How the product connects: the role that owns the database, over the socket. Holds no secret."""
        return self._conninfo(ROLE, DATABASE)

    @property
    def admin_conninfo(self) -> str:
        """How maintenance connects: the superuser, over the socket."""
        return self._conninfo(SUPERUSER, "postgres")

    @property
    def binaries(self) -> Binaries:
        """The programs in use."""
        assert self._binaries is not None, "start() first"
        return self._binaries

    def start(self) -> Self:
        """Start the server or join those who use it, and return once it answers.

        Raises:
            EmbeddedServerError: it cannot be started; the message says why and what to do.
        """
        assert self._line is None, "already started"
        deadline = time.monotonic() + self.start_timeout
        with locked_parent(self.data_dir):
            self.home, account = settle_home(self.data_dir)
        with held(self.home / "start.lock", account, deadline):
            self._sockets = str(socket_directory(self.home, account))
            self._binaries = find_binaries(self.bin_dir, bound_major(self.home))
            while self._line is None:
                line = self._attach()
                if line is not None:
                    self._line = self._wait_ready(line, deadline)
                    continue
                with tempfile.TemporaryFile() as said:
                    self._line = self._wait_ready(self._launch(account, deadline, said), deadline)
                    if self._line is None:
                        said.seek(0)
                        raise from_log(said.read().decode(errors="replace"), self.home)
            try:
                self._provide_database()
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Leave. The last one to leave waits until the server has stopped. Does nothing a second time."""
        line, self._line = self._line, None
        if line is None:
            return
        with line, suppress(OSError):
            line.settimeout(None)
            line.sendall(b"leave\n")
            while line.recv(64) not in {b"", b"shared\n"}:
                pass

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Reaching the supervisor

    def _attach(self) -> socket.socket | None:
        """Connect to the supervisor, if there is one."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(str(Path(self._sockets, "control")))
        except (FileNotFoundError, ConnectionRefusedError):
            line.close()
            return None
        return line

    def _launch(self, account: Account, deadline: float, complaints: IO[bytes]) -> socket.socket:
        """Start a supervisor and return our connection to it. The lock passes on to it with the descriptor.

        `complaints` gets what its Python says should it not come to life.
        """
        lock = open_lock(self.home / "server.lock", account)
        try:
            self._wait_until_free(lock, deadline)
            if not (self.home / "data").exists() and shutil.disk_usage(self.home).free < _NEW_CLUSTER_BYTES:
                raise DiskFull(
                    f"The disk with {self.home} has less than {_NEW_CLUSTER_BYTES >> 20} MiB left.",
                    "Free some space there, or give another data directory.",
                )
            binaries = reachable(self.binaries, account)
            writer = scribe(account)
            ours, theirs = socket.socketpair()
            plan = Plan(
                home=str(self.home),
                binaries=str(binaries.directory),
                version=binaries.version,
                major=binaries.major,
                sockets=self._sockets,
                uid=account.uid,
                gid=account.gid,
                scribe_uid=writer.uid,
                scribe_gid=writer.gid,
                peers=[name for name in dict.fromkeys(("root", account.name)) if name],
                durable=self.durable,
                lock_fd=lock,
                owner_fd=theirs.fileno(),
            )
            with theirs:
                subprocess.run(  # ends at once: the supervisor detaches itself
                    [sys.executable, "-m", "convene.storage.postgres.supervisor", plan.to_json()],
                    env=_python_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=complaints,
                    pass_fds=[lock, theirs.fileno()],
                    start_new_session=True,
                    check=False,
                )
        finally:
            os.close(lock)
        return ours

    def _wait_until_free(self, lock: int, deadline: float) -> None:
        """Wait for the processes of a stopping server; stop one whose supervisor was killed."""
        orphan_at = time.monotonic() + _ORPHAN_SECONDS
        while not try_lock(lock):
            now = time.monotonic()
            if now > orphan_at:
                orphan_at = now + 30
                found = postmaster_pid.read(self.home / "data")
                if found is not None and postmaster_pid.is_server_of(found.pid, self.home / "data"):
                    logger.warning("stopping the server %s of %s, which nobody minds", found.pid, self.home)
                    with suppress(ProcessLookupError):
                        os.kill(found.pid, signal.SIGINT)
            if now > deadline:
                raise AlreadyRunning(
                    f"A PostgreSQL process that uses {self.home} does not end.",
                    "Look for it (ps -ef | grep postgres) and stop it, then start again.",
                )
            time.sleep(POLL_SECONDS)

    def _wait_ready(self, line: socket.socket, deadline: float) -> socket.socket | None:
        """Return `line` once the server behind it is ready; None if its supervisor has gone."""
        said = b""
        try:
            while not said.endswith(b"\n"):
                line.settimeout(max(0.01, deadline - time.monotonic()))
                piece = line.recv(65536)
                if not piece:
                    line.close()
                    return None
                said += piece
        except TimeoutError as error:
            line.close()
            raise StartFailed(
                f"The embedded PostgreSQL server was not ready after {self.start_timeout:.0f} s.",
                f"It may be recovering from a crash; see {self.home}/log and start again.",
            ) from error
        except ConnectionError:
            line.close()
            return None
        if said.startswith(b"ready"):
            return line
        line.close()
        raise from_log(json.loads(said)["error"], self.home)

    # The database within

    def _conninfo(self, role: str, database: str) -> str:
        assert self._sockets, "start() first"
        return make_conninfo(host=self._sockets, port=PORT, user=role, dbname=database)

    def _provide_database(self) -> None:
        """Make the product's role and database where they are missing."""
        with psycopg.connect(self.admin_conninfo, autocommit=True) as conn:
            if not conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchall():
                conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
            if not conn.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchall():
                names = sql.Identifier(DATABASE), sql.Identifier(ROLE)
                conn.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))


def _python_environment() -> dict[str, str]:
    """What the supervisor's Python needs, and none of our secrets."""
    wanted = ("PATH", "HOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: value for name, value in os.environ.items() if name in wanted or name.startswith("PYTHON")}


def main(arguments: list[str]) -> int:
    """Run a command (psql if none is given) with the server's programs first on its PATH and PGHOST etc. set."""
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m convene.storage.embedded DIRECTORY [COMMAND ...]\n")
        return 2
    directory, *command = arguments
    try:
        with EmbeddedServer(Path(directory)) as server:
            asked = conninfo_to_dict(server.conninfo)
            environment = os.environ | {
                "PATH": os.pathsep.join((str(server.binaries.directory), os.environ.get("PATH", os.defpath))),
                "PGHOST": str(asked["host"]),
                "PGPORT": str(asked["port"]),
                "PGUSER": str(asked["user"]),
                "PGDATABASE": str(asked["dbname"]),
            }
            return subprocess.run(command or ["psql"], env=environment, check=False).returncode
    except (EmbeddedServerError, FileNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


__all__ = ["EmbeddedServer", "EmbeddedServerError"]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
