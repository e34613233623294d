"""First read of a big calendar, and ten changes in it, beside vdirsyncer on the same server in the same run.

    python3 -m venv /tmp/vdirsyncer && /tmp/vdirsyncer/bin/pip install vdirsyncer==0.21.0
    python bench/sync.py --vdirsyncer /tmp/vdirsyncer/bin/vdirsyncer [--events 50000] [--rounds 3]

The server is Radicale, its calendar on disk from the start and listed once before anybody is measured, so that both find
it warm. Ours is everything: discovery, reading, parsing in the limited process, expansion, and storing events, busy
blocks and occurrences in PostgreSQL. vdirsyncer copies into a directory of files and knows nothing of times. Each runs
in a process of its own; the median of the rounds counts, and what either of them takes at most in memory.
Expansion is measured by `bench/expansion.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import databases  # noqa: E402 - found through the line above
from caldav_servers import PASSWORD, USER, Radicale, event_text  # noqa: E402

CHANGES = 10


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--events", type=int, default=50_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--vdirsyncer", type=Path)
    asked.add_argument("--ours", nargs=2, metavar=("URL", "DATABASE"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.ours:
        asyncio.run(ours(*given.ours))
        return
    databases.choose_place()
    try:
        with tempfile.TemporaryDirectory() as folder, databases.running_server() as server:
            compare(Path(folder), server, given)
    finally:
        databases.clear_place()


def compare(folder: Path, server: tuple[str, str | None], given: argparse.Namespace) -> None:
    radicale = Radicale(folder / "radicale")
    fill(radicale, given.events)
    radicale.start()
    try:
        warm(radicale)
        print(f"{given.events:,} events, {given.rounds} rounds; medians", flush=True)
        found = [one_round(folder / str(number), radicale, server, given) for number in range(given.rounds)]
    finally:
        radicale.stop()
    names = found[0].keys()
    middle = {name: statistics.median(row[name] for row in found) for name in names}
    for name, value in middle.items():
        unit = "MB" if "memory" in name else "s"
        spread = f"{min(row[name] for row in found):.1f} to {max(row[name] for row in found):.1f}"
        print(f"{name:34} {value:9.1f} {unit:3} ({spread})")
    for what in ("first", "changes"):
        if f"vdirsyncer {what}" in middle:
            print(f"{what}: {middle[f'vdirsyncer {what}'] / middle[f'convene {what}']:.1f} times as fast")


def one_round(
    place: Path, radicale: Radicale, server: tuple[str, str | None], given: argparse.Namespace
) -> dict[str, float]:
    place.mkdir()
    found: dict[str, float] = {}
    with databases.new_database(*server, f"convene_bench_sync_{os.getpid()}") as url:
        command = [sys.executable, __file__, "--ours", radicale.url, url]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        assert process.stdout is not None
        for what in ("first", "changes"):
            if what == "changes":
                change(radicale, given.events)
                process.stdin.write("again\n")
                process.stdin.flush()
            found |= json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(timeout=60)
    if given.vdirsyncer:
        found |= theirs(place, radicale, given)
    return found


async def ours(url: str, database_url: str) -> None:
    """Connect and read; say how long it took and where; read again when told to."""
    from convene.storage.database import Database
    from convene.storage.migrate import migrate
    from factories.calendars import calendar_world

    await migrate(database_url)
    database = Database(database_url)
    await database.open()
    spent: dict[str, float] = {}
    async with calendar_world(database, lambda: datetime.now(UTC)) as place:
        ana = await place.world.person("Ana", "Europe/London")
        provider = place.sync.providers["caldav"]
        provider.changes = timed(provider.changes, "fetching", spent)  # type: ignore[method-assign]
        parser = place.sync.rounds.parser
        parser.read = timed(parser.read, "parsing and expanding", spent)  # type: ignore[method-assign]
        view = None
        for what in ("first", "changes"):
            spent.clear()
            started = time.perf_counter()
            if view is None:
                view = await place.connect(ana, url)
            else:
                await asyncio.to_thread(sys.stdin.readline)
                started = time.perf_counter()
                await place.read(view)
            whole = time.perf_counter() - started
            assert (await place.view(ana, view)).row.state == "ok", (await place.view(ana, view)).row
            print(json.dumps(told(what, whole, spent)), flush=True)
    await database.close()


def told(what: str, whole: float, spent: dict[str, float]) -> dict[str, float]:
    found = {f"convene {what}": whole}
    found |= {f"  of it {name}": seconds for name, seconds in spent.items() if what == "first"}
    if what == "first":
        found["  of it storing"] = whole - sum(spent.values())
        found["convene memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found["convene memory, parser"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return found


def timed(function: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    async def measured(*args: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return await function(*args, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - started

    return measured


def theirs(place: Path, radicale: Radicale, given: argparse.Namespace) -> dict[str, float]:
    """Let vdirsyncer copy the calendar, then the changes."""
    (place / "config").write_text(
        f'[general]\nstatus_path = "{place}/status/"\n'
        '[pair work]\na = "there"\nb = "here"\ncollections = ["team"]\n'
        f'[storage there]\ntype = "caldav"\nurl = "{radicale.url}"\nusername = "{USER}"\npassword = "{PASSWORD}"\n'
        'item_types = ["VEVENT"]\nread_only = true\n'
        f'[storage here]\ntype = "filesystem"\npath = "{place}/copy/"\nfileext = ".ics"\n'
    )
    program = [str(given.vdirsyncer), "-c", str(place / "config")]
    subprocess.run([*program, "discover", "work"], input=b"y\ny\n", check=True, capture_output=True)
    found: dict[str, float] = {}
    for what in ("first", "changes"):
        if what == "changes":
            change(radicale, given.events)
        started = time.perf_counter()
        subprocess.run([*program, "sync", "work"], check=True, capture_output=True)
        found[f"vdirsyncer {what}"] = time.perf_counter() - started
    assert len(list((place / "copy" / "team").iterdir())) == given.events
    return found


def texts(count: int) -> Iterator[tuple[str, str]]:
    """Name and text of events over two years: most of them single, some weekly."""
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=365)
    for number in range(count):
        start = first + timedelta(minutes=21 * number % (730 * 1440))
        end = start + timedelta(minutes=30)
        more = {"RRULE": "FREQ=WEEKLY;COUNT=10"} if number % 50 == 0 else {}
        said = {"DESCRIPTION": f"Agenda of meeting {number}. " * 6, "LOCATION": "Room 4", **more}
        stamp = "%Y%m%dT%H%M%SZ"
        yield (
            f"event-{number}.ics",
            event_text(
                f"{number}@bench", f"{start:{stamp}}", f"{end:{stamp}}", summary=f"Meeting {number}", **said
            ),
        )


def fill(radicale: Radicale, count: int) -> None:
    """Put a calendar where Radicale keeps them."""
    place = radicale.folder / "data" / "collection-root" / USER / "team"
    place.mkdir(parents=True)
    (place / ".Radicale.props").write_text(
        '{"tag": "VCALENDAR", "D:displayname": "Work", "C:supported-calendar-component-set": "VEVENT"}'
    )
    for name, text in texts(count):
        (place / name).write_text(text, newline="")


def warm(radicale: Radicale) -> None:
    body = (
        '<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><getetag/></prop>'
        "</sync-collection>"
    )
    with httpx.Client(auth=(USER, PASSWORD), trust_env=False) as client:
        answer = client.request("REPORT", radicale.calendar_url, content=body, timeout=1800)
        assert answer.status_code == 207, answer.text


def change(radicale: Radicale, count: int) -> None:
    """Rewrite ten events, as somebody's other program does."""
    for number in range(0, count, count // CHANGES):
        name = f"event-{number}.ics"
        text = radicale.get(name)
        assert text is not None
        radicale.put(name, text.replace("SUMMARY:Meeting", "SUMMARY:Moved meeting"))


if __name__ == "__main__":
    main()
