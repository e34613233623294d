"""The command line as an operator uses it, on a real database."""

import asyncio
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

import databases
from convene.cli import run
from convene.cli.admin import present
from convene.cli.arguments import make_parser
from convene.core.scopes import SCOPES
from convene.security.sealing import SealingKey
from convene.storage.database import Database
from convene.storage.postgres.binaries import find_binaries
from factories.site import PASSWORD, Site

ROOT = Path(__file__).parents[2]
ANA = ("--email", "ana@example.com", "--name", "Ana", "--tzid", "Europe/London")


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        assert self.out.count("\n") == 1
        return json.loads(self.out)


Convene = Callable[..., Done]


@pytest.fixture
def convene(database_url: str, tmp_path, monkeypatch, capsys) -> Convene:
    """Run a command in this process, on this test's empty database."""
    databases.empty(database_url)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("CONVENE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def call(*argv: str) -> Done:
        try:
            code = run(argv)
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return call


def ask(url: str, token: str, path: str = "/api/session") -> httpx.Response:
    """Ask the HTTP edge over what the commands made."""

    async def go() -> httpx.Response:
        db = Database(url)
        await db.open()
        try:
            return await Site(db, present).program(token).get(path)
        finally:
            await db.close()

    return asyncio.run(go())


def test_the_first_user_is_the_owner_and_later_ones_are_members(convene: Convene, database_url: str):
    first = convene("admin", "create-user", *ANA, "--password", PASSWORD, "--json").json
    assert set(first) == {"sub"}
    second = convene(
        "--json", "admin", "create-user", "--email", "bo@example.com", "--name", "Bo", "--tzid", "Asia/Tokyo"
    ).json
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "SELECT account_id, role, a.tzid, password_hash IS NULL, o.name FROM account a"
            " JOIN organization o USING (org_id) ORDER BY a.lane"
        ).fetchall()
    assert rows == [
        (first["sub"], "owner", "Europe/London", False, "example.com"),
        (second["sub"], "member", "Asia/Tokyo", True, "example.com"),
    ]


def test_the_first_user_owns_an_organisation_that_an_application_started(convene: Convene, database_url: str):
    assert set(convene("admin", "create-client", "--name", "Tool", "--json").json) == {
        "client_id",
        "client_secret",
    }
    convene("admin", "create-user", *ANA)
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM organization").fetchone() == (1,)
        assert conn.execute("SELECT role FROM account").fetchone() == ("owner",)


def test_text_answers_speak_to_people(convene: Convene):
    done = convene("admin", "create-user", *ANA, "--password", PASSWORD)
    assert done.code == 0
    assert "Ana <ana@example.com>, owner of example.com, can sign in at http://127.0.0.1:8000." in done.out
    assert re.search(r"sub: acc_[0-9a-v]{26}\n", done.out)
    assert done.err == ""


def test_a_weak_password_is_taken_from_the_operator_but_pointed_out(convene: Convene):
    done = convene("admin", "create-user", *ANA, "--password", "pw", "--json")
    assert set(done.json) == {"sub"}
    assert "at least 8 characters" in done.err


def test_a_personal_token_works_on_the_api(convene: Convene, database_url: str):
    sub = convene("admin", "create-user", *ANA, "--json").json["sub"]
    answer = convene("admin", "create-token", "--sub", sub, "--json").json
    assert set(answer) == {"access_token"}
    session = ask(database_url, answer["access_token"])
    assert session.status_code == 200
    assert session.json()["account"]["sub"] == sub
    assert "organization:manage" in session.json()["grants"]


def test_an_applications_token_works_on_the_api_within_its_scope(convene: Convene, database_url: str):
    sub = convene("admin", "create-user", *ANA, "--json").json["sub"]
    client = convene(
        "admin", "create-client", "--name", "Tool", "--redirect-uri", "https://tool.example/cb", "--json"
    ).json
    answer = convene(
        *("admin", "create-token", "--sub", sub, "--client-id", client["client_id"]),
        *("--scope", "read_account create_event delete_event", "--json"),
    ).json
    assert set(answer) == {
        *("token_type", "access_token", "expires_in", "refresh_token", "scope", "account_id", "sub"),
        "linking_profile",
    }
    assert answer["scope"] == "read_account create_event delete_event"
    assert ask(database_url, answer["access_token"]).json()["grants"] == ["bookings:write"]
    assert ask(database_url, answer["access_token"], "/api/members").status_code == 403
    default = convene(
        "admin", "create-token", "--sub", sub, "--client-id", client["client_id"], "--json"
    ).json
    assert default["scope"] == "read_account list_calendars read_events create_event delete_event"


