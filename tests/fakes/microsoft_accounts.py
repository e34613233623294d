"""Signing in at Microsoft (login.microsoftonline.com, OAuth 2.0 endpoints of version 2), for the fake of its Graph."""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fakes.graph_faults import Faults, Refused, challenge

EMAIL, NAME = "ana@contoso.example", "Ana Ruiz"
CLIENT_ID, CLIENT_SECRET, TENANT = "5e0b6a0e-0000-4000-8000-00000000c11e", "secret-of-the-tests", "common"
BASIC, READ, WRITE = "Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"
USER, OFFLINE = "User.Read", "offline_access"
LASTING = {OFFLINE, "openid", "profile", "email"}
_SAYS = {
    50173: "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    65001: "The user or administrator has not consented to use the application.",
    70000: "The provided value for the input parameter 'code' or 'refresh_token' is not valid.",
    700082: "The refresh token has expired due to inactivity.",
    7000215: "Invalid client secret provided.",
}


def bare(scope: str) -> set[str]:
    """Return permissions without the resource before them, which is the address of Graph, or of this fake."""
    return {one.rsplit("/", 1)[-1] for one in scope.split()}


class MicrosoftAccounts:
    """One person's account: what was consented to, and the tokens that live."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.consented: set[str] = set()
        self.codes: dict[str, dict[str, Any]] = {}
        self.refresh_tokens: dict[str, set[str]] = {}
        self.access_tokens: dict[str, set[str]] = {}
        self.asked: list[dict[str, str]] = []

    # -- what the owner does

    def withdraw(self) -> None:
        """The owner takes all consent back, at Microsoft."""
        self.consented.clear()
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    def issue(self, *scopes: str) -> tuple[str, str]:
        """Give tokens without a consent page: refresh token ("" without `offline_access`) and access token.

        As at Microsoft, an access token is good for all that was ever consented to.
        """
        self.consented |= bare(" ".join(scopes))
        access, refresh = f"eyJ0{secrets.token_urlsafe(900)}", ""
        self.access_tokens[access] = set(self.consented)
        if OFFLINE in bare(" ".join(scopes)):
            refresh = f"0.AX{secrets.token_urlsafe(600)}"
            self.refresh_tokens[refresh] = set(self.consented)
        return refresh, access

    def consent(self, authorize_url: str, *, without: tuple[str, ...] = (), denies: bool = False) -> str:
        """Do what a person does on the consent page; return the address they are sent back to.

        `without`: what an administrator's policy takes out; people themselves have no boxes at Microsoft.
        """
        parts = urlsplit(authorize_url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert parts.path == f"/{TENANT}/oauth2/v2.0/authorize"
        assert asked["client_id"] == CLIENT_ID
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked.get("response_mode", "query") == "query"
        if denies:
            told = {
                "error": "access_denied",
                "error_subcode": "cancel",
                "error_description": "AADSTS65004: User declined to consent to access the app.",
                "state": asked["state"],
            }
            return f"{asked['redirect_uri']}?{urlencode(told)}"
        code = f"0.AQ{secrets.token_urlsafe(500)}"
        self.codes[code] = {**asked, "scopes": bare(asked["scope"]) - set(without)}
        told = {"code": code, "state": asked["state"], "session_state": secrets.token_hex(8)}
        return f"{asked['redirect_uri']}?{urlencode(told)}"

    # -- what is asked

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._metadata),
            Route("/{tenant}/oauth2/v2.0/authorize", self._consent_page),
            Route("/{tenant}/oauth2/v2.0/authorize", self._consented, methods=["POST"]),
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
        ]

    async def _metadata(self, request: Request) -> Response:
        """OpenID Connect Discovery, as far as signing in with a code needs it."""
        base = f"{str(request.base_url).rstrip('/')}/{request.path_params['tenant']}"
        return JSONResponse(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    async def _consent_page(self, request: Request) -> Response:
        boxes = "".join(
            f'<label><input type="checkbox" name="scope" value="{html.escape(scope)}" checked>'
            f"{html.escape(*bare(scope))}</label><br>"
            for scope in request.query_params["scope"].split()
        )
        hint = html.escape(request.query_params.get("login_hint", EMAIL))
        return HTMLResponse(
            f"<!doctype html><html lang=en><title>Consent</title><h1>Permissions requested</h1><p>{hint}</p>"
            f'<form method="post" action="{html.escape(str(request.url))}">{boxes}<button>Accept</button>'
            '<button name="denies" value="1">Cancel</button></form>'
        )

    async def _consented(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        asked = set(request.query_params["scope"].split())
        without = tuple(bare(" ".join(asked - set(form.get("scope", ())))))
        address = self.consent(str(request.url), without=without, denies="denies" in form)
        return RedirectResponse(address, status_code=303)

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.asked.append(form)
        if request.path_params["tenant"] != TENANT:
            return _error(400, "invalid_request", 90002)
        if self.faults.token_answers:
            return _error(*self.faults.token_answers.pop(0))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _error(401, "invalid_client", 7000215)
        if form.get("grant_type") == "authorization_code":
            asked = self.codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            expected = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if (
                asked is None
                or asked["code_challenge"] != expected
                or asked["redirect_uri"] != form.get("redirect_uri")
            ):
                return _error(400, "invalid_grant", 70000)
            return self._issued(asked["scopes"])
        held = self.refresh_tokens.get(form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or held is None:
            return _error(400, "invalid_grant", 50173)
        if not bare(form.get("scope", "")) <= held | LASTING:
            return _error(400, "invalid_grant", 65001)
        if self.faults.rotates:
            del self.refresh_tokens[form["refresh_token"]]
        return self._issued(held)

    def _issued(self, scopes: set[str]) -> Response:
        refresh, access = self.issue(*scopes)
        told = {
            "token_type": "Bearer",
            # Sorted, by bare names, and without those that only open the door.
            "scope": " ".join(sorted(self.access_tokens[access] - LASTING)),
            "expires_in": 4741,
            "ext_expires_in": 4741,
            "access_token": access,
        }
        return JSONResponse({**told, **({"refresh_token": refresh} if refresh else {})})

    def scopes_of(self, request: Request) -> set[str]:
        """Return what the token of a request allows; `Refused` if it is none."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.faults.challenges:
            self.faults.challenges = False
            raise challenge()
        if token not in self.access_tokens or self.faults.refuses_tokens:
            raise Refused(
                401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."
            )
        return self.access_tokens[token]


def _error(status: int, error: str, number: int) -> Response:
    told = {
        "error": error,
        "error_description": f"AADSTS{number}: {_SAYS.get(number, 'It did not work.')} Trace ID: 1f1e Timestamp: now",
        "error_codes": [number],
        "timestamp": "2026-11-01 00:00:00Z",
        "trace_id": "1f1e0b5c-0000-4000-8000-000000000002",
        "correlation_id": "1f1e0b5c-0000-4000-8000-000000000003",
    }
    return JSONResponse(told, status)
