"""The only way out: HTTP requests to addresses that people typed, with every bound that a stranger's server needs.

Who may be reached is decided in `guarded_network`. Here: https unless the operator allowed the target, redirects of
reading requests only (three, each checked anew, credentials kept on the same origin only, never down from https), a
total deadline, a slowest acceptable rate, and a cap on decoded bytes. Failures are `ProviderError`.
"""

from __future__ import annotations

import base64
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy

import anyio
import httpcore
import httpx

from convene.ports.calendars import ProviderError
from convene.providers.address_rules import AllowedTargets
from convene.providers.guarded_network import Resolver, guarded_pool, resolve

_REDIRECTS = frozenset({301, 302, 307, 308})
_READING = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_MAX_RATIO = 100
_PIECE = 65_536
_USER_AGENT = "Convene (calendar client)"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request, redirects included."""

    body_bytes: int = 5 * 1024 * 1024
    total_seconds: float = 60.0
    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    # A body may be slower than this rate only for so long.
    slow_after_seconds: float = 10.0
    min_bytes_per_second: float = 1024.0
    redirects: int = 3
    # Cut the body at the cap instead of failing: for answers of which only the beginning is shown to a person.
    is_truncated: bool = False


READ = Limits()
POST_ONCE = Limits(
    body_bytes=64 * 1024, total_seconds=15.0, read_seconds=15.0, redirects=0, is_truncated=True
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `url` is where it came from, after redirects; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def retry_after_seconds(self) -> float | None:
        """What the server asks to wait (RFC 9110 10.2.3); a date is measured against the server's own clock."""
        text = self.headers.get("retry-after", "").strip()
        if text.isdigit():
            return float(min(int(text), 86_400))
        try:
            wait = parsedate_to_datetime(text) - parsedate_to_datetime(self.headers.get("date", ""))
        except (TypeError, ValueError):
            return None
        return min(max(wait.total_seconds(), 0.0), 86_400.0)


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL."""
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.host.lower(), parsed.port or (443 if parsed.scheme == "https" else 80)


def parse_target(text: str) -> httpx.URL:
    """Return a URL that may be requested; raises `ProviderError` with code `bad_url`."""
    try:
        url = httpx.URL(text)
        host = url.host
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise ProviderError("permanent", "bad_url", "This is not an address that can be opened.") from error
    if url.scheme not in ("http", "https") or not host:
        raise ProviderError("permanent", "bad_url", "The address must begin with https:// and a host name.")
    if url.userinfo:
        raise ProviderError("permanent", "bad_url", "Leave name and password out of the address.")
    return url.copy_with(fragment=None)


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, before it is known where it ends."""

    method: str
    headers: Mapping[str, str]
    content: bytes
    auth: tuple[str, str] | None = field(repr=False)
    limits: Limits

    @property
    def is_reading(self) -> bool:
        return self.method in _READING

    def without_credentials(self) -> _Call:
        kept = {name: value for name, value in self.headers.items() if name.lower() != "authorization"}
        return replace(self, headers=kept, auth=None)


class _PoolTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a pool of ours."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        # The parent's constructor would build an unguarded pool.
        self._pool = pool


class HttpClient:
    """Requests to other people's servers.

    Args:
        allow_private_targets: hosts and CIDRs to which the operator allows private addresses, plain http and any port.
        resolver, connector, ssl_context: for tests; the system's by default.
    """

    def __init__(
        self,
        allow_private_targets: Sequence[str] = (),
        *,
        resolver: Resolver = resolve,
        connector: httpcore.AsyncNetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        allowed = AllowedTargets(allow_private_targets)
        context = ssl_context or _trusting()
        transports: dict[str, httpx.AsyncBaseTransport | None] = {
            scheme: _PoolTransport(
                guarded_pool(
                    allowed,
                    is_plain=scheme == "http://",
                    ssl_context=context,
                    resolver=resolver,
                    connector=connector,
                )
            )
            for scheme in ("https://", "http://")
        }
        self._client = httpx.AsyncClient(
            mounts=transports, trust_env=False, follow_redirects=False, headers={"User-Agent": _USER_AGENT}
        )
        # httpx keeps cookies between requests; credentials here are per person, so nothing may be kept.
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    async def close(self) -> None:
        await self._client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        auth: tuple[str, str] | None = None,
        limits: Limits = READ,
    ) -> Answer:
        """Send one request and return the whole answer, whatever its status.

        `auth` is sent as Basic at once (RFC 7617; some servers never ask). Reading requests follow redirects and are
        repeated once when the connection breaks; writing ones are not, since their outcome is unknown then.
        """
        target = parse_target(url)
        call = _Call(method, dict(headers or {}), content, auth, limits)
        try:
            with anyio.fail_after(limits.total_seconds):
                return await self._follow(call, target)
        except TimeoutError as error:
            raise ProviderError("temporary", "timeout", f"{target.host} took too long to answer.") from error

    async def post_once(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Answer:
        """POST without redirects or repetition, 15 s in all; of the answer at most 64 KiB are read."""
        return await self.request("POST", url, headers=headers, content=content, limits=POST_ONCE)

    async def _follow(self, call: _Call, target: httpx.URL) -> Answer:
        first = origin(str(target))
        hops = call.limits.redirects
        while True:
            is_home = origin(str(target)) == first
            answer = await self._send_repeating(call if is_home else call.without_credentials(), target)
            location = answer.headers.get("location")
            follows = call.is_reading and call.limits.redirects > 0
            if answer.status not in _REDIRECTS or not location or not follows:
                return answer
            if hops == 0:
                raise ProviderError("permanent", "too_many_redirects", f"{target.host} redirects too often.")
            hops -= 1
            target = _next_target(target, location)

    async def _send_repeating(self, call: _Call, target: httpx.URL) -> Answer:
        try:
            return await self._send(call, target)
        except ProviderError as error:
            # Servers close idle connections under us; asking again for the same text is harmless.
            if error.code != "connection_lost" or not call.is_reading:
                raise
        return await self._send(call, target)

    async def _send(self, call: _Call, target: httpx.URL) -> Answer:
        limits = call.limits
        headers = {**call.headers, "Accept-Encoding": "gzip"}
        if call.auth is not None:
            headers["Authorization"] = _basic(*call.auth)
        timeout = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
        request = self._client.build_request(
            call.method, target, headers=headers, content=call.content, timeout=timeout
        )
        try:
            response = await self._client.send(request, stream=True)
            try:
                body = await _read_body(response, limits)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise _translated(error, target.host) from error
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, found, body, str(target))


