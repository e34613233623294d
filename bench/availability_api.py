"""How fast `POST /v1/availability` answers over HTTP: `python bench/availability_api.py [requests]`.

Every answer is compared with the naive sweep first; a difference ends the run. Then, in turn with a constant answer of
the same bytes from the same process behind the same middleware (which looks nobody up), three kinds of question:

again    the very question that was asked before, as a page or a program that waits does
new      a period that nobody has asked about before, of the same people: what is kept of them is put together
changed  everybody's time has changed since (one connection): all rows are read

Credentials are looked up for every question. For new ones the constant answer is as long as they are on average.

Then how long others wait while the largest workload is read (the event loop is one for all), what a question costs, rows
read, beside 10^3 to 10^6 events outside its period, and what is kept of a calendar.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psycopg

import naive_sweep
from convene.core import availability_rules
from convene.core.availability import Grid, Member, starts_bitset
from convene.core.availability_query import MemberSpec
from convene.core.instants import from_seconds
from convene.services.availability_cache import ENTRY_BYTES, AvailabilityCache, Kept, bytes_of_bits
from convene.services.availability_ready import Part
from load import Figures, request, run
from running import running
from served_availability import upcoming
from workloads import Workload

ROUNDS = 15
MOST = 512
QUARTER, PER_DAY = 15 * 60, 96
SIZES = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Site:
    """Where to ask, as whom, and where to change things behind its back."""

    port: int
    told: dict[str, Any]
    db: psycopg.Connection

    def post(self, path: str, body: dict[str, Any]) -> bytes:
        headers = {"authorization": f"Bearer {self.told['token']}", "content-type": "application/json"}
        return request("POST", path, f"127.0.0.1:{self.port}", headers, json.dumps(body).encode())

    def ask(self, body: dict[str, Any]) -> bytes:
        return self.post("/v1/availability", body)

    def change(self, subs: list[str]) -> None:
        """Make everything that is kept of these accounts worthless."""
        self.db.execute(
            "INSERT INTO time_change (org_id, account_id) SELECT %s, unnest(%s::text[])",
            [self.told["org_id"], subs],
        )


def another(workload: Workload, number: int) -> Workload:
    """The same people, asked about a part of the period: `number` says which."""
    start, end = workload.period
    within_days = start + QUARTER * (number % PER_DAY), end - QUARTER * (number // PER_DAY % PER_DAY)
    return replace(workload, period=within_days)


def body_of(workload: Workload, subs: list[str], most: int = MOST) -> dict[str, Any]:
    first, last = (from_seconds(at).isoformat().replace("+00:00", "Z") for at in workload.period)
    members = [{"sub": sub, "managed_availability": True} for sub in subs]
    return {
        "participants": [{"members": members, "required": workload.required}],
        "required_duration": {"minutes": workload.duration // 60},
        "start_interval": {"minutes": workload.interval // 60},
        "query_periods": [{"start": first, "end": last}],
        "response_format": "overlapping_slots",
        "max_results": most,
    }


async def answer_of(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    writer.close()
    if b" 200 " not in head[:20]:
        sys.exit(f"{head.decode()}{body.decode()}")
    return body


def check(workload: Workload, answer: bytes) -> None:
    found = [slot["start"] for slot in json.loads(answer)["available_slots"]]
    starts = naive_sweep.starts(workload)[:MOST]
    if found != [from_seconds(start).isoformat().replace("+00:00", "Z") for start in starts]:
        sys.exit(f"{workload.name}: the answer differs from the naive sweep's")


def in_turn(
    site: Site, make: Callable[[int], bytes], constant: bytes, count: int, connections: int
) -> tuple[Figures, Figures, float]:
    """Both, one after the other, several times: the middle run of each, and the middle of the ratios of pairs."""
    ours, beside = [], []
    for at in range(ROUNDS):
        begins = at * count
        ours.append(
            asyncio.run(run(site.port, lambda number: make(begins + number), count, connections))  # noqa: B023
        )
        beside.append(asyncio.run(run(site.port, lambda _: constant, count, connections)))
    ratio = statistics.median(a.rate / b.rate for a, b in zip(ours, beside, strict=True))
    middle = ROUNDS // 2
    return (
        sorted(ours, key=lambda one: one.rate)[middle],
        sorted(beside, key=lambda one: one.rate)[middle],
        ratio,
    )


def workload_rows(site: Site, workload: Workload, count: int) -> None:
    subs = site.told["subs"][workload.name]
    body = body_of(workload, subs)
    again = site.ask(body)
    answer = asyncio.run(answer_of(site.port, again))
    check(workload, answer)
    constant = site.post(f"/bench/constant?bytes={len(answer)}", body)
    count = max(20, count // (1 + len(workload.hosts) // 10))
    numbers = iter(range(1, PER_DAY * PER_DAY))

    def new(_: int) -> bytes:
        return site.ask(body_of(another(workload, next(numbers)), subs))

    def changed(_: int) -> bytes:
        site.change(subs)
        return again

    # Some that are checked as well; none of these is asked again.
    tried = [another(workload, PER_DAY * at + at) for at in range(1, PER_DAY, 6)]
    answers = [asyncio.run(answer_of(site.port, site.ask(body_of(one, subs)))) for one in tried]
    for one, found in zip(tried, answers, strict=True):
        check(one, found)
    length = sum(map(len, answers)) // len(answers)
    alike = site.post(f"/bench/constant?bytes={length}", body)

    print(f"{workload.name}: {workload.note}; {len(answer):,} bytes")
    for name, make, beside_it, connections, times in (
        ("again", lambda _: again, constant, 8, count),
        ("again", lambda _: again, constant, 1, count),
        ("new", new, alike, 8, count),
        ("new", new, alike, 1, count),
        ("changed", changed, constant, 1, max(5, count // 20)),
    ):
        ours, beside, ratio = in_turn(site, make, beside_it, times, connections)
        print(
            f"  {name:8}x{connections}  {ours}\n  {'constant':8}x{connections}  {beside}   ratio {ratio:.2f}"
        )


async def waiting(site: Site, workload: Workload) -> float:
    """The longest that a small answer took while everybody's rows were read, in milliseconds."""
    subs = site.told["subs"][workload.name]
    again, small = site.ask(body_of(workload, subs)), site.post("/bench/constant?bytes=100", {})
    longest = 0.0
    for _ in range(ROUNDS):
        site.change(subs)
        reading = asyncio.create_task(run(site.port, lambda _: again, 1, 1))
        while not reading.done():
            figures = await run(site.port, lambda _: small, 5, 1)
            longest = max(longest, figures.longest)
        await reading
    return longest


