"""`convene admin …` and `convene migrate`: commands on the database itself, whether or not a server runs."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from convene.cli.output import Output
from convene.core import people
from convene.core.errors import Invalid
from convene.identity import Identity, operator
from convene.identity.accounts import NewPerson
from convene.identity.clients import OLD_SECRET_WORKS_FOR
from convene.identity.installation import check_sealing_key
from convene.identity.resources import NewResource
from convene.security.sealing import Sealer
from convene.settings import Settings
from convene.storage.database import Database
from convene.storage.embedded import EmbeddedServer
from convene.storage.migrate import migrate

DEFAULT_SCOPE = "read_account list_calendars read_events create_event delete_event"
FALLBACK_ORGANIZATION = "My organisation"


@contextmanager
def database_address(settings: Settings) -> Iterator[str]:
    """The connection string of the database; an embedded server is started or joined while the block runs."""
    if settings.database_url is not None:
        yield settings.database_url.reveal()
        return
    settings.make_data_dir()
    with EmbeddedServer(settings.database_dir, bin_dir=settings.postgres_bin) as server:
        yield server.conninfo


def present() -> datetime:
    """The clock of commands."""
    return datetime.fromtimestamp(time.time(), UTC)


def migrate_database(settings: Settings, output: Output) -> None:
    """Bring the database to the newest schema."""
    with database_address(settings) as conninfo:
        ran = asyncio.run(migrate(conninfo))
    text = "\n".join(f"migrated {name}" for name in ran) or "The schema is the newest already."
    output.answer({"migrated": ran}, text)


def administer(arguments: argparse.Namespace, settings: Settings, output: Output) -> None:
    """Carry out one `admin` action."""
    actions = {
        "create-user": create_user,
        "set-password": set_password,
        "create-client": create_client,
        "rotate-client-secret": rotate_client_secret,
        "create-token": create_token,
        "create-api-key": create_api_key,
        "create-resource": create_resource,
    }
    if arguments.action == "create-token" and arguments.scope and not arguments.client_id:
        raise Invalid("scope", "--scope belongs to an application's token: give --client-id too.")
    if "password" in arguments:
        arguments.password = _password(arguments, output)

    async def act(conninfo: str) -> None:
        async with _identity(settings, conninfo) as identity:
            await actions[arguments.action](arguments, identity, output)

    with database_address(settings) as conninfo:
        asyncio.run(act(conninfo))


@asynccontextmanager
async def _identity(settings: Settings, conninfo: str) -> AsyncIterator[Identity]:
    await migrate(conninfo)
    db = Database(conninfo, max_size=2)
    await db.open()
    try:
        sealer = Sealer(settings.sealing_keys())
        await check_sealing_key(db, sealer)
        yield Identity(db, present, sealer, settings.base_url)
    finally:
        await db.close()


async def create_user(arguments: argparse.Namespace, identity: Identity, output: Output) -> None:
    """Make an account in the first organisation, which is started if need be. Its first account is the owner."""
    person = NewPerson(arguments.email, arguments.name, arguments.tzid).checked()
    organization = await identity.accounts.ensure_organization(person.email.rpartition("@")[2])
    made = await identity.accounts.create(
        operator(organization.org_id), person, password=arguments.password, is_first_owner=True
    )
    where = f"can sign in at {identity.base_url}" if arguments.password else "has no password yet"
    output.answer(
        {"sub": made.account_id},
        f"{made.name} <{made.email}>, {made.role} of {organization.name}, {where}.\nsub: {made.account_id}",
    )


async def create_resource(arguments: argparse.Namespace, identity: Identity, output: Output) -> None:
    """Make a room in the first organisation, which is started if need be."""
    organization = await identity.accounts.ensure_organization(FALLBACK_ORGANIZATION)
    new = NewResource(
        arguments.name,
        arguments.email,
        arguments.tzid,
        arguments.seats,
        arguments.place,
        tuple(arguments.equipment),
    )
    made = await identity.resources.create(operator(organization.org_id), new)
    output.answer(
        {"sub": made.account_id},
        f"{made.name} <{made.email}> can be booked at {organization.name}.\nsub: {made.account_id}",
    )


async def set_password(arguments: argparse.Namespace, identity: Identity, output: Output) -> None:
    """Give somebody a new password, which signs them out everywhere."""
    if not arguments.password:
        raise Invalid("password", "Give the new password with --password, or run this on a terminal.")
    account = await identity.accounts.find_anywhere(email=arguments.email.strip())
    await identity.accounts.reset_password(operator(account.org_id), account.account_id, arguments.password)
    output.answer({"sub": account.account_id}, f"{account.name} <{account.email}> has a new password.")


async def create_client(arguments: argparse.Namespace, identity: Identity, output: Output) -> None:
    """Register an OAuth application."""
    organization = await identity.accounts.ensure_organization(FALLBACK_ORGANIZATION)
    made = await identity.oauth.create_client(
        operator(organization.org_id), arguments.name, arguments.redirect_uri
    )
    secret = made.client_secret.reveal()
    output.answer(
        {"client_id": made.client_id, "client_secret": secret},
        f"client_id:     {made.client_id}\nclient_secret: {secret}\nThe secret is not shown again.",
    )


async def rotate_client_secret(arguments: argparse.Namespace, identity: Identity, output: Output) -> None:
    """Give an application a new secret; the one before works for another day."""
    client = await identity.clients.find_anywhere(arguments.client_id)
    secret = await identity.clients.rotate_secret(operator(client.org_id), client.client_id)
    until = identity.clock() + OLD_SECRET_WORKS_FOR
    output.answer(
        {
            "client_id": client.client_id,
            "client_secret": secret.reveal(),
            "old_secret_until": until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        },
        f"client_id:     {client.client_id}\nclient_secret: {secret.reveal()}\n"
        f"The secret is not shown again. The one before works until {until:%Y-%m-%d %H:%M} UTC.",
    )


async def create_token(arguments: argparse.Namespace, identity: Identity, output: Output) -> None:
    """Make a personal token, or with `--client-id` an application's tokens for an account."""
    account = await identity.accounts.find_anywhere(account_id=arguments.sub)
    us = operator(account.org_id)
    if arguments.client_id:
        answer = await identity.oauth.issue(
            us, arguments.client_id, account.account_id, arguments.scope or DEFAULT_SCOPE
        )
        lines = [f"{name + ':':14} {answer[name]}" for name in ("access_token", "refresh_token", "scope")]
        output.answer(
            answer, "\n".join([*lines, f"The access token works for {answer['expires_in']} seconds."])
        )
        return
    issued = await identity.keys.issue_personal_token(us, account.account_id, "Made on the command line")
    token = issued.secret.reveal()
    output.answer(
        {"access_token": token},
        f"access_token: {token}\nWhoever holds it is {account.name} on /api. It is not shown again.",
    )