def _trusting() -> ssl.SSLContext:
    """Trust the authorities that browsers do, and those that the operator added to the system."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def _next_target(current: httpx.URL, location: str) -> httpx.URL:
    try:
        joined = current.join(location)
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise ProviderError(
            "permanent", "bad_redirect", f"{current.host} redirects to no address."
        ) from error
    found = parse_target(str(joined))
    if current.scheme == "https" and found.scheme != "https":
        raise ProviderError(
            "permanent", "bad_redirect", f"{current.host} redirects to an unencrypted address."
        )
    return found


async def _read_body(response: httpx.Response, limits: Limits) -> bytes:
    body = bytearray()
    async for piece in _decoded(response, limits):
        body += piece
        if len(body) > limits.body_bytes:
            if limits.is_truncated:
                return bytes(body[: limits.body_bytes])
            host = response.request.url.host
            raise ProviderError("permanent", "too_large", f"The answer of {host} is too large.")
    return bytes(body)


async def _decoded(response: httpx.Response, limits: Limits) -> AsyncIterator[bytes]:
    """Yield the decoded body in pieces no larger than what may still be taken."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    host = response.request.url.host
    if encoding in ("", "identity"):
        async for piece in _timely(response, limits):
            yield piece
        return
    if encoding not in ("gzip", "x-gzip"):
        raise ProviderError(
            "permanent", "bad_encoding", f"{host} answers in an encoding that was not asked for."
        )
    unpacker = zlib.decompressobj(wbits=31)
    received = produced = 0
    async for piece in _timely(response, limits):
        received += len(piece)
        waiting, out = piece, b""
        while waiting or len(out) == _PIECE:
            try:
                out = unpacker.decompress(waiting, _PIECE)
            except zlib.error as error:
                raise ProviderError("temporary", "bad_answer", f"{host} sent a broken answer.") from error
            produced += len(out)
            if produced > _PIECE and produced > received * _MAX_RATIO:
                raise ProviderError(
                    "permanent", "too_large", f"The answer of {host} unpacks to far too much."
                )
            if out:
                yield out
            waiting = unpacker.unconsumed_tail
    if received and not unpacker.eof:
        raise ProviderError("temporary", "bad_answer", f"The answer of {host} is cut off.")


async def _timely(response: httpx.Response, limits: Limits) -> AsyncIterator[bytes]:
    """Yield raw pieces; fail when they drip."""
    started, received = anyio.current_time(), 0
    async for piece in response.aiter_raw():
        received += len(piece)
        elapsed = anyio.current_time() - started
        if elapsed > limits.slow_after_seconds and received < elapsed * limits.min_bytes_per_second:
            host = response.request.url.host
            raise ProviderError("temporary", "too_slow", f"{host} answers too slowly.")
        yield piece


def _translated(error: httpx.HTTPError, host: str) -> ProviderError:
    if isinstance(error, httpx.TimeoutException):
        return ProviderError("temporary", "timeout", f"{host} took too long to answer.")
    if isinstance(error, httpx.ConnectError):
        if _is_tls(error):
            return ProviderError(
                "temporary", "tls_failed", f"The certificate of {host} could not be trusted."
            )
        return ProviderError("temporary", "unreachable", f"{host} does not accept connections.")
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError | httpx.CloseError):
        return ProviderError("temporary", "connection_lost", f"{host} broke off the connection.")
    return ProviderError("temporary", "bad_answer", f"{host} did not answer as a web server does.")


def _is_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
