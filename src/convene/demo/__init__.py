"""`convene demo`: the product with a seeded organisation and a real CalDAV server beside it. Nothing is lost on restart."""

from __future__ import annotations

import importlib.util
import logging
from contextlib import AsyncExitStack
from dataclasses import replace

from convene.bootstrap import open_installation, run_server, system_clock
from convene.core.errors import Unavailable
from convene.demo.people import PASSWORD, PEOPLE
from convene.demo.radicale_server import RadicaleServer
from convene.demo.seeding import Seeding, WalkingClock
from convene.settings import Settings

logger = logging.getLogger(__name__)


async def run_demo(settings: Settings) -> None:
    """Seed the installation in `settings.data_dir` if it is new, tell who can sign in, and serve it."""
    settings = replace(settings, allow_private_targets=(*settings.allow_private_targets, "127.0.0.1"))
    async with AsyncExitStack() as stack:
        radicale = await _start_radicale(settings, stack)
        await seed_if_new(settings, radicale)
        async with open_installation(settings, is_demo=True) as installation:
            print(invitation(settings.base_url), flush=True)  # noqa: T201
            await run_server(installation)


async def seed_if_new(settings: Settings, radicale: RadicaleServer | None) -> bool:
    """Fill an empty installation; tell whether there was anything to do.

    A marker is written last: a seeding that was cut off is reported instead of being taken for whole.
    """
    marker = settings.data_dir / "demo" / "seeded"
    if marker.is_file():
        return False
    present = system_clock().replace(second=0, microsecond=0)
    clock = WalkingClock(present)
    async with open_installation(settings, clock=clock, is_demo=True) as installation:
        if await installation.identity.accounts.first_organization() is not None:
            raise Unavailable(
                f"{settings.data_dir} holds an installation that the demonstration did not finish making. "
                "Start with another --data directory, or remove this one."
            )
        print("Setting up the demonstration: people, calendars, conversations ...", flush=True)  # noqa: T201
        await Seeding(installation, clock, present, radicale).run()
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
    return True


async def _start_radicale(settings: Settings, stack: AsyncExitStack) -> RadicaleServer | None:
    if importlib.util.find_spec("radicale") is None:
        logger.warning(
            "Radicale is not installed: Ana has the built-in calendar only (pip install 'convene[demo]')."
        )
        return None
    server = RadicaleServer(settings.data_dir / "demo" / "radicale")
    stack.push_async_callback(server.stop)
    await server.start()
    return server


def invitation(base_url: str) -> str:
    """Return what to print: where to go and who to be."""
    width = max(len(person.name) for person in PEOPLE)
    people = "\n".join(
        f"    {person.name:<{width}}  {person.email:<22}  {person.tzid.split('/')[-1].replace('_', ' ')}"
        for person in PEOPLE
    )
    return (
        f"\n  Convene is running: {base_url}\n\n"
        f"  Sign in with one click as any of these people (or with the password {PASSWORD}):\n{people}\n\n"
        "  Open a second, private window to be somebody else at the same time.\n"
        "  Ana's calendars live on a real CalDAV server beside this one. Ctrl+C stops everything; data is kept.\n"
    )
