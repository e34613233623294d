"""The small process that minds one embedded server.

It is the server's parent. It starts the server, starts it again should it die, and stops it when its last user has
gone. Users are connections to its socket: the kernel closes them however a process ends, so no list of numbers can
name a dead user, and nothing is left behind when the last one is killed. A user hears `ready`, or one line of JSON
with the reason why not; it may say `leave` and then hears `shared` if others stay, or the end of the connection once
the server has stopped.

Signals to the group do not stop it: the server must outlast its users, who have work to finish. If it is killed
itself, Linux tells the server to shut down (PR_SET_PDEATHSIG); elsewhere the next start does.

Every server process inherits the locked descriptor of `server.lock`. Whoever gets that lock therefore knows that no
process of this cluster's server is left, whatever postmaster.pid says.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from convene.storage.postgres import cluster, postmaster_pid
from convene.storage.postgres.cluster import InitdbFailed, Plan

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.01  # while it starts
# What a new server says while processes of a killed one still have to notice, and how long that may take.
_LEFTOVERS = {"shared memory block": 20.0, "lock file": 3.0}
_RESTARTS, _WITHIN_SECONDS = 5, 60.0
_STOP_STEPS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))


class Supervisor:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.users: dict[socket.socket, bool] = {}  # the value: has asked to leave
        self.selector = selectors.DefaultSelector()
        self.server: subprocess.Popen[bytes] | None = None
        self.is_ready = False
        self.starts: list[float] = []
        self.started_at = 0.0
        self.trying_since = time.monotonic()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.alarm, alarm_end = socket.socketpair()
        alarm_end.setblocking(False)
        self.alarm_end = alarm_end
        self.alarm.setblocking(False)

    def run(self) -> NoReturn:
        """Mind the server until nobody uses it any more."""
        self._welcome(socket.socket(fileno=self.plan.owner_fd))
        if os.geteuid() == 0 and self.plan.scribe_uid == self.plan.uid:
            self._drop_root()
        try:
            if not self.plan.pgdata.exists():
                cluster.create(self.plan)
            if os.geteuid() == 0:
                self._drop_root()
            cluster.prepare(self.plan)
            self._listen()
            self._start()
            while True:
                for key, _ in self.selector.select(None if self.is_ready else _LOOK_SECONDS):
                    key.data()
                self._look()
        except (InitdbFailed, OSError) as error:
            self._refuse(str(error))
        except Exception as error:
            # A fault of ours: nobody reads our terminal, so the users are told.
            self._refuse(f"{type(error).__name__}: {error}")

    def _drop_root(self) -> None:
        os.setgroups([])
        os.setgid(self.plan.gid)
        os.setuid(self.plan.uid)

    def _listen(self) -> None:
        with suppress(FileNotFoundError):
            Path(self.plan.control).unlink()
        self.listener.bind(self.plan.control)
        Path(self.plan.control).chmod(0o600)
        self.listener.listen(64)
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.selector.register(self.alarm, selectors.EVENT_READ, self._hush)
        signal.set_wakeup_fd(self.alarm_end.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    # Users

    def _accept(self) -> None:
        with suppress(OSError):
            self._welcome(self.listener.accept()[0])

    def _welcome(self, user: socket.socket) -> None:
        user.setblocking(False)
        self.users[user] = False
        self.selector.register(user, selectors.EVENT_READ, lambda: self._hear(user))
        if self.is_ready:
            self._tell(user, b"ready\n")

    def _hear(self, user: socket.socket) -> None:
        try:
            said = user.recv(64)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if said.strip() == b"leave":
            self.users[user] = True
        elif not said:
            self._forget(user)
        if all(self.users.values()):
            # Only those are left who wait for the end: they see it when we close, after the server has stopped.
            self._stop()
        for leaver in [other for other, leaves in self.users.items() if leaves]:
            self._tell(leaver, b"shared\n")
            self._forget(leaver)

    def _tell(self, user: socket.socket, line: bytes) -> None:
        with suppress(OSError):
            user.sendall(line)

    def _forget(self, user: socket.socket) -> None:
        self.selector.unregister(user)
        del self.users[user]
        user.close()

    def _refuse(self, reason: str) -> NoReturn:
        """Tell everybody why there is no server, and end."""
        line = json.dumps({"error": reason[-8000:]}).encode() + b"\n"
        for user in self.users:
            self._tell(user, line)
        self._stop()

    # The server

    def _start(self) -> None:
        postmaster_pid.forget_other(self.plan.pgdata, Path(self.plan.sockets), os.getpid())
        self.is_ready = False
        self.starts.append(time.monotonic())
        self.started_at = time.time()
        with (self.plan.log / "start.log").open("wb") as said:
            self.server = subprocess.Popen(
                cluster.server_command(self.plan),
                cwd="/",
                env=cluster.environment(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=[self.plan.lock_fd],
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 (no threads here)
            )

    def _hush(self) -> None:
        with suppress(BlockingIOError):
            self.alarm.recv(4096)

    def _look(self) -> None:
        """Notice that the server has become ready, or has ended."""
        assert self.server is not None
        if self.server.poll() is not None:
            self._rise_again()
        elif not self.is_ready:
            found = postmaster_pid.read(self.plan.pgdata)
            if found is not None and found.pid == self.server.pid and found.status == "ready":
                self.is_ready = True
                for user in self.users:
                    self._tell(user, b"ready\n")

    def _rise_again(self) -> None:
        was_ready, said = self.is_ready, self._last_words()
        self.is_ready = False
        now = time.monotonic()
        if not was_ready:
            tried = now - self.trying_since
            if any(words in said and tried < seconds for words, seconds in _LEFTOVERS.items()):
                time.sleep(0.1)
                self._start()
                return
            self._refuse(said)
        self.starts = [at for at in self.starts if at > now - _WITHIN_SECONDS]
        if len(self.starts) > _RESTARTS:
            self._refuse(said)
        self.trying_since = now
        self._start()

    def _last_words(self) -> str:
        """What the server said since its last start: on its terminal, then in its log file."""
        texts = [(self.plan.log / "start.log").read_text("utf-8", "replace")]
        for path in self.plan.log.glob("postgresql-*.log"):
            if path.stat().st_mtime < self.started_at:
                continue
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - 4000))
                text = file.read().decode("utf-8", "replace")
            texts.append(text.rpartition("starting PostgreSQL")[2])
        return "\n".join(texts)

    def _stop(self) -> NoReturn:
        """Stop the server and end this process. Users see their connections close when all is done."""
        with suppress(OSError):
            self.listener.close()
            Path(self.plan.control).unlink()
        if self.server is not None:
            for step, seconds in _STOP_STEPS:
                self.server.send_signal(step)
                with suppress(subprocess.TimeoutExpired):
                    self.server.wait(seconds)
                    break
        os._exit(0)  # the kernel closes the users' connections after all else is gone


def _die_with_parent() -> None:
    """Between fork and exec (this process has one thread): ask Linux for SIGINT, a fast shutdown, when we end."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


_LIBC = ctypes.CDLL(None)


def main() -> None:
    plan = Plan(**json.loads(sys.argv[1]))
    if os.fork():
        os._exit(0)  # whoever launched us has no child to look after
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(name, signal.SIG_IGN)
    os.umask(0o077)
    os.chdir("/")
    Supervisor(plan).run()


if __name__ == "__main__":
    main()
