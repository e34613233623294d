"""The guarded client: nobody's address leads inside, and no answer costs more than its bounds."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from httpx._utils import URLPattern

from convene.ports.calendars import ProviderError
from convene.providers.address_rules import AllowedTargets, inner_addresses, is_denied
from convene.providers.http_client import HttpClient, Limits
from fakes.raw_server import Request, answer, serve

PUBLIC = "93.184.216.34"
NAMES = {
    "public.example": [PUBLIC],
    "inside.example": ["10.0.0.5"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:10.1.2.3"],
    "nat64.example": ["64:ff9b::a9fe:a9fe"],
    "localnat64.example": ["64:ff9b:1::1"],
    "sixtofour.example": ["2002:a9fe:a9fe::1"],
    "teredo.example": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "scoped.example": ["fe80::1%eth0"],
    "localhost": ["127.0.0.1", "::1"],
    "internal": ["172.16.9.9"],
}


async def stub_resolver(host: str, port: int) -> list[str]:
    """Answer as the system's resolver does: odd IPv4 spellings are addresses too."""
    if host in NAMES:
        return NAMES[host]
    bare = host.strip("[]")
    if ":" in bare:
        return [bare]
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        raise ProviderError("temporary", "host_not_found", host) from None


class CountingConnector(httpcore.AsyncNetworkBackend):
    """Counts the sockets that would be opened and opens none."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.opened.append((host, port))
        raise httpcore.ConnectError("counted")


NASTY_HOSTS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "10.0.0.1", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "0xA9FEA9FE", "2852039166", "127。0。0。1", "127．0．0．1", "①②⑦.⓪.⓪.①",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[2001:db8::1]", "[3fff::1]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[100::1]",
    "[4000::1]", "[5f00::1]",
    *[name for name in NAMES if name != "public.example"],
    "LOCALHOST", "localhost.",
]  # fmt: skip
NASTY_URLS = [
    *[f"{scheme}://{host}{rest}" for host in NASTY_HOSTS for scheme in ("https", "http") for rest in ("/x", ":8443/")],
    "http://public.example/",
    "http://public.example:443/",
    "http://public.example:8443/",
    "https://public.example:22/",
    "https://user:pw@public.example/",
    "https://public.example@127.0.0.1/",
    "https://127.0.0.1#@public.example/",
    "https://public.example\\@127.0.0.1/",
    "https://exam\tple.example/",
    "https:///etc/passwd",
    "https://",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "ftp://public.example/",
    "unix:///run/x.sock",
    "//127.0.0.1/",
    "127.0.0.1",
    "",
    "https://[::1",
    "https://public.example:99999/",
    "https://\x00public.example/",
]  # fmt: skip

Caller = Callable[[HttpClient, str], Awaitable[Any]]
CALLERS: dict[str, Caller] = {
    "feed": lambda client, url: client.request("GET", url),
    "caldav": lambda client, url: client.request("PROPFIND", url, auth=("u", "p")),
    "webhook": lambda client, url: client.post_once(url, headers={}, content=b"{}"),
}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
async def test_no_socket_is_opened_to_a_denied_address(caller: Caller) -> None:
    connector = CountingConnector()
    client = HttpClient(resolver=stub_resolver, connector=connector)
    for url in NASTY_URLS:
        with pytest.raises(ProviderError) as caught:
            await caller(client, url)
        assert caught.value.code in {"host_refused", "port_refused", "bad_url", "host_not_found"}, url
    assert connector.opened == []
    # The same caller does get out when the address is a public one.
    with pytest.raises(ProviderError) as caught:
        await caller(client, "https://public.example/")
    assert caught.value.code == "unreachable"
    assert connector.opened[0] == (PUBLIC, 443)
    await client.close()


async def test_an_answer_that_changes_after_the_check_changes_nothing() -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) % 2 else ["127.0.0.1"]

    connector = CountingConnector()
    client = HttpClient(resolver=rebinding, connector=connector)
    codes: list[str] = []
    for _ in range(200):
        with pytest.raises(ProviderError) as caught:
            await client.post_once("https://flip.example/", headers={}, content=b"")
        codes.append(caught.value.code)
    assert {address for address, _ in connector.opened} == {PUBLIC}
    assert codes == ["unreachable", "host_refused"] * 100
    await client.close()


@pytest.mark.parametrize(
    ("entries", "host", "address", "permitted"),
    [
        (["10.0.0.5"], "x.example", "10.0.0.5", True),
        (["10.0.0.5"], "x.example", "10.0.0.6", False),
        (["10.0.0.0/24"], "x.example", "10.0.0.6", True),
        (["10.0.0.0/24"], "x.example", "10.0.1.6", False),
        (["nas.local"], "NAS.local.", "192.168.1.9", True),
        (["nas.local"], "evil.nas.local", "192.168.1.9", False),
        (["127.0.0.1"], "x", "::ffff:127.0.0.1", True),
        (["127.0.0.1"], "x", "::1", False),
        ([], "x", "127.0.0.1", False),
        (["", " "], "x", "127.0.0.1", False),
    ],
)
def test_exceptions_are_exact(entries: list[str], host: str, address: str, permitted: bool) -> None:
    assert AllowedTargets(entries).permits(host, address) is permitted


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "192.0.1.1", "2606:4700::1", "2a00:1450:4001::1", "64.0.0.1"]
)
def test_public_addresses_are_not_denied(address: str) -> None:
    assert is_denied(address) is False


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("::ffff:10.0.0.1", ["10.0.0.1"]),
        ("::10.0.0.1", ["10.0.0.1"]),
        ("64:ff9b::a9fe:a9fe", ["169.254.169.254"]),
        ("64:ff9b:1::a9fe:a9fe", ["169.254.169.254"]),
        ("2002:a9fe:a9fe::1", ["169.254.169.254"]),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", ["65.54.227.120", "192.0.2.45"]),
        ("2606:4700::1", []),
    ],
)
def test_addresses_inside_addresses_are_found(address: str, inner: list[str]) -> None:
    assert [str(item) for item in inner_addresses(IPv6Address(address))] == inner


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient(["127.0.0.1"])
    yield made
    await made.close()


def replying(*answers: bytes) -> Callable[[Request, asyncio.StreamWriter], Awaitable[None]]:
    """Answer with each in turn, the last one for ever."""
    left = list(answers)

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return handler


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_reading_follows_with_its_method_and_keeps_credentials_at_home(
    client: HttpClient, status: int
) -> None:
    async with serve(replying(answer(status, Location="/dav/"), answer(207, b"<x/>"))) as server:
        got = await client.request("PROPFIND", server.url + "/", auth=("u", "p"), content=b"<q/>")
    assert (got.status, got.url) == (207, server.url + "/dav/")
    assert [(r.method, r.path, r.body) for r in server.requests] == [
        ("PROPFIND", "/", b"<q/>"),
        ("PROPFIND", "/dav/", b"<q/>"),
    ]
    assert all("authorization" in r.headers for r in server.requests)


async def test_credentials_and_cookies_do_not_cross_origins(client: HttpClient) -> None:
    async with serve(replying(answer(207, b"<x/>"))) as other:
        first = answer(302, Location=other.url + "/", Set_Cookie="a=b; Path=/")
        async with serve(replying(first)) as server:
            got = await client.request(
                "GET", server.url, auth=("u", "p"), headers={"Authorization": "Bearer x"}
            )
            await client.request("GET", other.url)
    assert got.url == other.url + "/"
    assert "authorization" in server.requests[0].headers
    assert all("authorization" not in r.headers and "cookie" not in r.headers for r in other.requests)


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://10.0.0.1/", "host_refused"),
        ("https://169.254.169.254/", "host_refused"),
        ("//192.168.0.1/", "host_refused"),
        ("https://u:p@127.0.0.1/", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("/again", "too_many_redirects"),
    ],
)
async def test_every_hop_is_checked_anew(client: HttpClient, location: str, code: str) -> None:
    async with serve(replying(answer(302, Location=location))) as server:
        with pytest.raises(ProviderError) as caught:
            await client.request("PROPFIND", server.url, auth=("u", "p"))
    assert caught.value.code == code
    assert len(server.requests) <= 4


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
async def test_writing_is_never_redirected_nor_repeated(client: HttpClient, method: str) -> None:
    async with serve(replying(answer(307, Location="/elsewhere"))) as server:
        assert (await client.request(method, server.url)).status == 307

    async def breaks(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serve(breaks) as server:
        with pytest.raises(ProviderError) as caught:
            await client.request(method, server.url)
    assert caught.value.code == "connection_lost"
    assert len(server.requests) == 1


async def test_reading_is_repeated_once_after_a_reset(client: HttpClient) -> None:
    broken: list[int] = []

    async def breaks_once(request: Request, writer: asyncio.StreamWriter) -> None:
        if not broken:
            broken.append(1)
            writer.close()
        else:
            writer.write(answer(200, b"ok"))

    async with serve(breaks_once) as server:
        assert (await client.request("GET", server.url)).body == b"ok"
    assert len(server.requests) == 2


async def test_a_large_answer_stops_at_the_cap(client: HttpClient) -> None:
    async with serve(replying(answer(200, b"x" * 200_000))) as server:
        with pytest.raises(ProviderError) as caught:
            await client.request("GET", server.url, limits=Limits(body_bytes=100_000))
        assert caught.value.code == "too_large"
        cut = await client.post_once(server.url, headers={}, content=b"")
    assert len(cut.body) == 64 * 1024


async def test_gzip_is_read_and_its_bomb_is_not(client: HttpClient) -> None:
    text = b"BEGIN:VCALENDAR\r\n" * 100
    bomb = gzip.compress(b"\0" * 50_000_000)
    packed = answer(200, gzip.compress(text), Content_Encoding="gzip")
    cut = answer(200, gzip.compress(bytes(range(256)) * 40)[:-12], Content_Encoding="gzip")
    unasked = answer(200, b"x", Content_Encoding="br")
    async with serve(replying(packed, answer(200, bomb, Content_Encoding="gzip"), cut, unasked)) as server:
        assert (await client.request("GET", server.url)).body == text
        codes = []
        for _ in range(3):
            with pytest.raises(ProviderError) as caught:
                await client.request("GET", server.url, limits=Limits(body_bytes=100_000_000))
            codes.append(caught.value.code)
    assert codes == ["too_large", "bad_answer", "bad_encoding"]


async def test_drip_and_silence_end(client: HttpClient) -> None:
    async def drips(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serve(drips) as server:
        with pytest.raises(ProviderError) as slow:
            await client.request("GET", server.url, limits=Limits(slow_after_seconds=0.1))
        with pytest.raises(ProviderError) as late:
            await client.request("GET", server.url, limits=Limits(total_seconds=0.2))
    assert (slow.value.code, late.value.code) == ("too_slow", "timeout")
    assert (slow.value.kind, late.value.kind) == ("temporary", "temporary")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "120"}, 120.0),
        ({"Retry_After": "Fri, 20 Nov 2026 09:05:00 GMT", "Date": "Fri, 20 Nov 2026 09:00:00 GMT"}, 300.0),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "999999999"}, 86_400.0),
        ({}, None),
    ],
)
async def test_the_wished_wait_is_read(
    client: HttpClient, headers: dict[str, str], seconds: float | None
) -> None:
    async with serve(replying(answer(503, b"", **headers))) as server:
        assert (await client.request("GET", server.url)).retry_after_seconds == seconds


def certificate_of(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate that vouches for itself and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, private


async def test_the_certificate_is_held_against_the_name_that_was_typed(tmp_path: Path) -> None:
    certificate, key = certificate_of(tmp_path, "dav.example")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    names: list[str] = []
    serving.sni_callback = lambda _socket, name, _context: names.append(name or "")

    async def everything_is_here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    trusting = ssl.create_default_context(cafile=str(certificate))
    client = HttpClient(["127.0.0.1"], resolver=everything_is_here, ssl_context=trusting)
    async with serve(replying(answer(200, b"ok")), tls=serving) as server:
        got = await client.request("GET", f"https://dav.example:{server.port}/")
        with pytest.raises(ProviderError) as caught:
            await client.request("GET", f"https://other.example:{server.port}/")
        with pytest.raises(ProviderError) as plain:
            await client.request("GET", f"http://dav.example:{server.port}/")
    await client.close()
    assert got.body == b"ok"
    assert caught.value.code == "tls_failed"
    assert plain.value.kind == "temporary"
    assert names == ["dav.example", "other.example"]


async def test_ordinary_certificates_are_trusted() -> None:
    client = HttpClient()
    context = client._client._mounts[URLPattern("https://")]._pool._ssl_context
    assert len(context.get_ca_certs()) > 50
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    await client.close()