async def create_api_key(arguments: argparse.Namespace, identity: Identity, output: Output) -> None:
    """Make a service key."""
    organization = await identity.accounts.ensure_organization(FALLBACK_ORGANIZATION)
    made = await identity.keys.issue_service_key(
        operator(organization.org_id), arguments.name, arguments.grant
    )
    secret = made.secret.reveal()
    output.answer(
        {
            "key_id": made.key_id,
            "secret": secret,
            "prefix": made.prefix,
            "name": made.name,
            "grants": list(made.grants),
        },
        f"secret: {secret}\ngrants: {', '.join(made.grants)}\nThe secret is not shown again.",
    )


def _password(arguments: argparse.Namespace, output: Output) -> str | None:
    """Return the password to set: as given, or typed twice on a terminal. The operator may choose a weak one."""
    chosen: str | None = arguments.password
    if chosen is None and sys.stdin.isatty() and sys.stderr.isatty():
        chosen = getpass.getpass("Password (empty for none): ", sys.stderr) or None
        if chosen and getpass.getpass("Once more: ", sys.stderr) != chosen:
            raise Invalid("password", "The two passwords differ. Nothing was changed.")
    if chosen:
        if len(chosen) > people.PASSWORD_MAX:
            raise Invalid("password", f"password must have at most {people.PASSWORD_MAX} characters.")
        try:
            people.checked_password(chosen, email=arguments.email, name=getattr(arguments, "name", ""))
        except Invalid as error:
            output.note(f"Note: {error.detail}")
    return chosen
