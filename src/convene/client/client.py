"""Sending calls, at once or asynchronously. Lost answers, 429 and 503 are tried again where that is harmless."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx
import msgspec

from convene.client import calls
from convene.client.calls import Call
from convene.client.errors import ApiError, TransportError, error_of

T = TypeVar("T")
P = ParamSpec("P")

TRIES = 3
LONGEST_WAIT = 30.0
_BUSY = (429, 503)


def _now(call: Callable[P, Call[T]]) -> Callable[Concatenate[Client, P], T]:
    """Make a method that sends a call and returns its answer."""

    def method(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.send(call(*args, **kwargs))

    return _documented(method, call)


def _soon(call: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, T]]:
    """Make a method that sends a call and returns its answer when awaited."""

    async def method(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.send(call(*args, **kwargs))

    return _documented(method, call)


F = TypeVar("F", bound=Callable[..., Any])


def _documented(method: F, call: Callable[..., Any]) -> F:
    method.__name__, method.__doc__ = call.__name__, call.__doc__
    return method


class Client:
    """Args:
    base_url: the installation's address.
    token: a personal token, a service key, an application's client secret or an account's access token.
    acting_for: the member for whom a service key acts.
    timeout: seconds for one try.
    transport: for tests.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        acting_for: str | None = None,
        timeout: float = 15.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url, headers=_headers(token, acting_for), timeout=timeout, transport=transport
        )

    def send(self, call: Call[T]) -> T:
        """Send a call. Raises `ApiError` (or a kind of it) if it is refused, `TransportError` without an answer."""
        for number in range(1, TRIES + 1):
            wait = 0.0
            try:
                return _answer(call, self._http.send(_request(self._http, call)))
            except (httpx.TransportError, ApiError) as error:
                wait = _wait_after(error, call, number)
            time.sleep(wait)
        raise AssertionError("the last try either answers or raises")

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    members = _now(calls.members)
    availability = _now(calls.availability)
    book = _now(calls.book)
    booking = _now(calls.booking)
    bookings = _now(calls.bookings)
    reschedule = _now(calls.reschedule)
    cancel = _now(calls.cancel)
    accept = _now(calls.accept)
    decline = _now(calls.decline)
    subscribe = _now(calls.subscribe)
    create_link = _now(calls.create_link)
    link = _now(calls.link)
    disable_link = _now(calls.disable_link)


class AsyncClient:
    """`Client` to await, with the same arguments."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        acting_for: str | None = None,
        timeout: float = 15.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url, headers=_headers(token, acting_for), timeout=timeout, transport=transport
        )

    async def send(self, call: Call[T]) -> T:
        """Send a call. Raises `ApiError` (or a kind of it) if it is refused, `TransportError` without an answer."""
        for number in range(1, TRIES + 1):
            wait = 0.0
            try:
                return _answer(call, await self._http.send(_request(self._http, call)))
            except (httpx.TransportError, ApiError) as error:
                wait = _wait_after(error, call, number)
            await asyncio.sleep(wait)
        raise AssertionError("the last try either answers or raises")

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    members = _soon(calls.members)
    availability = _soon(calls.availability)
    book = _soon(calls.book)
    booking = _soon(calls.booking)
    bookings = _soon(calls.bookings)
    reschedule = _soon(calls.reschedule)
    cancel = _soon(calls.cancel)
    accept = _soon(calls.accept)
    decline = _soon(calls.decline)
    subscribe = _soon(calls.subscribe)
    create_link = _soon(calls.create_link)
    link = _soon(calls.link)
    disable_link = _soon(calls.disable_link)


def _headers(token: str, acting_for: str | None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}"}
    return {**headers, "Convene-Acting-For": acting_for} if acting_for else headers


def _request(http: httpx.Client | httpx.AsyncClient, call: Call[Any]) -> httpx.Request:
    return http.build_request(
        call.method, call.path, params=dict(call.params), json=call.body, headers=dict(call.headers)
    )


def _answer(call: Call[T], response: httpx.Response) -> T:
    if response.is_success:
        return msgspec.json.decode(response.content, type=call.answer)
    raise error_of(response.status_code, response.content, response.headers.get("retry-after"))


def _wait_after(error: Exception, call: Call[Any], number: int) -> float:
    """Return the seconds before the next try, or raise what must be told: the error of the last try, or of a call
    that must not be sent twice."""
    is_refusal = isinstance(error, ApiError)
    is_busy = isinstance(error, ApiError) and error.status in _BUSY
    # A server that says it is busy has not begun; a lost answer may have been a yes.
    may_repeat = is_busy or (not is_refusal and call.is_repeatable)
    if number >= TRIES or not may_repeat:
        if is_refusal:
            raise error
        raise TransportError(f"{call.method} {call.path}: {error}") from error
    asked = error.retry_after if isinstance(error, ApiError) else None
    wait = asked if asked is not None else 0.2 * 2**number
    if wait > LONGEST_WAIT:
        raise error
    return wait
