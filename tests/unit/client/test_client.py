"""The Python client: what it repeats, what it tells, what it believes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from convene.client import (
    ApiError,
    AsyncClient,
    Client,
    InvalidSignature,
    SlotTaken,
    StaleBooking,
    TransportError,
    calls,
    verified,
)
from convene.client import client as sending
from convene.security.signatures import new_signing_secret, signed_headers

START = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
BOOKING = {
    "booking_id": "bkg_1",
    "revision": 1,
    "state": "confirmed",
    "title": "Talk",
    "note": "",
    "start": "2026-11-24T14:30:00Z",
    "end": "2026-11-24T15:00:00Z",
    "organizer_id": "acc_a",
    "tzid": "Europe/London",
    "participants": [],
    "conferencing": None,
    "links": {},
    "something_newer": {"than": "this client"},
}
Answering = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, which nobody waits for here."""
    found: list[float] = []
    monkeypatch.setattr(sending.time, "sleep", found.append)
    return found


def client(*answers: httpx.Response | Exception) -> tuple[Client, list[httpx.Request]]:
    """A client whose server gives these answers one after the other, and what it was sent."""
    left, sent = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return Client("https://convene.test", "cvp_x", transport=httpx.MockTransport(answer)), sent


def test_a_booking_is_sent_and_read():
    convene, sent = client(httpx.Response(201, json=BOOKING))
    booking = convene.book(["acc_b"], START, 30, title="Talk")
    assert (booking.start, booking.revision) == (START, 1)
    assert sent[0].headers["authorization"] == "Bearer cvp_x"
    assert json.loads(sent[0].content)["start"] == "2026-11-24T14:30:00Z"


def test_a_lost_answer_is_asked_for_again_with_the_same_key(waits: list[float]):
    convene, sent = client(httpx.ReadTimeout("lost"), httpx.Response(503), httpx.Response(201, json=BOOKING))
    assert convene.book(["acc_b"], START, 30).booking_id == "bkg_1"
    assert len({request.headers["idempotency-key"] for request in sent}) == 1
    assert len(waits) == 2


def test_two_bookings_have_two_keys():
    convene, sent = client(httpx.Response(201, json=BOOKING), httpx.Response(201, json=BOOKING))
    convene.book(["acc_b"], START, 30)
    convene.book(["acc_b"], START, 30)
    assert len({request.headers["idempotency-key"] for request in sent}) == 2


def test_what_must_not_happen_twice_is_not_repeated_when_the_answer_is_lost():
    convene, sent = client(httpx.ReadTimeout("lost"))
    with pytest.raises(TransportError):
        convene.subscribe("https://hooks.example.com", ["booking.confirmed"])
    assert len(sent) == 1


def test_a_server_that_is_busy_says_when(waits: list[float]):
    convene, _ = client(
        httpx.Response(429, json={"code": "rate_limited"}, headers={"retry-after": "7"}),
        httpx.Response(200, json={"members": []}),
    )
    assert convene.members().members == []
    assert waits == [7.0]


def test_nobody_waits_for_minutes():
    convene, sent = client(httpx.Response(429, json={}, headers={"retry-after": "600"}))
    with pytest.raises(ApiError) as told:
        convene.members()
    assert (told.value.status, told.value.retry_after, len(sent)) == (429, 600, 1)


def test_trying_ends():
    convene, sent = client(*[httpx.ConnectError("down")] * 3)
    with pytest.raises(TransportError, match="GET /api/members: down"):
        convene.members()
    assert len(sent) == 3


def test_refusals_have_names():
    slot = {"start": "2026-11-24T15:00:00Z", "end": "2026-11-24T15:30:00Z"}
    convene, _ = client(
        httpx.Response(409, json={"code": "slot_taken", "detail": "gone", "alternatives": [slot]}),
        httpx.Response(412, json={"code": "stale"}),
        httpx.Response(422, json={"code": "invalid", "field": "start", "detail": "start is wrong"}),
        httpx.Response(401, json={"error": "invalid_token", "error_description": "expired"}),
        httpx.Response(502, text="<html>bad gateway</html>"),
    )
    with pytest.raises(SlotTaken) as taken:
        convene.book(["acc_b"], START, 30)
    assert taken.value.alternatives[0].start == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    with pytest.raises(StaleBooking):
        convene.cancel("bkg_1", revision=1)
    with pytest.raises(ApiError, match="start is wrong") as invalid:
        convene.booking("bkg_1")
    assert invalid.value.field == "start"
    with pytest.raises(ApiError, match="invalid_token: expired"):
        convene.link("sch_1")
    with pytest.raises(ApiError, match="502"):
        convene.members()


def test_a_time_without_a_zone_is_refused_before_anything_is_sent():
    convene, sent = client()
    with pytest.raises(ValueError, match="zone"):
        convene.book(["acc_b"], datetime(2026, 11, 24, 14, 30), 30)
    assert sent == []


def test_both_clients_have_every_call():
    names = {
        name
        for name, value in inspect.getmembers(calls, inspect.isfunction)
        if not name.startswith("_") and name not in ("dataclass", "field", "instant")
    }
    for kind in (Client, AsyncClient):
        assert names - set(dir(kind)) == set()


async def test_the_asynchronous_client_repeats_too(monkeypatch: pytest.MonkeyPatch):
    async def no_wait(_: float) -> None:
        return None

    monkeypatch.setattr(sending.asyncio, "sleep", no_wait)
    answers = [httpx.Response(503), httpx.Response(200, json=BOOKING)]
    transport = httpx.MockTransport(lambda _: answers.pop(0))
    async with AsyncClient("https://convene.test", "t", transport=transport) as convene:
        assert (await convene.booking("bkg_1")).title == "Talk"


class TestWebhooks:
    BODY = json.dumps(
        {
            "event_id": "evt_1",
            "type": "booking.confirmed",
            "organization_id": "org_1",
            "occurred_at": "2026-11-24T14:30:00Z",
            "data": {"booking": BOOKING},
        }
    ).encode()

    def test_what_the_server_signs_is_believed(self):
        secret = new_signing_secret()
        headers = {
            name.title(): value for name, value in signed_headers([secret], "evt_1", 1000, self.BODY).items()
        }
        event = verified([new_signing_secret(), secret], headers, self.BODY, now=1100)
        assert (event.type, event.data["booking"]["revision"]) == ("booking.confirmed", 1)

    @pytest.mark.parametrize("change", ["body", "secret", "late", "early", "unsigned", "time"])
    def test_nothing_else_is(self, change: str):
        secret = new_signing_secret()
        headers = signed_headers([secret], "evt_1", 1000, self.BODY)
        body, now = self.BODY, 1000.0
        match change:
            case "body":
                body += b" "
            case "secret":
                secret = new_signing_secret()
            case "late":
                now = 1301
            case "early":
                now = 699
            case "unsigned":
                del headers["webhook-signature"]
            case "time":
                headers["webhook-timestamp"] = "x"
        with pytest.raises(InvalidSignature):
            verified(secret, headers, body, now=now)
