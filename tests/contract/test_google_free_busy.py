"""When Google's colleagues are busy: asked in pieces, joined again, and unknown where Google does not know."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from convene.ports.calendars import Credentials, KnowsColleagues, ProviderError
from convene.providers.google_calendar import GoogleCalendarProvider
from convene.providers.http_client import HttpClient
from factories.google import endpoints
from fakes.google_calendar import BUSY, EMAIL, LIST, WRITE, GoogleCalendarFake, google_calendar

START = datetime(2026, 12, 1, tzinfo=UTC)
BO = "bo@globex.example"


@pytest.fixture
def fake() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        yield found


@pytest.fixture
async def provider(fake: GoogleCalendarFake) -> AsyncIterator[GoogleCalendarProvider]:
    http = HttpClient(["127.0.0.1"])
    yield GoogleCalendarProvider(http, endpoints(fake.url), lambda: START)
    await http.close()


def granted(fake: GoogleCalendarFake, *scopes: str) -> Credentials:
    _, access = fake.issue(*scopes)
    return Credentials("https://google.test", EMAIL, access, frozenset(scopes))


def asked(fake: GoogleCalendarFake) -> int:
    return sum(path.endswith("/freeBusy") for _, path, _ in fake.requests)


async def test_long_times_are_asked_in_pieces_and_joined(fake, provider):
    assert isinstance(provider, KnowsColleagues)
    long = (START + timedelta(days=29), START + timedelta(days=61))
    fake.colleagues[BO] = [(START - timedelta(hours=1), START + timedelta(hours=2)), long]
    end = START + timedelta(days=60)
    found = await provider.free_busy(granted(fake, LIST, BUSY), [BO], START, end)
    assert [(time.start, time.end) for time in found[BO].busy] == [
        (START, START + timedelta(hours=2)),
        (START + timedelta(days=29), end),
    ]
    assert asked(fake) == 2


async def test_many_colleagues_are_asked_in_pieces(fake, provider):
    people = [f"p{n}@globex.example" for n in range(120)]
    for address in people:
        fake.colleagues[address] = []
    found = await provider.free_busy(granted(fake, LIST, BUSY), people, START, START + timedelta(days=1))
    assert list(found) == people
    assert all(times.is_known for times in found.values())
    assert asked(fake) == 3


@pytest.mark.parametrize("reason", ["notFound", "internalError"])
async def test_who_is_not_told_of_is_unknown(fake, provider, reason):
    fake.colleagues[BO] = reason
    fake.colleagues["cy@globex.example"] = [(START, START + timedelta(hours=1))]
    found = await provider.free_busy(
        granted(fake, LIST, BUSY), [BO, "cy@globex.example"], START, START + timedelta(days=1)
    )
    assert (found[BO].problem, found[BO].is_known, found["cy@globex.example"].is_known) == (
        reason,
        False,
        True,
    )


async def test_what_was_not_granted_is_not_asked(fake, provider):
    found = await provider.free_busy(granted(fake, LIST, WRITE), [BO], START, START + timedelta(days=1))
    assert found[BO].problem == "not_granted"
    assert fake.requests == []


async def test_a_failed_question_tells_of_nobody(fake, provider):
    fake.faults.answers = [(500, "backendError", "")]
    with pytest.raises(ProviderError):
        await provider.free_busy(granted(fake, LIST, BUSY), [BO], START, START + timedelta(days=1))
