"""The fake of Microsoft Graph judged by Microsoft's own client library, which knows every type and member of version 1.0.

What an answer holds beyond the library's types lands in `additional_data`: nothing but what belongs there may.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx
import msal
import pytest
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import Parsable
from msgraph import GraphServiceClient
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.attendee_type import AttendeeType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.models.week_index import WeekIndex
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody,
)
from msgraph.generated.users.item.calendars.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder,
)
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody
from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder
from msgraph.generated.users.item.events.item.instances.instances_request_builder import (
    InstancesRequestBuilder,
)
from msgraph.graph_request_adapter import GraphRequestAdapter, options
from msgraph_core import GraphClientFactory

from fakes.graph_mailbox import MEMBERS, WRITABLE
from fakes.microsoft_graph import (
    BASIC,
    CALENDAR,
    CLIENT_ID,
    CLIENT_SECRET,
    EMAIL,
    OFFLINE,
    READ,
    USER,
    WRITE,
    MicrosoftGraphFake,
    microsoft_graph,
)

ZONE = "W. Europe Standard Time"
PROPERTY = "String {6b2d8a8e-0000-4000-8000-00000000c0de} Name Booking"


class _Token(AuthenticationProvider):
    def __init__(self, token: str) -> None:
        self.token = token

    async def authenticate_request(
        self, request: RequestInformation, additional_authentication_context: Any = None
    ) -> None:
        request.headers.try_add("Authorization", f"Bearer {self.token}")


@pytest.fixture
def fake() -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        yield found


@asynccontextmanager
async def client_of(fake: MicrosoftGraphFake, token: str) -> AsyncIterator[GraphServiceClient]:
    network = httpx.AsyncHTTPTransport()
    http = GraphClientFactory.create_with_default_middleware(
        client=httpx.AsyncClient(transport=network), options=options
    )
    adapter = GraphRequestAdapter(_Token(token), http)
    adapter.base_url = f"{fake.url}/v1.0"
    yield GraphServiceClient(request_adapter=adapter)
    # The library's client closes what it put around the network, and not the network.
    await network.aclose()


@pytest.fixture
async def client(fake: MicrosoftGraphFake) -> AsyncIterator[GraphServiceClient]:
    _, access = fake.issue(WRITE, USER, OFFLINE)
    async with client_of(fake, access) as found:
        yield found


def strange(value: Any) -> list[str]:
    """Return the members, anywhere in an answer, that Graph's own types do not know."""
    if isinstance(value, list):
        return [name for one in value for name in strange(one)]
    if not isinstance(value, Parsable):
        return []
    members = {name: one for name, one in vars(value).items() if name != "backing_store"}
    store = getattr(value, "backing_store", None)
    if store is not None:
        members |= dict(store.enumerate_())
    extra = members.pop("additional_data", None) or {}
    found = [name for name in extra if not name.startswith("@odata.")]
    return found + [name for one in members.values() for name in strange(one)]


def times(start: str, end: str, tzid: str = ZONE) -> dict[str, Any]:
    return {"start": {"dateTime": start, "timeZone": tzid}, "end": {"dateTime": end, "timeZone": tzid}}


def weekly(**more: Any) -> dict[str, Any]:
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"], "firstDayOfWeek": "monday"}
    bounds = {
        "type": "numbered",
        "startDate": "2026-12-01",
        "numberOfOccurrences": 4,
        "recurrenceTimeZone": ZONE,
    }
    return {
        "subject": "Review",
        **times("2026-12-01T09:00:00", "2026-12-01T10:00:00"),
        "recurrence": {"pattern": pattern, "range": bounds},
        **more,
    }


def asking(*wishes: str, query: Any = None, **headers: str) -> Any:
    """Return a request's configuration: `Prefer` headers, query parameters, and other headers."""
    found: RequestConfiguration[Any] = RequestConfiguration(query_parameters=query)
    for wish in wishes:
        found.headers.add("Prefer", wish)
    for name, value in headers.items():
        found.headers.add(name.replace("_", "-"), value)
    return found


IMMUTABLE = 'IdType="ImmutableId"'


