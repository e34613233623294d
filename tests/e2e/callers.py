"""The demonstration's people as their programs would speak for them: over the API, with a session of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from serving import ServedConvene


class DemoCaller:
    """One person's signed-in client, and everybody's account ids by name."""

    def __init__(self, name: str, client: httpx.Client, people: dict[str, str]) -> None:
        self.name = name
        self.client = client
        self.people = people

    def offers(self, whom: str, days: int = 14) -> list[str]:
        """The starts at which somebody could be met for half an hour, as the booking modal asks for them."""
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        answer = self.client.get(
            "/api/availability",
            params={
                "participants": f"{self.people[self.name]},{self.people[whom]}",
                "flexible": self.people[self.name],
                "from": start.isoformat().replace("+00:00", "Z"),
                "to": (start + timedelta(days=days)).isoformat().replace("+00:00", "Z"),
                "duration_minutes": 30,
            },
        )
        assert answer.status_code == 200, answer.text
        return [slot["start"] for slot in answer.json()["slots"]]

    def book(self, whom: str, start: str | None = None, title: str = "First come") -> dict[str, Any]:
        """Book half an hour with somebody, at their first free time unless told when."""
        made = self.client.post(
            "/api/bookings",
            json={
                "participants": [self.people[whom]],
                "start": start or self.offers(whom)[0],
                "duration_minutes": 30,
                "title": title,
            },
        )
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.json()
        return found


@contextmanager
def calling_as(demo: ServedConvene, name: str) -> Iterator[DemoCaller]:
    """Sign in as somebody, as the demonstration's one click does."""
    with httpx.Client(base_url=demo.url, headers={"origin": demo.url}, trust_env=False) as client:
        people = {person["name"]: person["sub"] for person in client.get("/api/demo/people").json()["people"]}
        assert client.post("/api/demo/session", json={"sub": people[name]}).status_code == 200
        yield DemoCaller(name, client, people)
