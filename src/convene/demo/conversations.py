"""What has been said in the demonstration so far. `{day}` offsets are days before the present."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One message: who, what, and how long before the present (days and wall time in UTC)."""

    by: str
    text: str
    days_ago: int
    at: str


DIRECT: dict[tuple[str, str], tuple[Said, ...]] = {
    ("bo", "ana"): (
        Said("ana", "Morning Bo! Did the import fix make it into the release?", 3, "14:05"),
        Said("bo", "It did. Rolled out to half of the customers, no complaints so far.", 3, "14:09"),
        Said(
            "ana",
            "Lovely. I would like to talk through the launch plan with you before it goes to the board.",
            1,
            "15:20",
        ),
        Said("bo", "Happy to. Half an hour should be enough?", 1, "15:24"),
        Said("ana", "Yes. Pick whatever suits you, my calendar is up to date.", 1, "15:26"),
    ),
    ("bo", "priya"): (
        Said("priya", "I put the new card designs into the shared folder.", 2, "06:40"),
        Said(
            "bo",
            "Seen, they look great. One question about the dark theme, can we meet this week?",
            2,
            "09:15",
        ),
    ),
    ("ana", "sam"): (
        Said(
            "sam",
            "Initech want to see the scheduling flow. Could you join for the last ten minutes?",
            2,
            "19:02",
        ),
        Said("ana", "Sure, send me the time.", 2, "19:10"),
    ),
    ("priya", "tama"): (
        Said("tama", "Handing over three open tickets, notes are in the queue.", 1, "04:55"),
    ),
}

CHANNELS: dict[str, tuple[str, tuple[str, ...], tuple[Said, ...]]] = {
    "launch": (
        "Everything about the autumn launch",
        ("bo", "ana", "priya", "tama", "sam", "ines"),
        (
            Said("ana", "Two weeks to go. The checklist is pinned in the roadmap.", 4, "13:30"),
            Said("priya", "Final illustrations are done.", 3, "07:12"),
            Said("tama", "Support articles are drafted, please have a look.", 2, "22:40"),
            Said("sam", "First three customers are confirmed for the reference calls.", 1, "17:45"),
            Said("bo", "Load test passed, we have room for four times the traffic.", 1, "18:03"),
        ),
    ),
    "water-cooler": (
        "Anything but work",
        ("bo", "ana", "priya", "tama", "sam"),
        (Said("tama", "It is already tomorrow here and I can report: still raining.", 1, "20:15"),),
    ),
}

# (organizer, other, title, note, days ago, time UTC, minutes): a meeting that has been held.
PAST_MEETING = ("ana", "bo", "Launch readiness", "Go through the open risks.", 2, "15:30", 30)