def test_the_members_of_an_event_are_those_of_the_library() -> None:
    assert set(Event().get_field_deserializers()) - {"@odata.type"} == MEMBERS
    assert MEMBERS | {"@odata.type"} >= WRITABLE


class _Login:
    """The network for Microsoft's sign-in library, which speaks to nobody but `https://login.microsoftonline.com`."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        self.url, self.client = url, client

    def _there(self, url: str) -> str:
        return url.replace("https://login.microsoftonline.com", self.url)

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> httpx.Response:
        answer = self.client.get(self._there(url), params=params, headers=headers)
        text = answer.text.replace(self.url, "https://login.microsoftonline.com")
        return httpx.Response(answer.status_code, text=text)

    def post(
        self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any
    ) -> httpx.Response:
        return self.client.post(self._there(url), params=params, data=data, headers=headers)

    def close(self) -> None:
        self.client.close()


def test_signing_in_is_as_the_library_of_its_own_knows_it(fake: MicrosoftGraphFake) -> None:
    with httpx.Client(trust_env=False) as client:
        app = msal.ConfidentialClientApplication(
            CLIENT_ID,
            client_credential=CLIENT_SECRET,
            authority="https://login.microsoftonline.com/common",
            http_client=_Login(fake.url, client),
            instance_discovery=False,
        )
        # It would rather be posted back to, which a browser does without our cookie.
        with pytest.warns(UserWarning, match="form_post"):
            flow = app.initiate_auth_code_flow([READ], redirect_uri="https://convene.test/back")
        back = parse_qs(urlsplit(fake.consent(flow["auth_uri"])).query)
        got = app.acquire_token_by_auth_code_flow(flow, {name: values[0] for name, values in back.items()})
        assert (got.get("error"), got["token_type"], got["scope"]) == (None, "Bearer", READ)
        fresh = app.acquire_token_by_refresh_token(got["refresh_token"], [READ])
        assert fresh["refresh_token"] != got["refresh_token"]
        used = app.acquire_token_by_refresh_token(got["refresh_token"], [READ])
        assert (used["error"], used["error_codes"]) == ("invalid_grant", [50173])


async def test_who_it_is_and_which_calendars(client: GraphServiceClient, fake: MicrosoftGraphFake) -> None:
    me = await client.me.get()
    assert me is not None
    assert (me.mail, strange(me)) == (EMAIL, [])
    fake.add_calendar("AAMkTEAM=", "Team", canEdit=False)
    fake.faults.page_size = 1
    names, page = [], await client.me.calendars.get()
    while page is not None:
        assert strange(page) == []
        names += [(one.name, one.can_edit, one.is_default_calendar) for one in page.value or ()]
        following = page.odata_next_link
        page = await client.me.calendars.with_url(following).get() if following else None
    assert names == [("Calendar", True, True), ("Team", False, False)]


async def delta_of(client: GraphServiceClient, link: str = "", *wishes: str) -> tuple[list[Event], str]:
    """Read a round to its end: what it told, and the link to go on from."""
    delta = client.me.calendars.by_calendar_id(CALENDAR).calendar_view.delta
    query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
        start_date_time="2026-11-20T00:00:00Z", end_date_time="2027-02-01T00:00:00Z"
    )
    wishes = wishes or (IMMUTABLE, "odata.maxpagesize=2")
    page = await (
        delta.with_url(link).get(asking(*wishes)) if link else delta.get(asking(*wishes, query=query))
    )
    found: list[Event] = []
    for _ in range(30):
        assert page is not None
        # `@removed` is an annotation and no member.
        assert set(strange(page)) <= {"@removed"}
        found += page.value or ()
        if page.odata_delta_link:
            return found, page.odata_delta_link
        assert page.odata_next_link
        page = await delta.with_url(page.odata_next_link).get(asking(*wishes))
    raise AssertionError("the round does not end")


def reason(event: Event) -> str:
    return str((event.additional_data.get("@removed") or {}).get("reason", ""))


async def test_a_view_is_followed_by_pages_and_links(
    client: GraphServiceClient, fake: MicrosoftGraphFake
) -> None:
    series = fake.put(**weekly())
    fake.change(
        fake.occurrence_id(series, "2026-12-08"),
        subject="Moved",
        **times("2026-12-09T13:00:00", "2026-12-09T14:00:00"),
    )
    fake.remove(fake.occurrence_id(series, "2026-12-15"))
    single = fake.put(subject="Talk", **times("2026-12-03T09:00:00", "2026-12-03T10:00:00"))
    fake.faults.empty_pages = True
    found, link = await delta_of(client)
    kinds = [
        (one.type, one.start.date_time[:16] if one.start and one.start.date_time else "") for one in found
    ]
    assert kinds == [
        (EventType.SeriesMaster, "2026-12-01T08:00"),
        (EventType.Occurrence, "2026-12-01T08:00"),
        (EventType.SingleInstance, "2026-12-03T08:00"),
        (EventType.Exception, "2026-12-09T12:00"),
        (EventType.Occurrence, "2026-12-22T08:00"),
    ]
    bare, moved = found[1], found[3]
    assert (bare.subject, bare.series_master_id, moved.subject) == (None, series, "Moved")
    assert moved.original_start == datetime(2026, 12, 8, 8, tzinfo=UTC)

    fake.faults.empty_pages = False
    fake.remove(single)
    fake.remove(fake.occurrence_id(series, "2026-12-22"))
    far = fake.put(subject="Far", **times("2028-12-03T09:00:00", "2028-12-03T10:00:00"))
    found, after = await delta_of(client, link)
    assert {one.id: reason(one) for one in found} == {
        single: "deleted",
        fake.occurrence_id(series, "2026-12-22"): "deleted",
        far: "deleted",
    }
    assert (await delta_of(client, after))[0] == []

    fake.faults.dead_token = "resyncRequired"
    with pytest.raises(ODataError) as caught:
        await delta_of(client, link)
    assert caught.value.response_status_code == 410
    assert caught.value.error is not None
    assert caught.value.error.code == "resyncRequired"
    fake.faults.endless_pages = True
    with pytest.raises(AssertionError, match="does not end"):
        await delta_of(client)


async def test_events_are_made_changed_and_removed(
    client: GraphServiceClient, fake: MicrosoftGraphFake
) -> None:
    events = client.me.calendars.by_calendar_id(CALENDAR).events
    new = Event(
        subject="Review",
        transaction_id="bkg_1-1",
        start=DateTimeTimeZone(date_time="2026-12-01T09:00:00", time_zone="Europe/Berlin"),
        end=DateTimeTimeZone(date_time="2026-12-01T10:00:00", time_zone="Europe/Berlin"),
        body=ItemBody(content_type=BodyType.Html, content="<p>Bring a <b>draft</b></p>"),
        attendees=[
            Attendee(email_address=EmailAddress(address="bo@contoso.example"), type=AttendeeType.Required)
        ],
        is_online_meeting=True,
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=PROPERTY, value="bkg_1")],
    )
    made = await events.post(new, asking(IMMUTABLE))
    again = await events.post(new, asking(IMMUTABLE))
    assert made is not None
    assert again is not None
    assert (strange(made), again.id, len(fake.live())) == ([], made.id, 1)
    assert (made.start.date_time, made.original_start_time_zone) == (
        "2026-12-01T08:00:00.0000000",
        "Europe/Berlin",
    )
    assert made.online_meeting.join_url.startswith("https://teams.example/")
    assert fake.mailed == [("invitation", "Review", ["bo@contoso.example"])]

    one = client.me.events.by_event_id(made.id)
    query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
        expand=[f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"]
    )
    read = await one.get(
        asking('outlook.timezone="Asia/Tokyo"', 'outlook.body-content-type="text"', query=query)
    )
    assert (read.id != made.id, read.start.date_time, read.start.time_zone) == (
        True,
        "2026-12-01T17:00:00.0000000",
        "Asia/Tokyo",
    )
    assert read.body.content == "Bring a draft"
    assert [tag.value for tag in read.single_value_extended_properties] == ["bkg_1"]
    wanted = f"singleValueExtendedProperties/any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'bkg_1')"
    search = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(filter=wanted)
    page = await client.me.events.get(asking(IMMUTABLE, query=search))
    assert [found.id for found in page.value] == [made.id]

    etag = made.additional_data["@odata.etag"]
    changed = await one.patch(Event(subject="Retro"), asking(IMMUTABLE, If_Match=etag))
    assert (changed.subject, changed.start.date_time, changed.change_key != made.change_key) == (
        "Retro",
        made.start.date_time,
        True,
    )
    with pytest.raises(ODataError) as caught:
        await one.patch(Event(subject="Late"), asking(If_Match=etag))
    assert (caught.value.response_status_code, caught.value.error.code) == (412, "ErrorIrresolvableConflict")
    await one.delete(asking(If_Match=changed.additional_data["@odata.etag"]))
    with pytest.raises(ODataError) as caught:
        await one.get()
    assert (caught.value.response_status_code, caught.value.error.code) == (404, "ErrorItemNotFound")
    assert [what for what, _, _ in fake.mailed] == ["invitation", "update", "cancellation"]


async def test_a_series_is_made_and_its_occurrences_are_told(
    client: GraphServiceClient, fake: MicrosoftGraphFake
) -> None:
    pattern = RecurrencePattern(
        type=RecurrencePatternType.RelativeMonthly,
        interval=1,
        days_of_week=[DayOfWeek.Friday],
        index=WeekIndex.Last,
    )
    bounds = RecurrenceRange(
        type=RecurrenceRangeType.EndDate,
        start_date=date(2026, 11, 27),
        end_date=date(2027, 3, 1),
        recurrence_time_zone=ZONE,
    )
    made = await client.me.events.post(
        Event(
            subject="Numbers",
            start=DateTimeTimeZone(date_time="2026-11-27T09:00:00", time_zone=ZONE),
            end=DateTimeTimeZone(date_time="2026-11-27T09:30:00", time_zone=ZONE),
            recurrence=PatternedRecurrence(pattern=pattern, range=bounds),
        )
    )
    assert made is not None
    assert made.recurrence.pattern.index is WeekIndex.Last
    fake.remove(fake.occurrence_id(made.id, "2026-12-25"))
    series = client.me.events.by_event_id(made.id)
    query = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters(
        start_date_time="2026-11-01T00:00:00Z", end_date_time="2027-12-01T00:00:00Z"
    )
    page = await series.instances.get(asking(query=query))
    assert [one.start.date_time[:10] for one in page.value] == ["2026-11-27", "2027-01-29", "2027-02-26"]
    assert {one.series_master_id for one in page.value} == {made.id}
    await series.cancel.post(CancelPostRequestBody(comment="No more numbers."))
    assert fake.live() == []


async def test_what_colleagues_do_is_told(client: GraphServiceClient, fake: MicrosoftGraphFake) -> None:
    begins = datetime(2026, 12, 1, 9, tzinfo=UTC)
    fake.colleagues["bo@contoso.example"] = [("oof", begins, begins + timedelta(minutes=45))]
    answer = await client.me.calendar.get_schedule.post(
        GetSchedulePostRequestBody(
            schedules=["bo@contoso.example", "nobody@contoso.example"],
            start_time=DateTimeTimeZone(date_time="2026-12-01T08:00:00", time_zone="UTC"),
            end_time=DateTimeTimeZone(date_time="2026-12-01T11:00:00", time_zone="UTC"),
            availability_view_interval=30,
        )
    )
    assert strange(answer) == []
    bo, nobody = answer.value
    assert (bo.availability_view, bo.schedule_items[0].status) == ("003300", FreeBusyStatus.Oof)
    assert (nobody.availability_view, nobody.error.response_code) == ("", "ErrorMailRecipientNotFound")


async def test_a_subscription_shakes_hands_and_is_renewed(
    client: GraphServiceClient, fake: MicrosoftGraphFake
) -> None:
    asked: list[str] = []

    async def receiver(url: str, content_type: str, body: bytes) -> tuple[int, str, str]:
        asked.append(url)
        if "slow" in url:
            await anyio.sleep_forever()
        token = parse_qs(urlsplit(url).query).get("validationToken", [""])[0]
        return (200, "text/plain", token) if "good" in url else (200, "text/html", token)

    fake.subscriptions.post = receiver
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    fake.clock = lambda: now
    wish = Subscription(
        change_type="created,updated,deleted",
        notification_url="https://good.example/push",
        lifecycle_notification_url="https://good.example/life",
        resource="/me/events",
        expiration_date_time=now + timedelta(minutes=4200),
        client_state="a secret",
    )
    made = await client.subscriptions.post(wish)
    assert made is not None
    assert strange(made) == []
    assert [urlsplit(url).path for url in asked] == ["/push", "/life"]
    fake.put(subject="Talk", **times("2026-12-03T09:00:00", "2026-12-03T10:00:00"))
    fake.faults.pushes_each = 2
    first, second = fake.subscriptions.take()
    assert first == second
    # The library has no type for what comes on its own; this is what the documentation shows.
    [note] = first.body["value"]
    assert (note["subscriptionId"], note["clientState"], note["changeType"]) == (
        made.id,
        "a secret",
        "created",
    )
    assert note["resourceData"]["id"] == fake.live()[0]["id"]

    one = client.subscriptions.by_subscription_id(made.id)
    later = now + timedelta(minutes=4230)
    renewed = await one.patch(Subscription(expiration_date_time=later))
    assert renewed.expiration_date_time == later
    await one.reauthorize.post()
    with pytest.raises(ODataError) as caught:
        await one.patch(Subscription(expiration_date_time=now + timedelta(days=8)))
    assert caught.value.response_status_code == 400
    await one.delete()
    with pytest.raises(ODataError) as caught:
        await one.delete()
    assert caught.value.response_status_code == 404

    for url, limit in (("https://bad.example/push", 10.0), ("https://slow.example/push", 0.0)):
        wish.notification_url, fake.faults.handshake_limit_seconds = url, limit
        with pytest.raises(ODataError) as caught:
            await client.subscriptions.post(wish)
        assert caught.value.error.code == "ValidationError"
        assert fake.subscriptions.all == {}


async def test_notifications_are_lost_doubled_and_out_of_order(fake: MicrosoftGraphFake) -> None:
    async def receiver(url: str, content_type: str, body: bytes) -> tuple[int, str, str]:
        return 200, "text/plain", parse_qs(urlsplit(url).query)["validationToken"][0]

    fake.subscriptions.post = receiver
    end = f"{fake.now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    url = "https://good.example/push"
    wish = {"changeType": "created,deleted", "notificationUrl": url, "expirationDateTime": end}
    made = await fake.subscriptions.create(
        {**wish, "resource": f"/me/calendars/{CALENDAR}/events", "lifecycleNotificationUrl": url}
    )
    ids = [fake.put(**weekly()) for _ in range(3)]
    fake.change(ids[1], subject="Nobody asked to hear of changes")
    fake.remove(ids[2])
    fake.faults.lost_pushes, fake.faults.pushes_each, fake.faults.pushes_reversed = 1, 2, True
    notes = [push.body["value"][0] for push in fake.subscriptions.take()]
    told = [(note["changeType"], ids.index(note["resourceData"]["id"])) for note in notes]
    assert told == [("deleted", 2), ("deleted", 2), *[("created", 2)] * 2, *[("created", 1)] * 2]
    fake.subscriptions.lifecycle("subscriptionRemoved", made["id"])
    [note] = fake.subscriptions.take()[0].body["value"]
    assert (note["lifecycleEvent"], fake.subscriptions.all) == ("subscriptionRemoved", {})


async def test_little_is_told_to_those_with_little_permission(fake: MicrosoftGraphFake) -> None:
    fake.put(
        subject="Talk",
        body={"contentType": "text", "content": "Secret"},
        **times("2026-12-03T09:00:00", "2026-12-03T10:00:00"),
    )
    _, access = fake.issue(BASIC)
    async with client_of(fake, access) as client:
        [one], _ = await delta_of(client)
        assert (one.subject, one.body) == ("Talk", None)
        for call in (client.me.get(), client.me.events.post(Event(subject="x"))):
            with pytest.raises(ODataError) as caught:
                await call
            assert caught.value.error.code == "ErrorAccessDenied"
    fake.withdraw()
    async with client_of(fake, access) as client:
        with pytest.raises(ODataError) as caught:
            await client.me.calendars.get()
        assert caught.value.response_status_code == 401