def test_a_clients_secret_is_replaced_and_the_old_one_works_for_a_day(convene: Convene, database_url: str):
    made = convene("admin", "create-client", "--name", "Tool", "--json").json
    replaced = convene("admin", "rotate-client-secret", "--client-id", made["client_id"], "--json").json
    assert set(replaced) == {"client_id", "client_secret", "old_secret_until"}
    assert replaced["client_secret"] != made["client_secret"]
    until = datetime.fromisoformat(replaced["old_secret_until"])
    assert timedelta(hours=23, minutes=59) < until - present() <= timedelta(hours=24)
    with psycopg.connect(database_url) as conn:
        rows = conn.execute("SELECT expires_at FROM oauth_client_secret ORDER BY created_at").fetchall()
    assert [row[0] is None for row in rows] == [False, True]
    assert abs(rows[0][0] - until) < timedelta(seconds=1)
    assert convene("admin", "rotate-client-secret", "--client-id", "app_x").code == 1


def test_a_service_key_has_exactly_its_grants(convene: Convene, database_url: str):
    convene("admin", "create-user", *ANA)
    made = convene(
        "admin",
        "create-api-key",
        "--name",
        "Wiki",
        "--grant",
        "members:read",
        "--grant",
        "bookings:read",
        "--json",
    ).json
    assert made["grants"] == ["bookings:read", "members:read"]
    assert ask(database_url, made["secret"], "/api/members").status_code == 200
    assert ask(database_url, made["secret"], "/api/audit").status_code == 403


def test_a_room_can_be_booked_and_is_no_member(convene: Convene, database_url: str):
    sub = convene("admin", "create-user", *ANA, "--json").json["sub"]
    room = ("--name", "Fountain", "--email", "fountain@example.com", "--tzid", "Europe/London")
    made = convene("admin", "create-resource", *room, "--seats", "8", "--equipment", "screen", "--json").json
    token = convene("admin", "create-token", "--sub", sub, "--json").json["access_token"]
    with psycopg.connect(database_url) as conn:
        rooms = conn.execute("SELECT account_id, seats, equipment FROM resource_detail").fetchall()
    assert rooms == [(made["sub"], 8, ["screen"])]
    members = ask(database_url, token, "/api/members").json()["members"]
    assert [member["sub"] for member in members] == [sub]
    again = convene("admin", "create-resource", *room)
    assert again.code != 0
    assert "There is a room with this e-mail address already" in again.err


def test_a_forgotten_password_is_replaced_and_ends_the_sessions(convene: Convene, database_url: str):
    convene("admin", "create-user", *ANA, "--password", "an old password")
    assert convene("admin", "set-password", "--email", "ANA@example.com", "--password", PASSWORD).code == 0
    with psycopg.connect(database_url) as conn:
        last = conn.execute("SELECT action, actor FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    assert last == ("password.changed", "system")
    refused = convene("admin", "set-password", "--email", "ana@example.com")
    assert refused.code == 2
    assert "--password" in refused.err


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        ((), 2, "COMMAND"),
        (("fly",), 2, "invalid choice"),
        (("admin",), 2, "ACTION"),
        (("serve", "--port", "0"), 2, "a number from 1 to 65535"),
        (("admin", "create-user", "--email", "ana@example.com"), 2, "--name"),
        (("admin", "create-user", *ANA[:-1], "Mars/Phobos"), 2, "IANA time zone such as Europe/London"),
        (("admin", "create-user", "--email", "ana", *ANA[2:]), 2, "such as ana@example.com"),
        (("admin", "create-user", *ANA[:3], "a\nb", *ANA[4:]), 2, "control characters"),
        (("admin", "create-user", *ANA, "--password", "x" * 513), 2, "at most 512"),
        (("admin", "create-token", "--sub", "acc_nobody"), 1, "There is no account acc_nobody"),
        (("admin", "create-token", "--sub", "acc_nobody", "--scope", "read_account"), 2, "--client-id"),
        (
            ("admin", "set-password", "--email", "x@example.com", "--password", "x"),
            1,
            "no account x@example.com",
        ),
        (("admin", "create-client", "--name", "x", "--redirect-uri", "http://x.example"), 2, "https"),
        (("admin", "create-api-key", "--name", "x"), 2, "--grant"),
        (("admin", "create-api-key", "--name", "x", "--grant", "all"), 2, "Choose from: availability:read"),
    ],
)
def test_what_cannot_be_done_says_why_and_what_to_do(convene: Convene, argv, code, says):
    done = convene(*argv)
    assert done.code == code
    assert says in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_an_address_that_is_taken_is_refused(convene: Convene):
    convene("admin", "create-user", *ANA)
    done = convene("admin", "create-user", *ANA, "--json")
    assert (done.code, done.out) == (1, "")
    assert "already" in done.err


