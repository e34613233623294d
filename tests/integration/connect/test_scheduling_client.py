"""The one door to scheduling: what is sent through it, what comes back, and what equal questions share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from convene.connect.scheduling_client import SHARED_SECONDS, SchedulingClient
from convene.core.errors import Unavailable
from convene.core.permissions import Caller
from convene.security.sealing import Secret
from factories.chat import ChatWorld, Member

ANA = Caller("org_1", "session", "acc_ana")
BO = Caller("org_1", "session", "acc_bo")
ASKED = {"from": "2026-11-24T00:00:00Z", "to": "2026-11-25T00:00:00Z", "duration_minutes": "30"}


class Platform:
    """An HTTP peer behind httpx's own transport interface that answers when it is told to."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(
            200, json={"slots": []}
        )
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await self.may_answer.wait()
        return self.answer(request)


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def client(platform: Platform, seconds: Seconds) -> AsyncIterator[SchedulingClient]:
    async def key(org_id: str) -> Secret:
        return Secret(f"key of {org_id}")

    made = SchedulingClient(
        httpx.MockTransport(platform.handle),
        "http://scheduling.test",
        key,
        monotonic=seconds,
        timeout_seconds=0.2,
    )
    yield made
    await made.close()


async def test_a_question_names_the_person_and_carries_the_organisation_s_key(
    client: SchedulingClient, platform: Platform
) -> None:
    answer = await client.availability(ANA, ["acc_bo"], ASKED)
    assert json.loads(answer.body) == {"slots": []}
    (request,) = platform.requests
    assert request.headers["authorization"] == "Bearer key of org_1"
    assert request.headers["convene-acting-for"] == "acc_ana"
    assert request.url.path == "/api/availability"
    assert dict(request.url.params) == {**ASKED, "participants": "acc_ana,acc_bo", "flexible": "acc_ana"}