def flatness(site: Site, workload: Workload) -> None:
    """Ask W1 while its calendar fills up with events before and after the period."""
    [sub] = site.told["subs"]["W1"]
    again = site.ask(body_of(workload, [sub]))
    found = site.db.execute(
        "SELECT b.org_id, b.calendar_id, b.remote_id, b.calendar_num FROM busy_block b JOIN calendar c"
        " ON c.num = b.calendar_num WHERE c.account_id = %s LIMIT 1",
        [sub],
    ).fetchone()
    assert found is not None
    before = asyncio.run(answer_of(site.port, again))
    print("events outside the period, all rows read for every question (one connection):")
    there = 0
    for size in SIZES:
        site.db.execute(
            "INSERT INTO busy_block (org_id, calendar_id, remote_id, during, kind, calendar_num)"
            " SELECT %s, %s, %s, tstzrange(at, at + interval '30 minutes'), 'busy', %s"
            " FROM generate_series(%s::bigint, %s::bigint) AS n, LATERAL (SELECT CASE WHEN n %% 4 = 0"
            " THEN %s::timestamptz + interval '7 minutes' * n ELSE %s::timestamptz - interval '5 minutes' * n END AS at)"
            " AS moments",
            [
                *found,
                there + 1,
                size,
                from_seconds(workload.period[1] + 86400),
                from_seconds(workload.period[0] - 3 * 86400),
            ],
        )
        there = size
        site.db.execute("ANALYZE busy_block")

        def changed(_: int) -> bytes:
            site.change([sub])
            return again

        times = [asyncio.run(run(site.port, changed, 40, 1)) for _ in range(ROUNDS)]
        if asyncio.run(answer_of(site.port, again)) != before:
            sys.exit("events outside the period changed the answer")
        figures = sorted(times, key=lambda one: one.p50)[ROUNDS // 2]
        print(f"  {size:>9,}   {figures}")


def memory(workload: Workload) -> None:
    """What one kept bitset takes, measured, beside what it is counted as."""
    grid = Grid.over(workload.period, workload.duration, workload.interval)
    members = [
        Member(availability_rules.working_windows(host.rule, *workload.period), host.busy)
        for host in workload.hosts
    ]
    cache = AvailabilityCache(10**9)
    now = from_seconds(workload.period[0])
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    lens = 0, 0, workload.duration, workload.interval
    for number in range(1000):
        bits = starts_bitset(members[number % len(members)], grid, workload.duration)
        spec = MemberSpec(f"acc_{number:026}", is_managed=True)
        part = Part(workload.period, bits, None, is_known=True)
        cache.put(
            (lens, ("org_x", "app_x"), spec), Kept(part, 1, now, None, ENTRY_BYTES + bytes_of_bits(bits))
        )
    taken = (tracemalloc.get_traced_memory()[0] - before) / len(cache)
    tracemalloc.stop()
    print(
        f"memory: {taken:,.0f} bytes for a member's starts every 15 minutes of 12 weeks, counted as"
        f" {cache.size / len(cache):,.0f}; 64 MB hold {64_000_000 * len(cache) // cache.size:,} of them"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    workloads = upcoming()
    memory(workloads["W4"])
    with running("served_availability.py") as (port, told), psycopg.connect(told["conninfo"]) as db:
        db.autocommit = True
        db.execute("ANALYZE")
        site = Site(port, told, db)
        for workload in workloads.values():
            workload_rows(site, workload, count)
        longest = asyncio.run(waiting(site, workloads["W4"]))
        print(f"the longest that others waited while all rows of W4 were read: {longest:.0f} ms")
        flatness(site, workloads["W1"])


if __name__ == "__main__":
    main()