def test_an_unknown_application_or_scope_is_refused(convene: Convene):
    sub = convene("admin", "create-user", *ANA, "--json").json["sub"]
    done = convene("admin", "create-token", "--sub", sub, "--client-id", "app_x")
    assert (done.code, "There is no application app_x" in done.err) == (1, True)
    done = convene("admin", "create-token", "--sub", sub, "--client-id", "app_x", "--scope", "all")
    assert (done.code, "read_account" in done.err) == (2, True)


def test_settings_that_cannot_be_used_are_all_named(convene: Convene, monkeypatch):
    monkeypatch.setenv("CONVENE_PORT", "x")
    monkeypatch.setenv("CONVENE_LOG_LEVEL", "x")
    done = convene("migrate")
    assert done.code == 2
    assert "CONVENE_PORT must" in done.err
    assert "CONVENE_LOG_LEVEL must" in done.err


def test_a_variable_that_is_none_of_ours_is_noted(convene: Convene, monkeypatch):
    monkeypatch.setenv("CONVENE_BASEURL", "https://x.example")
    done = convene("migrate", "--json")
    assert done.json == {"migrated": []}
    assert "Did you mean CONVENE_BASE_URL?" in done.err


def test_no_database_is_said_without_the_password(convene: Convene, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ana:hunter2@127.0.0.1:9/x")
    for command in (("migrate",), ("admin", "create-user", *ANA)):
        done = convene(*command)
        assert done.code == 1
        assert "Check DATABASE_URL" in done.err
        assert "hunter2" not in done.err + done.out


def test_another_sealing_key_is_noticed_before_anything_is_written(
    convene: Convene, monkeypatch, database_url: str
):
    old = SealingKey.generate()
    monkeypatch.setenv("CONVENE_SECRET_KEY", old.format())
    convene("admin", "create-user", *ANA)
    monkeypatch.setenv("CONVENE_SECRET_KEY", SealingKey.generate().format())
    done = convene("admin", "create-client", "--name", "x")
    assert done.code == 1
    assert "CONVENE_SECRET_KEY" in done.err
    new = SealingKey.generate()
    monkeypatch.setenv("CONVENE_SECRET_KEY", f"{new.format()},{old.format()}")
    assert convene("admin", "create-client", "--name", "x").code == 0
    # The canary has moved on to the new key; the old one stays for what it sealed.
    monkeypatch.setenv("CONVENE_SECRET_KEY", new.format())
    assert convene("admin", "create-client", "--name", "x").code == 0


def checks_of(done: Done) -> dict[str, str]:
    return {check["name"]: check["state"] for check in json.loads(done.out)["checks"]}


def test_the_doctor_finds_a_sound_installation_sound(convene: Convene):
    convene("admin", "create-user", *ANA)
    done = convene("doctor", "--json")
    assert done.code == 0
    states = checks_of(done)
    assert {
        states[name] for name in ("database", "schema", "credentials", "clock", "audit log", "sealing key")
    } == {"ok"}
    assert states["worker"] == "warning"
    text = convene("doctor").out
    assert "PostgreSQL" in text
    assert "-> Run: convene serve" in text


def test_the_doctor_says_who_is_missing(convene: Convene):
    assert "nobody can sign in yet" in convene("doctor").out


def test_the_doctor_notices_a_changed_audit_log(convene: Convene, database_url: str):
    convene("admin", "create-user", *ANA)
    with psycopg.connect(database_url) as conn:
        conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_only_grows")
        conn.execute("UPDATE audit SET actor = 'acc_other'")
        conn.execute("ALTER TABLE audit ENABLE TRIGGER audit_only_grows")
    done = convene("doctor", "--json")
    assert done.code == 1
    assert checks_of(done)["audit log"] == "failed"
    assert "entry 1 was changed" in done.out


def test_the_doctor_notices_an_open_key_file_and_a_wrong_key(convene: Convene, tmp_path):
    convene("admin", "create-user", *ANA)
    key = tmp_path / "data" / "secret.key"
    key.chmod(0o644)
    done = convene("doctor", "--json")
    assert done.code == 1
    assert checks_of(done)["sealing key"] == "failed"
    key.write_text(SealingKey.generate().format())
    key.chmod(0o600)
    assert checks_of(convene("doctor", "--json"))["credentials"] == "failed"


def test_the_doctor_says_when_there_is_no_database(convene: Convene, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:9/x")
    done = convene("doctor", "--json")
    assert done.code == 1
    assert checks_of(done)["database"] == "failed"


def test_an_empty_database_is_brought_up_by_whoever_comes_first(
    convene: Convene, monkeypatch, empty_database_url
):
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert checks_of(convene("doctor", "--json"))["schema"] == "warning"
    assert set(convene("admin", "create-user", *ANA, "--json").json) == {"sub"}
    assert convene("migrate", "--json").json == {"migrated": []}
    assert checks_of(convene("doctor", "--json"))["schema"] == "ok"


def test_the_embedded_database_is_run_by_the_programs_that_the_operator_names(passable_path):
    wheel = find_binaries()
    named = passable_path / "bin"
    named.symlink_to(wheel.directory)
    done = subprocess.run(
        [sys.executable, "-m", "convene", "doctor", "--json", "--data", str(passable_path / "data")],
        env=os.environ | {"CONVENE_POSTGRES_BIN": str(named), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["postgresql"]["detail"] == f"{wheel.version} in {named}"
    assert checks["database"]["detail"] == f"PostgreSQL {wheel.version} (embedded)"


def test_admin_works_with_the_embedded_database_running_or_not(passable_path):
    """Two commands at once on a fresh directory: one starts the server, the other joins it."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("CONVENE_", "DATABASE_URL"))
    }
    data = passable_path / "data"
    create = [sys.executable, "-m", "convene", "admin", "create-user", "--json", "--data", str(data)]
    commands = [
        [*create, "--email", f"p{place}@example.com", "--name", f"P{place}", "--tzid", "UTC"]
        for place in range(2)
    ]
    running = [
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for command in commands
    ]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in running]
    assert [code for *_, code in ended] == [0, 0], ended
    subs = {json.loads(out)["sub"] for out, *_ in ended}
    assert len(subs) == 2
    after = subprocess.run(
        [sys.executable, "-m", "convene", "doctor", "--json", "--data", str(data)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert after.returncode == 0, after.stdout + after.stderr
    assert "has no owner" not in after.stdout


def test_every_command_and_option_is_documented():
    text = (ROOT / "docs/reference/cli.md").read_text("utf-8")
    parser = make_parser()
    commands = next(action for action in parser._actions if action.dest == "command").choices
    actions = next(action for action in commands["admin"]._actions if action.dest == "action").choices
    for name, command in {**commands, **actions}.items():
        assert f"`{name}" in text or f"convene {name}" in text, name
        for action in command._actions:
            for option in action.option_strings:
                if option not in ("-h", "--help"):
                    assert option in text, f"{name} {option}"
    assert all(f"`{scope}`" in text for scope in SCOPES)


def test_help_is_there_for_everything(convene: Convene):
    for argv in (("--help",), ("serve", "--help"), ("admin", "--help"), ("admin", "create-token", "--help")):
        done = convene(*argv)
        assert done.code == 0
        assert "usage: convene" in done.out
    assert convene("--version").out.startswith("convene ")


def until(process: subprocess.Popen[str], text: str) -> str:
    """Read what the process says until it says `text`, and return it; fail if it ends before that."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if text in line:
            return said
    raise AssertionError(said)


def test_a_worker_stops_tidily_when_told_to(database_url: str, tmp_path):
    databases.empty(database_url)
    environ = {**os.environ, "DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "convene", "worker"], env=environ, stderr=subprocess.PIPE, text=True
    ) as process:
        until(process, "the worker has started")
        assert process.stderr is not None
        process.terminate()
        rest = process.stderr.read()
        assert process.wait(60) == 0, rest
    assert "Traceback" not in rest
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM procrastinate_workers").fetchone() == (0,)


def test_a_server_serves_and_stops_tidily_when_told_to(database_url: str, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    databases.empty(database_url)
    environ = {**os.environ, "DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "convene", "serve", "--port", port],
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(process, "Uvicorn running")
        assert process.stderr is not None
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").json() == {"status": "ok"}
        process.terminate()
        rest = process.stderr.read()
        assert process.wait(60) == 0, rest
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM procrastinate_workers").fetchone() == (0,)
