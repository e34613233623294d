"""Settings of Microsoft 365 and Outlook.com: how Microsoft knows this installation, and where its cloud is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from convene.security.sealing import Secret
from convene.settings.values import service_url

SETTINGS: Mapping[str, str] = {
    "CONVENE_MICROSOFT_CLIENT_ID": "this installation at Microsoft",
    "CONVENE_MICROSOFT_CLIENT_SECRET": "its secret there",
    "CONVENE_MICROSOFT_TENANT": "whose accounts can be connected",
    "CONVENE_MICROSOFT_LOGIN_URL": "where people sign in at Microsoft",
    "CONVENE_MICROSOFT_GRAPH_URL": "where Microsoft's calendars are",
}
_TENANT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class MicrosoftSettings:
    """Without a client id and secret nobody connects there. `tenant`: `common`, `organizations`, `consumers` or one
    organisation's id or domain. National clouds have other addresses.
    """

    client_id: str = ""
    client_secret: Secret = field(default_factory=lambda: Secret(""))
    tenant: str = "common"
    login_url: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"


def tenant(text: str) -> str:
    if not _TENANT.fullmatch(text):
        raise ValueError(
            "must be common, organizations, consumers, or an organisation's id or domain such as "
            f"contoso.onmicrosoft.com, not {text!r}."
        )
    return text


def microsoft(
    read: Callable[[str, str, Callable[[str], str]], str | None], complain: Callable[[str], None]
) -> MicrosoftSettings:
    """Args:
    read: returns a variable's value by name, default and parser; None once it has complained itself.
    """
    usual = MicrosoftSettings()
    client_id = read("CONVENE_MICROSOFT_CLIENT_ID", "", str) or ""
    secret = read("CONVENE_MICROSOFT_CLIENT_SECRET", "", str) or ""
    if bool(client_id) != bool(secret):
        complain(
            "CONVENE_MICROSOFT_CLIENT_ID and CONVENE_MICROSOFT_CLIENT_SECRET belong together: set both or neither."
        )
    return MicrosoftSettings(
        client_id,
        Secret(secret),
        read("CONVENE_MICROSOFT_TENANT", usual.tenant, tenant) or "",
        read("CONVENE_MICROSOFT_LOGIN_URL", usual.login_url, service_url) or "",
        read("CONVENE_MICROSOFT_GRAPH_URL", usual.graph_url, service_url) or "",
    )
