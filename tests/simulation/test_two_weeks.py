"""Two weeks of two people's calendars at two services that fail, in virtual time: in the end all say the same.

`CONVENE_SIMULATIONS` says how many seeds are tried (4 unless told), `CONVENE_SIMULATION_FROM` the first of them.
"""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from two_people import two_people

from fakes.google_calendar import google_calendar
from fakes.microsoft_graph import microsoft_graph

FIRST = int(os.environ.get("CONVENE_SIMULATION_FROM", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("CONVENE_SIMULATIONS", "4")))
DAYS = 14


@pytest.mark.parametrize("seed", SEEDS)
async def test_both_sides_are_equal_in_the_end(db, clock, seed: int):
    with google_calendar() as google, microsoft_graph() as microsoft:
        async with two_people(db, clock, google, microsoft, seed) as people:
            try:
                ends = clock() + timedelta(days=DAYS)
                while clock() < ends:
                    clock.advance(minutes=people.rng.choice([5, 60, 240, 600]))
                    for _ in range(people.rng.randrange(4)):
                        await people.something()
                    await people.work()
                await people.come_to_rest()
                await people.check()
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}\n" + "\n".join(people.log)) from error
