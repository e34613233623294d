"""What can be typed. docs/reference/cli.md is checked against this."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

DESCRIPTION = "Self-hosted scheduling with its own workplace chat."
EPILOG = "Settings are environment variables; docs/reference/settings.md lists them. Start with: convene demo"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments; exits with code 2 and a usage line if they make no sense."""
    arguments = make_parser().parse_args(argv)
    arguments.json = getattr(arguments, "json", False)
    arguments.data = getattr(arguments, "data", None)
    return arguments


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    shared = argparse.ArgumentParser(add_help=False)
    # SUPPRESS: these may stand before or after the command, and the place not used must not undo the other.
    shared.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object"
    )
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", metavar="DIR", default=argparse.SUPPRESS, help="data directory (default: CONVENE_DATA)"
    )
    parser = argparse.ArgumentParser("convene", description=DESCRIPTION, epilog=EPILOG, parents=[shared])
    parser.add_argument("--version", action="version", version=f"convene {_version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    serve = commands.add_parser(
        "serve",
        parents=[shared, data],
        help="run everything: database if embedded, web, API, worker",
        description="Run everything in one process until it is told to stop.",
    )
    serve.add_argument("--host", metavar="H", help="address to listen on (default: CONVENE_HOST, 127.0.0.1)")
    _add_port(serve)
    commands.add_parser("worker", parents=[shared, data], help="run background work alone, beside a server")
    commands.add_parser("migrate", parents=[shared, data], help="bring the database to the newest schema")
    commands.add_parser(
        "doctor", parents=[shared, data], help="check the installation and say what to do about it"
    )
    demo = commands.add_parser(
        "demo", parents=[shared, data], help="try it: serve a seeded organisation of its own"
    )
    _add_port(demo)
    _add_admin(commands, [shared, data])
    return parser


def _add_port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", metavar="P", type=_port, help="port to listen on (default: CONVENE_PORT, 8000)"
    )


def _add_admin(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> None:
    admin = commands.add_parser(
        "admin", parents=parents, help="make accounts, applications, tokens and keys; while it runs or not"
    )
    actions = admin.add_subparsers(dest="action", metavar="ACTION", required=True)

    user = actions.add_parser(
        "create-user", parents=parents, help="make an account; the first one is the owner"
    )
    user.add_argument("--email", metavar="E", required=True, help="address to sign in with")
    user.add_argument("--name", metavar="N", required=True, help="name as others see it")
    user.add_argument("--tzid", metavar="Z", required=True, help="time zone, such as Europe/London")
    user.add_argument("--password", metavar="P", help="password to sign in with (asked for on a terminal)")

    room = actions.add_parser("create-resource", parents=parents, help="make a room that can be booked")
    room.add_argument("--name", metavar="N", required=True, help="name as others see it")
    room.add_argument("--email", metavar="E", required=True, help="address of the room, its own")
    room.add_argument("--tzid", metavar="Z", required=True, help="time zone, such as Europe/London")
    room.add_argument("--seats", metavar="N", type=int, help="how many people fit")
    room.add_argument("--place", metavar="P", default="", help="where it is")
    room.add_argument(
        "--equipment", metavar="E", action="append", default=[], help="what is in it; repeatable"
    )

    password = actions.add_parser("set-password", parents=parents, help="give somebody a new password")
    password.add_argument("--email", metavar="E", required=True, help="address of the account")
    password.add_argument("--password", metavar="P", help="the new password (asked for on a terminal)")

    client = actions.add_parser("create-client", parents=parents, help="register an OAuth application")
    client.add_argument("--name", metavar="N", required=True, help="name of the application")
    client.add_argument(
        "--redirect-uri",
        metavar="U",
        action="append",
        default=[],
        help="address it is sent back to; repeatable",
    )

    rotated = actions.add_parser(
        "rotate-client-secret",
        parents=parents,
        help="give an application a new secret; the one before works for 24 hours",
    )
    rotated.add_argument("--client-id", metavar="C", required=True, help="application, app_…")

    token = actions.add_parser(
        "create-token",
        parents=parents,
        help="make a personal token, or an application's token for an account",
    )
    token.add_argument("--sub", metavar="S", required=True, help="account, acc_…")
    token.add_argument(
        "--client-id", metavar="C", help="application, app_…; without it: a personal token for /api"
    )
    token.add_argument("--scope", metavar="LIST", help="what the application may do, separated by spaces")

    key = actions.add_parser("create-api-key", parents=parents, help="make a service key; it is shown once")
    key.add_argument("--name", metavar="N", required=True, help="what the key is for")
    key.add_argument(
        "--grant", metavar="G", action="append", required=True, help="what it may do; repeatable"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


def _version() -> str:
    try:
        return version("convene")
    except PackageNotFoundError:
        return "from source"