async def test_equal_questions_under_way_share_one_answer(
    client: SchedulingClient, platform: Platform
) -> None:
    platform.may_answer.clear()
    waiting = [asyncio.create_task(client.availability(ANA, ["acc_bo", "acc_cy"], ASKED)) for _ in range(5)]
    waiting.append(asyncio.create_task(client.availability(ANA, ["acc_cy", "acc_bo", "acc_bo"], dict(ASKED))))
    others = [
        asyncio.create_task(client.availability(BO, ["acc_cy"], ASKED)),
        asyncio.create_task(client.availability(ANA, ["acc_bo"], ASKED)),
        asyncio.create_task(
            client.availability(ANA, ["acc_bo", "acc_cy"], {**ASKED, "duration_minutes": "45"})
        ),
    ]
    await asyncio.sleep(0.02)
    waiting[0].cancel()
    platform.may_answer.set()
    answers = await asyncio.gather(*waiting, *others, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert all(not isinstance(answer, BaseException) and answer.status == 200 for answer in answers[1:])
    assert len(platform.requests) == 4


async def test_an_answer_is_shared_for_two_seconds_and_no_longer(
    client: SchedulingClient, platform: Platform, seconds: Seconds
) -> None:
    await client.availability(ANA, ["acc_bo"], ASKED)
    seconds.now += SHARED_SECONDS - 0.01
    await client.availability(ANA, ["acc_bo"], ASKED)
    assert len(platform.requests) == 1
    seconds.now += 0.02
    await client.availability(ANA, ["acc_bo"], ASKED)
    assert len(platform.requests) == 2


async def test_a_refusal_is_shared_with_nobody_later(client: SchedulingClient, platform: Platform) -> None:
    platform.answer = lambda _: httpx.Response(422, json={"code": "invalid", "field": "to"})
    for _ in range(2):
        assert (await client.availability(ANA, ["acc_bo"], ASKED)).status == 422
    assert len(platform.requests) == 2


async def test_a_booking_ends_the_sharing(client: SchedulingClient, platform: Platform) -> None:
    await client.availability(ANA, ["acc_bo"], ASKED)
    await client.book(ANA, {"participants": ["acc_bo"]}, "key-1")
    await client.availability(ANA, ["acc_bo"], ASKED)
    client.forget_answers()
    await client.availability(ANA, ["acc_bo"], ASKED)
    assert [request.url.path for request in platform.requests] == [
        "/api/availability",
        "/api/bookings",
        "/api/availability",
        "/api/availability",
    ]


async def test_silence_and_broken_lines_are_unavailable(client: SchedulingClient, platform: Platform) -> None:
    platform.may_answer.clear()
    with pytest.raises(Unavailable):
        await client.booking(ANA, "bkg_1")
    platform.may_answer.set()

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    platform.answer = broken
    with pytest.raises(Unavailable):
        await client.availability(ANA, ["acc_bo"], ASKED)
    platform.answer = lambda _: httpx.Response(200, json={})
    assert (await client.availability(ANA, ["acc_bo"], ASKED)).status == 200


async def test_a_refused_service_key_does_not_sign_people_out(
    client: SchedulingClient, platform: Platform
) -> None:
    platform.answer = lambda _: httpx.Response(401, json={"code": "unauthenticated"})
    with pytest.raises(Unavailable):
        await client.booking(ANA, "bkg_1")


@pytest.mark.parametrize("odd", ["../members", "a/b", "..", "x?y=1", "%2e%2e", ""])
async def test_ids_do_not_climb_out_of_their_path(
    client: SchedulingClient, platform: Platform, odd: str
) -> None:
    await client.booking(ANA, odd)
    await client.change_booking(ANA, odd, "cancel", {}, {})
    assert [request.url.path for request in platform.requests] == [
        "/api/bookings/unknown",
        "/api/bookings/unknown/cancel",
    ]


class TestThroughTheHandlers:
    """What pages get of it."""

    @pytest.fixture
    async def page(
        self, chat: ChatWorld, ana: Member, platform: Platform
    ) -> AsyncIterator[httpx.AsyncClient]:
        from convene.realtime import PostgresBus

        built = chat.connect(PostgresBus(chat.db.conninfo), httpx.MockTransport(platform.handle))
        transport = httpx.ASGITransport(app=chat.app(built))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://convene.test/connect/api", headers=ana.cookie
        ) as made:
            yield made

    async def test_refusals_are_passed_on_as_they_are(
        self, page: httpx.AsyncClient, platform: Platform
    ) -> None:
        refusal = {"code": "slot_taken", "alternatives": [{"start": "x", "end": "y"}], "status": 409}
        platform.answer = lambda _: httpx.Response(
            409, json=refusal, headers={"content-type": "application/problem+json", "retry-after": "3"}
        )
        body = {
            "with": ["acc_" + "b" * 26],
            "start": "2026-11-24T14:30:00Z",
            "duration_minutes": 30,
            "title": "Sync",
        }
        answer = await page.post("/bookings", json=body, headers={"Idempotency-Key": "k-1"})
        assert (answer.status_code, answer.json()) == (409, refusal)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "3"
        (request,) = platform.requests
        assert request.headers["idempotency-key"] == "k-1"
        assert json.loads(request.content) == {
            "participants": body["with"],
            "start": body["start"],
            "duration_minutes": 30,
            "title": "Sync",
        }

    async def test_a_booking_needs_a_key_and_a_conversation_of_one_s_own(
        self, page: httpx.AsyncClient, platform: Platform
    ) -> None:
        body: dict[str, Any] = {
            "with": ["acc_" + "b" * 26],
            "start": "2026-11-24T14:30:00Z",
            "duration_minutes": 30,
            "title": "Sync",
        }
        answer = await page.post("/bookings", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
        body["conversation_id"] = "cnv_" + "0" * 26
        answer = await page.post("/bookings", json=body, headers={"Idempotency-Key": "k-1"})
        assert answer.status_code == 404
        assert platform.requests == []

    async def test_a_stale_revision_is_passed_both_ways(
        self, page: httpx.AsyncClient, platform: Platform
    ) -> None:
        platform.answer = lambda _: httpx.Response(412, json={"code": "stale", "revision": 4})
        path = "/bookings/bkg_" + "0" * 26
        for action, body in (
            ("reschedule", {"start": "2026-11-24T14:30:00Z"}),
            ("cancel", {"reason": "ill"}),
        ):
            answer = await page.post(f"{path}/{action}", json=body, headers={"If-Match": '"3"'})
            assert (answer.status_code, answer.json()["revision"]) == (412, 4)
            assert platform.requests[-1].headers["if-match"] == '"3"'
            assert json.loads(platform.requests[-1].content) == body

    async def test_a_silent_platform_is_a_problem_document(
        self, page: httpx.AsyncClient, platform: Platform
    ) -> None:
        def broken(request: httpx.Request) -> httpx.Response:
            raise httpx.ReadTimeout("slow", request=request)

        platform.answer = broken
        answer = await page.get("/bookings/bkg_1")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
