"""Public holidays over HTTP, and their way into working hours."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from convene.bootstrap import open_installation
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.settings import Settings
from factories.platform import always_open


@pytest.fixture
async def ana(db, database_url: str, tmp_path, clock) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings.from_env({"DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path)})
    async with open_installation(settings, clock=clock) as installation:
        identity = installation.identity
        us = operator((await identity.accounts.create_organization("Globex")).org_id)
        person = await identity.accounts.create(us, NewPerson("ana@example.com", "Ana", "Europe/London"))
        token = await identity.keys.issue_personal_token(us, person.account_id, "Script")
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(installation.app),
            base_url=settings.base_url,
            headers={"Authorization": f"Bearer {token.secret.reveal()}"},
        ) as client:
            yield client


async def named(client: httpx.AsyncClient, **query: str) -> dict[str, str]:
    answer = await client.get("/api/holidays", params=query)
    assert answer.status_code == 200, answer.text
    return {item["date"]: item["name"] for item in answer.json()["holidays"]}


async def test_the_holidays_of_a_country_and_of_its_parts(ana):
    england = await named(ana, country="GB", subdivision="ENG", year="2027")
    scotland = await named(ana, country="gb", subdivision="sct", year="2027")
    assert england["2027-03-29"] == "Easter Monday"
    assert "2027-03-29" not in scotland
    assert scotland["2027-11-30"].startswith("Saint Andrew's Day")
    assert list(england) == sorted(england)
    assert all(day.startswith("2027-") for day in england)
    # Saturday's holiday is made up for on the Friday before, and both are told.
    assert {"2027-12-24", "2027-12-25"} <= set(await named(ana, country="US", year="2027"))
    germany = await named(ana, country="DE", year="2027")
    assert germany["2027-10-03"] == "German Unity Day"


async def test_countries_are_listed_with_their_parts(ana):
    countries = {
        item["country"]: {part["subdivision"]: part["name"] for part in item["subdivisions"]}
        for item in (await ana.get("/api/holidays/countries")).json()["countries"]
    }
    assert countries["GB"]["SCT"] == "Scotland"
    assert countries["DE"]["BY"] == "Bayern"
    assert countries["SE"] == {}
    assert len(countries) > 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"country": "XX", "year": "2027"}, "country"),
        ({"country": "GBR", "year": "2027"}, "country"),
        ({"country": "GB", "subdivision": "BY", "year": "2027"}, "subdivision"),
        ({"country": "SE", "subdivision": "X", "year": "2027"}, "subdivision"),
        ({"country": "GB", "year": "1999"}, "year"),
        ({"country": "GB", "year": "2101"}, "year"),
        ({"country": "GB", "year": "next"}, "year"),
        ({"country": "GB"}, "year"),
        ({"year": "2027"}, "country"),
    ],
)
async def test_what_is_not_known_is_refused_by_the_fields_name(ana, query, field):
    answer = await ana.get("/api/holidays", params=query)
    assert answer.status_code == 422
    body = answer.json()
    assert field in {body.get("field"), *(item["field"] for item in body.get("errors", []))}


async def test_every_countrys_holidays_can_be_taken_over_as_overrides(ana):
    """Names of any length the package has are taken by working hours."""
    countries = (await ana.get("/api/holidays/countries")).json()["countries"]
    for country in countries[::10]:
        found = await named(ana, country=country["country"], year="2027")
        overrides = [{"date": day, "periods": [], "name": name} for day, name in found.items()]
        body = {**always_open("Europe/London"), "date_overrides": overrides}
        answer = await ana.put("/api/availability-rules", json=body)
        assert answer.status_code == 200, (country, answer.text)
        assert answer.json()["date_overrides"] == overrides
