"""What can be wrong with the fake of Microsoft Graph, and how it refuses (Graph's error object)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response

CLAIMS = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ=="


@dataclass(slots=True)
class Faults:
    """What is wrong just now. All off: a service that works."""

    # The next `$deltatoken` that comes is answered with 410 and this code: `syncStateNotFound`, `resyncRequired`, ...
    dead_token: str = ""
    # The page after the first is answered with 410, once.
    dead_page: bool = False
    page_size: int = 1000
    # Every other page is empty, and not the last.
    empty_pages: bool = False
    # The same page comes for ever with another nextLink, and never a deltaLink.
    endless_pages: bool = False
    # Deltas also name ids of events that never were in the window, as removed.
    strange_removals: bool = True
    # Occurrences come with id, start, end, seriesMasterId and type alone.
    bare_occurrences: bool = True
    # Series masters stand among what a delta tells.
    tells_masters: bool = True
    # Answers given instead, one by one: status, code, Retry-After.
    answers: list[tuple[int, str, str]] = field(default_factory=list)
    # Methods that take effect while their answer breaks off; each is used up once.
    lost_replies: list[str] = field(default_factory=list)
    # What somebody else does just before a write arrives; used up once.
    before_write: Callable[[], None] | None = None
    # Access tokens that are refused although they have not ended; with a challenge of continuous access evaluation.
    refuses_tokens: bool = False
    challenges: bool = False
    # What renewing says instead: `error`, and the number of the AADSTS message.
    token_answers: list[tuple[int, str, int]] = field(default_factory=list)
    # Refresh tokens that were used once are dead. Otherwise they live on beside the new ones, as at Microsoft.
    rotates: bool = True
    # Teams gives the link of a meeting only when the event is read again.
    late_join_link: bool = False
    # Time zones written with these names are refused.
    unknown_zones: set[str] = field(default_factory=set)
    # The handshake of a subscription comes so late, and waits so long for an answer.
    handshake_delay_seconds: float = 0.0
    handshake_limit_seconds: float = 10.0
    # How many of the next notifications are lost; how often each comes; whether the last comes first.
    lost_pushes: int = 0
    pushes_each: int = 1
    pushes_reversed: bool = False


class Refused(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str = "",
        *,
        retry_after: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or code
        self.headers = {**(headers or {}), **({"Retry-After": retry_after} if retry_after else {})}

    def response(self) -> Response:
        inner = {
            "date": "2026-11-01T00:00:00",
            "request-id": "1f1e0b5c-0000-4000-8000-000000000001",
            "client-request-id": "1f1e0b5c-0000-4000-8000-000000000001",
        }
        error = {"code": self.code, "message": self.message, "innerError": inner}
        return JSONResponse({"error": error}, self.status, self.headers)


def item_not_found() -> Refused:
    return Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def challenge() -> Refused:
    told = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        f'error="insufficient_claims", claims="{CLAIMS}"'
    )
    return Refused(
        401,
        "InvalidAuthenticationToken",
        "Continuous access evaluation resulted in challenge with result: InteractionRequired",
        headers={"WWW-Authenticate": told},
    )
