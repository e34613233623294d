"""Jitsi Meet, or anything else whose rooms exist by being named: an address with `{room}` in it."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from convene.core.errors import Invalid
from convene.ports.conferencing import Conference


class UrlTemplateConferencing:
    """Implements `ports.conferencing.Conferencing`.

    Args:
        template: an https address with `{room}` in it, or empty for no conferencing.

    Raises:
        Invalid: the template is neither.
    """

    def __init__(self, template: str) -> None:
        if template and ("{room}" not in template or urlsplit(template).scheme != "https"):
            raise Invalid(
                "CONVENE_CONFERENCING_URL",
                "CONVENE_CONFERENCING_URL must be an https address with {room} in it, or off.",
            )
        self.template = template
        host = urlsplit(template).hostname or ""
        self.provider = "jitsi" if "jit.si" in host or "jitsi" in host else "link"

    def create(self, room: str) -> Conference | None:
        if not self.template:
            return None
        return Conference(self.provider, self.template.replace("{room}", quote(room, safe="")))
