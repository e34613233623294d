"""`/api/holidays`: public holidays, which people take over into their working hours."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from convene.api.context import CallerDep, PlatformDep

router = APIRouter(prefix="/api/holidays", tags=["availability"])

_YEAR: dict[str, Any] = {
    "content": {
        "application/json": {
            "example": {
                "country": "GB",
                "subdivision": "ENG",
                "year": 2027,
                "holidays": [{"date": "2027-01-01", "name": "New Year's Day"}],
            }
        }
    }
}
_COUNTRIES: dict[str, Any] = {
    "content": {
        "application/json": {
            "example": {
                "countries": [{"country": "GB", "subdivisions": [{"subdivision": "ENG", "name": "England"}]}]
            }
        }
    }
}


@router.get("", responses={200: _YEAR})
async def get_holidays(
    platform: PlatformDep,
    caller: CallerDep,
    country: Annotated[str, Query(max_length=10)],
    year: Annotated[int, Query()],
    subdivision: Annotated[str, Query(max_length=10)] = "",
) -> JSONResponse:
    """Return the public holidays of a country, or of a part of it, in one year."""
    caller.require("rules:read")
    found = await asyncio.to_thread(platform.holidays.holidays, country.upper(), subdivision, year)
    return JSONResponse(
        {
            "country": country.upper(),
            "subdivision": subdivision,
            "year": year,
            "holidays": [{"date": item.date.isoformat(), "name": item.name} for item in found],
        }
    )


@router.get("/countries", responses={200: _COUNTRIES})
async def get_countries(platform: PlatformDep, caller: CallerDep) -> JSONResponse:
    """Return the countries whose holidays are known, with the parts that have others."""
    caller.require("rules:read")
    known = await asyncio.to_thread(platform.holidays.countries)
    return JSONResponse(
        {
            "countries": [
                {
                    "country": item.code,
                    "subdivisions": [
                        {"subdivision": part.code, "name": part.name or part.code}
                        for part in item.subdivisions
                    ],
                }
                for item in known
            ]
        }
    )
