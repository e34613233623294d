"""Webhooks out: over the guarded client, or in memory to Connect in this very process."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from convene.core.errors import Invalid
from convene.ports.calendars import ProviderError
from convene.ports.webhooks import WebhookAnswer
from convene.providers.address_rules import AllowedTargets
from convene.providers.http_client import HttpClient, parse_target

PORTS = (443, 8443)


class HttpWebhookSender:
    """Implements `ports.webhooks.WebhookSender`.

    Args:
        client: the guarded client; it judges the address that a name resolves to, at each call.
        allowed: the operator's exceptions, for which plain http and any port are fine.
        internal: reaches Connect; its subscriptions hold paths, not addresses.
    """

    def __init__(
        self, client: HttpClient, allowed: AllowedTargets, internal: httpx.AsyncClient | None
    ) -> None:
        self.client = client
        self.allowed = allowed
        self.internal = internal

    def check(self, url: str) -> None:
        try:
            target = parse_target(url)
        except ProviderError as error:
            raise Invalid("url", f"url: {error.detail}") from error
        if self.allowed.permits(target.host, target.host):
            return
        if target.scheme != "https" or (target.port or 443) not in PORTS:
            raise Invalid("url", "url must be an https address on port 443 or 8443.")

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, is_internal: bool
    ) -> WebhookAnswer:
        if is_internal:
            return await self._post_internal(url, headers, body)
        try:
            self.check(url)
            answer = await self.client.post_once(url, headers=headers, content=body)
        except Invalid as error:
            return WebhookAnswer(None, error.detail)
        except ProviderError as error:
            return WebhookAnswer(None, error.detail, error.retry_after_seconds)
        return WebhookAnswer(
            answer.status,
            "" if 200 <= answer.status < 300 else f"answered {answer.status}",
            answer.retry_after_seconds,
            answer.body[:1024].decode("utf-8", "replace").replace("\x00", "\ufffd"),
        )

    async def _post_internal(self, path: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        if self.internal is None:
            return WebhookAnswer(None, "Connect does not run here.")
        try:
            answer = await self.internal.post(path, headers=dict(headers), content=body)
        except httpx.HTTPError as error:
            return WebhookAnswer(None, type(error).__name__)
        told = "" if answer.is_success else f"answered {answer.status_code}"
        return WebhookAnswer(answer.status_code, told, None, answer.text[:1024])
