"""What events do to free time."""

from datetime import UTC, datetime

import pytest

from convene.core.events import Event, EventTime, Occurrence
from convene.core.freebusy import Block, busy_blocks, busy_kind, merge_blocks
from convene.core.recurrence import Expansion

START = EventTime(datetime(2026, 1, 5, 9), UTC)


def an_event(**fields: str) -> Event:
    return Event("one@test", START, **fields)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "busy"),
        ({"transparency": "opaque"}, "busy"),
        ({"transparency": "transparent"}, None),
        ({"status": "confirmed"}, "busy"),
        ({"status": "tentative"}, "tentative"),
        ({"status": "cancelled"}, None),
        ({"participation": "accepted"}, "busy"),
        ({"participation": "declined"}, None),
        ({"participation": "tentative"}, "tentative"),
        ({"participation": "needs-action"}, "tentative"),
        ({"participation": "needs-action", "status": "cancelled"}, None),
        ({"busy_status": "free"}, None),
        ({"busy_status": "workingelsewhere"}, None),
        ({"busy_status": "tentative"}, "tentative"),
        ({"busy_status": "oof"}, "busy"),
        ({"busy_status": "free", "transparency": "opaque"}, "busy"),
        ({"busy_status": "busy", "transparency": "transparent"}, None),
    ],
)
def test_kind(fields: dict[str, str], kind: str | None) -> None:
    assert busy_kind(an_event(**fields)) == kind


def test_blocks_are_cut_joined_and_sorted() -> None:
    blocks = [
        Block(50, 60, "busy"),
        Block(-10, 5, "busy"),
        Block(5, 8, "busy"),
        Block(55, 70, "tentative"),
        Block(58, 59, "busy"),
        Block(20, 20, "busy"),
        Block(95, 200, "unknown"),
        Block(200, 300, "busy"),
    ]
    assert merge_blocks(blocks, (0, 100)) == [
        Block(0, 8, "busy"),
        Block(50, 60, "busy"),
        Block(55, 70, "tentative"),
        Block(95, 100, "unknown"),
    ]


def test_an_exception_has_a_kind_of_its_own() -> None:
    master, cancelled = an_event(), an_event(status="cancelled")
    expansion = Expansion(
        [Occurrence(0, 10, 0, False, master), Occurrence(20, 30, 20, False, cancelled)],
        [(40, 50, master), (60, 70, an_event(transparency="transparent"))],
    )
    assert busy_blocks(expansion, (0, 100)) == [Block(0, 10, "busy"), Block(40, 50, "unknown")]
