"""How fast the availability engine answers: `python bench/availability.py [runs]`.

First every answer is compared with the naive sweep, head-counts included; a difference ends the run. Then medians:

ready    combine bitsets that are kept ready and list the starts as integers
rebuild  make the bitset of one host whose calendar changed, its windows cached
cold     everything from working hours and busy times, no windows cached
naive    the naive sweep of this very run, on the same machine (three runs)

The published figures of Cal.com's core were measured separately with the same data (its own functions for windows,
busy times, combination and slots on Node 20, two cores, no database, nothing kept ready between queries): compare the
order of magnitude, not the digits. The ratio against the naive sweep is of this run.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from time import perf_counter

import naive_sweep
from convene.core import availability_rules
from convene.core.availability import Grid, Member, bits_to_starts, combine, head_counts, starts_bitset
from workloads import Host, Workload, load

CALCOM_CORE_MS = {"W1": 5.0, "W2": 8.8, "W3": 165.0, "W4": 785.0}
NAIVE_RUNS = 3


def bitset(host: Host, workload: Workload, grid: Grid) -> int:
    """One host's permitted starts."""
    windows = availability_rules.working_windows(host.rule, *workload.period)
    return starts_bitset(Member(windows, host.busy), grid, workload.duration)


def all_bitsets(workload: Workload, grid: Grid) -> list[int]:
    return [bitset(host, workload, grid) for host in workload.hosts]


def answer(bitsets: list[int], workload: Workload, grid: Grid) -> list[int]:
    return bits_to_starts(combine(bitsets, workload.required), grid)


def cold_answer(workload: Workload, grid: Grid) -> list[int]:
    availability_rules._week_windows.cache_clear()  # noqa: SLF001 - a cold start is what is measured
    return answer(all_bitsets(workload, grid), workload, grid)


def median_us(run: Callable[[], object], runs: int) -> float:
    run()
    took = []
    for _ in range(runs):
        began = perf_counter()
        run()
        took.append(perf_counter() - began)
    return statistics.median(took) * 1e6


def check(workload: Workload, grid: Grid, bitsets: list[int]) -> int:
    """Compare with the naive sweep; returns the number of slots."""
    starts = answer(bitsets, workload, grid)
    if starts != naive_sweep.starts(workload):
        sys.exit(f"{workload.name}: the slots differ from the naive sweep's")
    if head_counts(bitsets, grid) != naive_sweep.head_counts(workload):
        sys.exit(f"{workload.name}: the head-counts differ from the naive sweep's")
    return len(starts)


def main() -> None:
    runs = max(20, int(sys.argv[1]) if len(sys.argv) > 1 else 50)
    print(f"medians of {runs} runs, microseconds; every slot set and head-count equals the naive sweep's")
    print(
        f"{'':4} {'slots':>6} {'ready':>8} {'rebuild':>8} {'counts':>8} {'cold':>9} {'naive':>10}"
        f"   {'naive/ready':>11} {'naive/cold':>10}   {'Cal.com ms':>10} {'/ready':>7} {'/cold':>6}"
    )
    for workload in load().values():
        grid = Grid.over(workload.period, workload.duration, workload.interval)
        bitsets = all_bitsets(workload, grid)
        slots = check(workload, grid, bitsets)
        ready = median_us(lambda: answer(bitsets, workload, grid), runs)  # noqa: B023 - run at once
        rebuild = median_us(lambda: bitset(workload.hosts[0], workload, grid), runs)  # noqa: B023
        counts = median_us(lambda: head_counts(bitsets, grid), runs)  # noqa: B023
        cold = median_us(lambda: cold_answer(workload, grid), runs)  # noqa: B023
        naive = median_us(lambda: naive_sweep.starts(workload), NAIVE_RUNS)  # noqa: B023
        published = CALCOM_CORE_MS.get(workload.name)
        peer = (
            f"{published:>10.1f} {published * 1000 / ready:>6.0f}x {published * 1000 / cold:>5.0f}x"
            if published
            else f"{'cannot':>10}"
        )
        print(
            f"{workload.name:4} {slots:>6} {ready:>8.1f} {rebuild:>8.1f} {counts:>8.1f} {cold:>9.1f} {naive:>10.0f}"
            f"   {naive / ready:>10.0f}x {naive / cold:>9.1f}x   {peer}"
        )


if __name__ == "__main__":
    main()
