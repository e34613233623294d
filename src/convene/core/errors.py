"""The one tree of errors that use cases raise. No HTTP here: the edge maps codes to statuses.

ConveneError
├── Invalid           a field of the request cannot be accepted; names it and the remedy
├── Unauthenticated   nobody, or an unknown or expired credential
├── Forbidden         known caller, missing right
├── NotFound          no such object, or one the caller may not know about
├── Conflict          the world has changed; carries what is needed to go on
│   └── SlotTaken     the time is no longer free; carries alternatives
├── Stale             the caller's revision is not the current one
├── RateLimited       too many calls; carries the seconds to wait
└── Unavailable       a thing we depend on is away for a moment
"""

from __future__ import annotations

from typing import Any


class ConveneError(Exception):
    """Base: a stable `code`, a human sentence, and data fields for the caller."""

    code = "error"

    def __init__(self, detail: str = "", *, code: str | None = None, **fields: Any) -> None:
        super().__init__(detail or (type(self).__doc__ or "").strip().splitlines()[0])
        if code is not None:
            self.code = code
        self.fields: dict[str, Any] = fields

    @property
    def detail(self) -> str:
        return str(self.args[0])


class Invalid(ConveneError):
    """The request cannot be accepted."""

    code = "invalid"

    def __init__(self, field: str, detail: str, *, code: str | None = None, **fields: Any) -> None:
        super().__init__(detail, code=code, field=field, **fields)

    @property
    def field(self) -> str:
        return str(self.fields["field"])


class Unauthenticated(ConveneError):
    """Sign in first."""

    code = "unauthenticated"


class Forbidden(ConveneError):
    """You may not do this."""

    code = "forbidden"


class NotFound(ConveneError):
    """There is no such thing here."""

    code = "not_found"


class Conflict(ConveneError):
    """The request does not fit the current state."""

    code = "conflict"


class SlotTaken(Conflict):
    """That time is no longer free."""

    code = "slot_taken"


class Stale(ConveneError):
    """This has changed since you read it."""

    code = "stale"


class RateLimited(ConveneError):
    """Too many attempts. Wait a little."""

    code = "rate_limited"

    def __init__(self, detail: str = "", *, retry_after_seconds: int, **fields: Any) -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds, **fields)


class Unavailable(ConveneError):
    """Not possible right now. Try again in a moment."""

    code = "unavailable"

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 1, **fields: Any) -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds, **fields)
