"""The public pages of booking links: pick a day, pick a time, say who you are, booked; later move or cancel.

Everything works without script. GET and HEAD change nothing, so that programs that open links do no harm; every form
carries a token of its own, so that one sent twice books once. Whoever has a link's address may use it; addresses are
256 random bits, and tries are counted like visits.

`link`, `notices`, `manage` and `waiting` have the routes, behind `gate`; `opened` is what a request is about; `choosing`, `details`
and `meeting` are its pages; `look`, `headings`, `times` and `days` are what pages are made of; `logos` serves their pictures.
"""

from __future__ import annotations

from fastapi import APIRouter

from convene.api.book import link, logos, manage, notices, waiting

router = APIRouter()
router.include_router(logos.router)
router.include_router(manage.router)
router.include_router(waiting.router)
router.include_router(link.router)
router.include_router(notices.router)
