"""Booking pages of members: what their owners set up, checked, and the link's request that it comes to.

Minutes are minutes, days are local days of the page's zone. Hosts are always asked by their own working hours, notice,
horizon, buffers and limits; what is set up here can only narrow that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from convene.core.availability_query import GroupSpec, MemberSpec, Query
from convene.core.booking_questions import Question, checked_questions
from convene.core.errors import Invalid
from convene.core.instants import HOUR, MINUTE
from convene.core.logos import Logo, logo_of
from convene.core.page_look import check_address, check_origin, checked_accent, checked_language
from convene.core.page_terms import DEFAULT_HOURS, MAX_HOURS, Mode, PageTerms, Turn
from convene.core.people import checked_line, checked_tzid
from convene.core.scheduling_links import MAX_SEATS, LinkRequest, Step
from convene.core.series import Recurrence, recurrence_of

MODES: tuple[Mode, ...] = ("one_on_one", "collective", "round_robin", "quorum")
STARTS = (5, 10, 15, 20, 30, 60)
MAX_HOSTS, MAX_WEIGHT, MAX_ORIGINS = 50, 10, 20
MAX_DESCRIPTION, MAX_SLUG = 2000, 60
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Host:
    """Whom one may meet. `joined_at` is epoch seconds."""

    sub: str
    weight: int = 1
    joined_at: int = 0


@dataclass(frozen=True, slots=True)
class PageDefinition:
    """A page without its hosts. `conferencing`: True for the installation's own, an https address, or False.

    A `logo` is one that was uploaded; an address in `logo_url` takes its place.
    `seats` None: every visitor has a meeting of their own. `recurrence` None: once.
    """

    name: str
    tzid: str
    description: str = ""
    duration_minutes: int = 30
    mode: Mode = "one_on_one"
    quorum: int | None = None
    minimum_notice_minutes: int = 0
    horizon_days: int = 60
    start_interval_minutes: int = 30
    max_per_day: int | None = None
    requires_confirmation: bool = False
    confirmation_hours: int = DEFAULT_HOURS
    has_waitlist: bool = False
    waitlist_minutes: int = 30
    location: str = ""
    conferencing: bool | str = True
    questions: tuple[Question, ...] = ()
    accent_color: str = ""
    logo_url: str = ""
    logo: Logo | None = None
    locale: str = ""
    redirect_url: str = ""
    embed_origins: tuple[str, ...] = field(default=())
    seats: int | None = None
    shows_seats_left: bool = True
    recurrence: Recurrence | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored and told."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {
            **told,
            "logo": self.logo.to_json() if self.logo else None,
            "questions": [question.to_json() for question in self.questions],
            "embed_origins": list(self.embed_origins),
            "recurrence": self.recurrence.to_json() if self.recurrence else None,
        }

    def settings(self) -> dict[str, Any]:
        """Return what concerns the link's page alone."""
        told: dict[str, Any] = {
            "accent_color": self.accent_color,
            "logo_url": self.logo_url,
            "logo": self.logo.to_json() if self.logo else None,
            "locale": self.locale,
            "embed_origins": list(self.embed_origins),
            "hides_seats_left": not self.shows_seats_left,
            "questions": [question.to_json() for question in self.questions],
            "waitlist_minutes": self.waitlist_minutes if self.has_waitlist else 0,
        }
        return {name: value for name, value in told.items() if value}


def definition_of(given: Mapping[str, Any]) -> PageDefinition:
    """Return a page from its members, of the right types already; raise `Invalid` that names the one out of bounds."""
    known = {name: given[name] for name in PageDefinition.__slots__ if name in given}
    known["name"] = checked_line(str(given["name"]), "name", max_length=100, required=True)
    known["tzid"] = checked_tzid(given["tzid"])
    known["recurrence"] = recurrence_of(given.get("recurrence"))
    known["questions"] = checked_questions(given.get("questions", ()))
    known["location"] = checked_line(given.get("location", ""), "location", max_length=200)
    known["accent_color"] = checked_accent(given.get("accent_color", ""), "accent_color")
    known["logo"] = None if known.get("logo_url") else logo_of(given.get("logo"))
    known["locale"] = checked_language(given.get("locale", ""), "locale")
    for name, schemes in (("logo_url", ("https",)), ("redirect_url", ("https", "http"))):
        if given.get(name):
            check_address(str(given[name]), name, schemes)
    if isinstance(given.get("conferencing"), str):
        check_address(given["conferencing"], "conferencing", ("https",))
    origins = tuple(given.get("embed_origins", ()))
    for number, origin in enumerate(origins):
        check_origin(origin, f"embed_origins.{number}")
    known["embed_origins"] = origins
    page = PageDefinition(**known)
    _check_numbers(page)
    return page


