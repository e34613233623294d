"""The doctor's findings about the machine and about work that is stuck. The command itself: test_cli.py."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from convene import doctor
from convene.storage import health
from convene.storage.database import Database

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_a_sound_machine_is_found_sound(tmp_path: Path) -> None:
    found = doctor.machine(tmp_path / "data", tmp_path / "data" / "postgres", None, (), NOW)
    assert {check.name: check.state for check in found if check.name != "data directory"} == {
        "python": "ok",
        "time zones": "ok",
        "postgresql": "ok",
        "private targets": "ok",
    }


def test_an_old_python_is_named() -> None:
    assert doctor.python((3, 10)).state == "failed"
    assert doctor.python((3, 11)).state == "ok"


@pytest.mark.parametrize(
    ("version", "state"), [("2026f", "ok"), ("2025a", "ok"), ("2024b", "warning"), ("?", "warning")]
)
def test_old_zone_rules_are_named(version: str, state: str) -> None:
    assert doctor.zones(version, NOW).state == state


@pytest.mark.parametrize(("free", "state"), [(100 << 20, "failed"), (1 << 30, "warning"), (50 << 30, "ok")])
def test_a_disk_that_runs_full_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    usage = (100 << 30, (100 << 30) - free, free)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: type("Usage", (), {"free": usage[2]}))
    check = doctor.disk(tmp_path / "not" / "yet")
    assert check.state == state
    assert bool(check.remedy) == (state != "ok")


def test_a_data_directory_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    assert doctor.disk(tmp_path / "file" / "data").state == "failed"
    monkeypatch.setattr(os, "access", lambda *_: False)
    check = doctor.disk(tmp_path)
    assert check.state == "failed"
    assert "CONVENE_DATA" in check.remedy


def test_a_cluster_of_an_unknown_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")
    [check] = doctor.embedded(tmp_path)
    assert check.state == "failed"
    assert "PostgreSQL 9" in check.detail
    assert "docs/how-to/postgresql.md" in check.remedy


def test_a_cluster_that_lives_elsewhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "postgres").symlink_to(tmp_path / "real")
    *_, check = doctor.embedded(tmp_path / "postgres")
    assert check.state == "warning"
    assert str(tmp_path / "real") in check.detail


@pytest.mark.parametrize(
    ("target", "state", "words"),
    [
        ("nas.example.com", "ok", "nas.example.com"),
        ("192.168.1.0/24", "ok", "192.168.1.0/24"),
        ("127.0.0.1/32", "warning", "this machine's own services"),
        ("::1/128", "warning", "this machine's own services"),
        ("169.254.0.0/16", "warning", "hand out credentials"),
        ("0.0.0.0/0", "warning", "hand out credentials"),
        ("10.0.0.0/8", "warning", "addresses to calendars"),
    ],
)
def test_openings_into_the_network_are_named(target: str, state: str, words: str) -> None:
    [check] = doctor.openings((target,))
    assert check.state == state
    assert words in check.detail


@pytest.mark.parametrize(
    ("base_url", "kinds", "state", "words"),
    [
        ("http://meet.example.com", [], "ok", "Google and Microsoft are not set up"),
        (
            "https://meet.example.com",
            ["google", "microsoft"],
            "ok",
            "/oauth/calendar/google/callback and https",
        ),
        (
            "http://meet.example.com",
            ["google"],
            "warning",
            "nobody would be sent back to http://meet.example.com",
        ),
        ("http://127.0.0.1:8000", ["google"], "ok", "come back to"),
        ("http://127.0.0.1:8000", ["microsoft"], "warning", "nobody would be sent back"),
        ("http://localhost:8000", ["google", "microsoft"], "ok", "come back to"),
    ],
)
def test_where_services_send_people_back_to_is_named(
    base_url: str, kinds: list[str], state: str, words: str
) -> None:
    check = doctor.sign_ins(base_url, kinds)
    assert (check.state, words in check.detail) == (state, True)
    assert bool(check.remedy) == (state != "ok")


async def test_jobs_of_workers_that_are_gone_are_counted(db: Database) -> None:
    async with db.connection() as conn:
        cursor = await conn.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '5 minutes')"
            " RETURNING id"
        )
        alive, gone = [row[0] for row in await cursor.fetchall()]
        for worker in (alive, gone, None):
            await conn.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
                " VALUES ('default', 'deliver_webhook', '{}', 'doing', %s)",
                [worker],
            )
        assert (await health.figures(conn, NOW))["jobs_stalled"] == 2
