"""Signing in at Microsoft, against a fake of its endpoints: consent, tokens, renewal that rotates, and refusals."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from calendar_contract import http

from convene.ports.calendar_oauth import Tokens
from convene.ports.calendars import ProviderError
from convene.providers.http_client import HttpClient
from convene.providers.microsoft_oauth import CALENDARS, MicrosoftSignIn, granted, narrowed
from convene.providers.microsoft_session import MicrosoftEndpoints
from fakes.microsoft_graph import (
    BASIC,
    CLIENT_ID,
    CLIENT_SECRET,
    OFFLINE,
    READ,
    WRITE,
    MicrosoftGraphFake,
    microsoft_graph,
)

__all__ = ["http"]
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
BACK, VERIFIER = "https://convene.test/oauth/calendar/microsoft/callback", "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def fake() -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        yield found


@pytest.fixture
def endpoints(fake: MicrosoftGraphFake) -> MicrosoftEndpoints:
    return MicrosoftEndpoints(CLIENT_ID, CLIENT_SECRET, login_url=fake.url, graph_url=fake.url)


@pytest.fixture
def sign_in(http: HttpClient, endpoints: MicrosoftEndpoints) -> MicrosoftSignIn:
    return MicrosoftSignIn(http, endpoints, lambda: NOW)


def leave(sign_in: MicrosoftSignIn, access: str = "two_way", hint: str = "") -> str:
    return sign_in.authorize_url(access, redirect_uri=BACK, state="s", challenge=CHALLENGE, login_hint=hint)


async def come_back(sign_in: MicrosoftSignIn, address: str, verifier: str = VERIFIER) -> Tokens:
    code = parse_qs(urlsplit(address).query)["code"][0]
    return await sign_in.exchange(code, redirect_uri=BACK, verifier=verifier)


async def test_consent_becomes_tokens_that_rotate_and_end(
    fake: MicrosoftGraphFake, sign_in: MicrosoftSignIn
) -> None:
    address = fake.consent(leave(sign_in))
    tokens = await come_back(sign_in, address)
    assert (tokens.scope, granted(tokens.scope)) == ({WRITE}, "two_way")
    assert tokens.expires_at == NOW + timedelta(seconds=4741)
    assert tokens.access_token not in repr(tokens)
    with pytest.raises(ProviderError) as caught:
        await come_back(sign_in, address)
    assert (caught.value.kind, caught.value.code) == ("reauth", "invalid_grant")
    with pytest.raises(ProviderError):
        await come_back(sign_in, fake.consent(leave(sign_in)), "another" * 7)

    fresh = await sign_in.renew(tokens)
    assert fresh.refresh_token not in ("", tokens.refresh_token)
    assert fresh.access_token in fake.accounts.access_tokens
    with pytest.raises(ProviderError) as caught:
        await sign_in.renew(tokens)
    assert caught.value.kind == "reauth"
    await sign_in.revoke(fresh)
    again = await sign_in.renew(fresh)
    fake.withdraw()
    with pytest.raises(ProviderError) as caught:
        await sign_in.renew(again)
    assert caught.value.code == "invalid_grant"


async def test_no_more_is_asked_and_used_than_was_chosen(
    fake: MicrosoftGraphFake, sign_in: MicrosoftSignIn
) -> None:
    # What was granted to somebody's other connection comes along with every token.
    fake.issue(WRITE, OFFLINE)
    url = leave(sign_in, "busy")
    asked = parse_qs(urlsplit(url).query)
    assert asked["scope"] == [f"{fake.url}/{BASIC} {OFFLINE}"]
    tokens = await come_back(sign_in, fake.consent(url))
    assert tokens.scope == {WRITE, BASIC}
    used = replace(tokens, scope=narrowed(tokens.scope, "busy"))
    assert used.scope == {BASIC}
    assert (await sign_in.renew(used)).scope == {BASIC}
    assert fake.accounts.asked[-1]["scope"] == f"{fake.url}/{BASIC} {OFFLINE}"


async def test_what_an_organisation_does_not_allow_is_missing(
    fake: MicrosoftGraphFake, sign_in: MicrosoftSignIn
) -> None:
    tokens = await come_back(sign_in, fake.consent(leave(sign_in), without=(WRITE,)))
    assert granted(tokens.scope) is None
    assert narrowed(tokens.scope, "two_way") == frozenset()
    with pytest.raises(ProviderError) as caught:
        await come_back(sign_in, fake.consent(leave(sign_in, "read"), without=(OFFLINE,)))
    assert (caught.value.kind, caught.value.code) == ("permanent", "no_refresh_token")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((400, "invalid_grant", 700082), ("reauth", "invalid_grant")),
        ((400, "interaction_required", 50076), ("reauth", "invalid_grant")),
        ((400, "consent_required", 65001), ("reauth", "invalid_grant")),
        ((401, "invalid_client", 7000215), ("permanent", "invalid_client")),
        ((400, "invalid_grant", 7000222), ("permanent", "invalid_client")),
        ((400, "unauthorized_client", 700016), ("permanent", "invalid_client")),
        ((400, "invalid_scope", 70011), ("permanent", "invalid_scope")),
        ((400, "temporarily_unavailable", 90033), ("temporary", "server_error")),
        ((429, "", 0), ("temporary", "rate_limited")),
        ((503, "server_error", 90033), ("temporary", "rate_limited")),
        ((500, "server_error", 90033), ("temporary", "server_error")),
    ],
)
async def test_the_word_and_the_number_decide(
    fake: MicrosoftGraphFake,
    sign_in: MicrosoftSignIn,
    answer: tuple[int, str, int],
    expected: tuple[str, str],
) -> None:
    fake.faults.token_answers = [answer]
    with pytest.raises(ProviderError) as caught:
        await sign_in.renew(Tokens("r", "a", NOW, frozenset({READ})))
    assert (caught.value.kind, caught.value.code) == expected
    assert "Trace ID" not in caught.value.detail


async def test_the_address_is_of_the_cloud_and_the_tenant(http: HttpClient) -> None:
    endpoints = MicrosoftEndpoints(
        "id",
        "secret",
        "contoso.example",
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
    )
    url = leave(MicrosoftSignIn(http, endpoints, lambda: NOW), "read", "ana@contoso.example")
    asked = parse_qs(urlsplit(url).query)
    assert url.startswith("https://login.microsoftonline.us/contoso.example/oauth2/v2.0/authorize?")
    assert asked["scope"] == [f"https://graph.microsoft.us/{READ} {OFFLINE}"]
    # Who is known is not asked which account to take.
    assert (asked["login_hint"], "prompt" in asked) == (["ana@contoso.example"], False)
    assert set(CALENDARS.values()) == {BASIC, READ, WRITE}
    assert "secret" not in url