def _check_numbers(page: PageDefinition) -> None:
    for name, low, high in (
        ("duration_minutes", 5, 1440),
        ("minimum_notice_minutes", 0, 60 * 24 * 90),
        ("horizon_days", 1, 180),
        ("max_per_day", 1, 100),
        ("confirmation_hours", 1, MAX_HOURS),
        ("waitlist_minutes", 5, 1440),
        ("seats", 1, MAX_SEATS),
    ):
        value = getattr(page, name)
        if value is not None and not low <= value <= high:
            raise Invalid(name, f"{name} must be {low} to {high}.")
    for name in ("requires_confirmation", "has_waitlist"):
        if page.seats is not None and getattr(page, name):
            raise Invalid(
                name, f"{name} and seats do not go together: a meeting of several guests is open to all."
            )
    if page.start_interval_minutes not in STARTS:
        told = ", ".join(map(str, STARTS))
        raise Invalid("start_interval_minutes", f"start_interval_minutes must be one of: {told}.")
    if page.mode not in MODES:
        raise Invalid("mode", f"mode must be one of: {', '.join(MODES)}.")
    if page.recurrence is not None and (page.seats is not None or page.requires_confirmation):
        other = "seats" if page.seats is not None else "requires_confirmation"
        raise Invalid("recurrence", f"recurrence cannot go with {other}: make a page for each.")
    if len(page.description) > MAX_DESCRIPTION:
        raise Invalid("description", f"description must have at most {MAX_DESCRIPTION} characters.")
    if len(page.embed_origins) > MAX_ORIGINS:
        raise Invalid("embed_origins", f"embed_origins has at most {MAX_ORIGINS} entries.")


def check_hosts(page: PageDefinition, hosts: Sequence[Host]) -> None:
    """Raise `Invalid` unless these hosts can hold the page's meetings."""
    if not 1 <= len(hosts) <= MAX_HOSTS:
        raise Invalid("hosts", f"hosts must name 1 to {MAX_HOSTS} people.")
    if len({host.sub for host in hosts}) < len(hosts):
        raise Invalid("hosts", "hosts names somebody twice.")
    if any(not 1 <= host.weight <= MAX_WEIGHT for host in hosts):
        raise Invalid("hosts", f"hosts: a weight must be 1 to {MAX_WEIGHT}.")
    if page.mode == "one_on_one" and len(hosts) > 1:
        raise Invalid("hosts", "hosts: a page for two has one host. Choose another mode for several.")
    if page.mode == "quorum" and not (page.quorum and 1 <= page.quorum <= len(hosts)):
        raise Invalid("quorum", f"quorum must be 1 to {len(hosts)}, the number of hosts.")


def required_of(page: PageDefinition, hosts: int) -> int:
    """Return how many of the hosts a meeting takes."""
    if page.mode == "round_robin":
        return 1
    return min(page.quorum or hosts, hosts) if page.mode == "quorum" else hosts


def request_of(page: PageDefinition, hosts: Sequence[Host]) -> LinkRequest:
    """Return the request of the page's link. Which time it asks about is filled in when it is asked."""
    members = tuple(MemberSpec(host.sub, is_managed=True) for host in hosts)
    query = Query(
        groups=(GroupSpec(members, required_of(page, len(hosts))),),
        duration=page.duration_minutes * MINUTE,
        periods=(),
        start_interval=page.start_interval_minutes * MINUTE,
    )
    event: dict[str, Any] = {"summary": page.name, "tzid": page.tzid}
    if page.description:
        event["description"] = page.description
    if page.location:
        event["location"] = {"description": page.location}
    if isinstance(page.conferencing, str):
        event["conferencing"] = {"profile_id": "explicit", "join_url": page.conferencing}
    elif page.conferencing:
        event["conferencing"] = {"profile_id": "integrated"}
    return LinkRequest(
        event=event,
        steps=(Step(query, {}),),
        tzid=page.tzid,
        minimum_notice=page.minimum_notice_minutes * MINUTE,
        redirect_urls={"completed_url": page.redirect_url} if page.redirect_url else {},
        seats=page.seats,
        recurrence=page.recurrence,
        page=PageTerms(
            page.mode,
            page.horizon_days,
            page.max_per_day,
            {host.sub: Turn(host.weight, host.joined_at) for host in hosts},
        ),
        answer_within=page.confirmation_hours * HOUR if page.requires_confirmation else None,
    )


def slug_of(name: str) -> str:
    """Return a name as the readable part of an address; `meeting` if nothing of it can be written there."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].strip("-") or "meeting"


def checked_slug(text: str) -> str:
    """Return a slug; raise `Invalid` for what could not stand in an address."""
    if len(text) > MAX_SLUG or not _SLUG.fullmatch(text):
        raise Invalid(
            "slug", "slug must be lower-case letters, digits and single hyphens, such as intro-call."
        )
    return text
