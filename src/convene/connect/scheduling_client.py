"""The one door to scheduling: HTTP with Connect's service key, acting for the signed-in person.

In one process the transport calls the platform's application in memory; with an address it goes over the network.
Nothing here knows which. The platform's answers, refusals included, are passed on as they are.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from convene.core.errors import Unavailable
from convene.core.permissions import Caller
from convene.security.sealing import Secret

logger = logging.getLogger(__name__)

ServiceKey = Callable[[str], Awaitable[Secret | str]]
"""Returns the service key of an organisation."""

TIMEOUT_SECONDS = 10.0
SHARED_SECONDS = 2.0
_PASSED_ON = ("content-type", "retry-after", "etag", "idempotency-replayed")
_Question = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform said: status, body and the headers that mean something to a page."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class _Shared:
    """One question under way or just answered."""

    task: asyncio.Task[Answer]
    answered_at: float | None = None


class SchedulingClient:
    """Asks the platform on behalf of people.

    Args:
        transport: carries requests to the platform (httpx's ASGI transport in one process).
        base_url: the platform's address.
        service_key: gives the key with the grants that Connect needs.
        monotonic: seconds that only grow, for the short sharing of answers.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        base_url: str,
        service_key: ServiceKey,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._client = httpx.AsyncClient(
            transport=transport, base_url=base_url, timeout=timeout_seconds, follow_redirects=False
        )
        self._service_key = service_key
        self._monotonic = monotonic
        self._timeout_seconds = timeout_seconds
        self._shared: dict[_Question, _Shared] = {}

    async def close(self) -> None:
        """Let go of connections and of questions nobody waits for."""
        for shared in self._shared.values():
            shared.task.cancel()
        self._shared.clear()
        await self._client.aclose()

    async def availability(self, caller: Caller, others: Sequence[str], params: Mapping[str, str]) -> Answer:
        """Ask when the caller and `others` can meet; the caller's own working hours do not bound the answer.

        Equal questions of one person that are under way, or were answered within two seconds, share one answer.
        Nothing is kept longer, and nothing at all once a booking was changed from here.
        """
        asked = {**params, "participants": ",".join(_met(caller, others)), "flexible": caller.member_id}
        question = caller.org_id, caller.member_id, tuple(sorted(asked.items()))
        shared = self._shared.get(question)
        if shared is None or self._is_old(shared):
            self._forget_old()
            shared = _Shared(asyncio.create_task(self._ask(caller, "GET", "/api/availability", params=asked)))
            self._shared[question] = shared
            shared.task.add_done_callback(lambda task: self._note(question, task))
        # A page that closes must not take the answer away from the others who wait for it.
        return await asyncio.shield(shared.task)

    async def explain(self, caller: Caller, others: Sequence[str], question: Mapping[str, Any]) -> Answer:
        """Ask what stands against one time of the caller and `others`, bound as `availability` is."""
        asked = {**question, "participants": _met(caller, others), "flexible": [caller.member_id]}
        return await self._ask(caller, "POST", "/api/availability/explain", json=asked)

    async def rooms(self, caller: Caller, params: Mapping[str, str]) -> Answer:
        """List the rooms that can be booked; with a `start` whether each is free."""
        return await self._ask(caller, "GET", "/api/resources", params=params)

    def _is_old(self, shared: _Shared) -> bool:
        return shared.answered_at is not None and self._monotonic() - shared.answered_at >= SHARED_SECONDS

    def _forget_old(self) -> None:
        for question in [key for key, shared in self._shared.items() if self._is_old(shared)]:
            del self._shared[question]

    def _note(self, question: _Question, task: asyncio.Task[Answer]) -> None:
        """Share a good answer for a moment; a refusal or a failure is asked again."""
        shared = self._shared.get(question)
        if shared is None or shared.task is not task:
            return
        failed = task.cancelled() or task.exception() is not None
        if failed or not task.result().is_success:
            del self._shared[question]
            return
        shared.answered_at = self._monotonic()
        asyncio.get_running_loop().call_later(SHARED_SECONDS, self._forget_old)

    def forget_answers(self) -> None:
        """Somebody's time has changed: whoever asks from now on is answered afresh."""
        self._shared.clear()

    async def book(self, caller: Caller, booking: Mapping[str, Any], idempotency_key: str) -> Answer:
        """Book a meeting."""
        headers = {"Idempotency-Key": idempotency_key}
        answer = await self._ask(caller, "POST", "/api/bookings", json=booking, headers=headers)
        self.forget_answers()
        return answer

    async def free_time(self, caller: Caller, params: Mapping[str, str]) -> Answer:
        """Ask for free time as it is at this moment, exactly as `params` say."""
        return await self._ask(caller, "GET", "/api/availability", params=params)

    async def share_time(self, caller: Caller, share: Mapping[str, Any]) -> Answer:
        """Note that the caller shows their free time to whoever is given the share's id."""
        return await self._ask(caller, "POST", "/api/availability-shares", json=share)

    async def end_share(self, caller: Caller, share_id: str) -> Answer:
        """End a share of the caller's."""
        return await self._ask(caller, "DELETE", f"/api/availability-shares/{_segment(share_id)}")

    async def booking(self, caller: Caller, booking_id: str) -> Answer:
        """Read a meeting of the caller's."""
        return await self._ask(caller, "GET", f"/api/bookings/{_segment(booking_id)}")

    async def change_booking(
        self,
        caller: Caller,
        booking_id: str,
        action: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> Answer:
        """Move (`reschedule`) or call off (`cancel`) a meeting; `headers` may hold `If-Match`, `Idempotency-Key`."""
        path = f"/api/bookings/{_segment(booking_id)}/{action}"
        answer = await self._ask(caller, "POST", path, json=body, headers=headers)
        self.forget_answers()
        return answer

    async def _ask(
        self,
        caller: Caller,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        key = await self._service_key(caller.org_id)
        sent = {
            **(headers or {}),
            "Authorization": f"Bearer {key.reveal() if isinstance(key, Secret) else key}",
            "Convene-Acting-For": caller.member_id,
        }
        # As they came in (headers are read as Latin-1): what is wrong with them is the platform's to say.
        encoded = {name.encode("ascii"): value.encode("latin-1") for name, value in sent.items()}
        try:
            # The transport in memory knows no time-outs of its own.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._client.request(method, path, params=params, json=json, headers=encoded)
        except (httpx.HTTPError, TimeoutError) as error:
            logger.warning("scheduling did not answer %s %s: %s", method, path, type(error).__name__)
            raise Unavailable("Scheduling does not answer right now. Try again in a moment.") from error
        if response.status_code == 401:
            # Ours, not the reader's: they are signed in, the key is not accepted.
            logger.error("scheduling does not accept Connect's service key")
            raise Unavailable("Connect cannot reach scheduling right now.", retry_after_seconds=30)
        passed = {name: response.headers[name] for name in _PASSED_ON if name in response.headers}
        return Answer(response.status_code, response.content, passed)


def _met(caller: Caller, others: Sequence[str]) -> list[str]:
    return [caller.member_id, *sorted(set(others) - {caller.member_id})]


def _segment(text: str) -> str:
    """A path segment that cannot climb: ids are letters, digits and an underscore."""
    return text if text.replace("_", "").isalnum() and text.isascii() else "unknown"
