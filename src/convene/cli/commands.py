"""From arguments to what is done: settings, errors and exit codes in one place."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import psycopg

from convene.cli.output import Output
from convene.core.errors import ConveneError, Invalid
from convene.identity.installation import WrongSealingKey
from convene.security.log_redaction import RedactingFilter
from convene.settings import Settings, SettingsError
from convene.storage.embedded import EmbeddedServerError

LONG_RUNNING = ("serve", "worker", "demo")


def carry_out(arguments: argparse.Namespace, output: Output) -> int:
    """Run the command and return its exit code; every expected failure becomes a sentence with a remedy."""
    try:
        settings = _settings(arguments)
        for warning in settings.warnings if arguments.command != "doctor" else ():
            output.note(f"Note: {warning}")
        return _dispatch(arguments, settings, output)
    except SettingsError as error:
        for problem in error.problems:
            output.error(problem)
        return 2
    except Invalid as error:
        output.error(error.detail)
        return 2
    except EmbeddedServerError as error:
        output.error(error.detail)
    except ConveneError as error:
        output.error(error.detail)
    except WrongSealingKey as error:
        output.error(str(error))
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        output.error(
            f"The database cannot be reached: {reason}\nCheck DATABASE_URL and that the server runs."
        )
    except KeyboardInterrupt:
        return 130
    return 1


def _settings(arguments: argparse.Namespace) -> Settings:
    overrides = {
        "data_dir": arguments.data,
        "host": getattr(arguments, "host", None),
        "port": getattr(arguments, "port", None),
    }
    return Settings.from_env(overrides=overrides, is_demo=arguments.command == "demo")


def _dispatch(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    if arguments.command in LONG_RUNNING:
        _start_logging(settings)
    match arguments.command:
        case "serve":
            from convene.bootstrap import serve

            _run(serve(settings))
        case "worker":
            _run(_work(settings))
        case "demo":
            from convene.demo import run_demo

            _run(run_demo(settings))
        case "migrate":
            from convene.cli.admin import migrate_database

            migrate_database(settings, output)
        case "doctor":
            from convene.cli.doctor import examine

            return examine(settings, output)
        case _:
            from convene.cli.admin import administer

            administer(arguments, settings, output)
    return 0


async def _work(settings: Settings) -> None:
    from convene.bootstrap import open_installation

    async with open_installation(settings) as installation:
        logging.getLogger(__name__).info("the worker has started")
        await installation.run_worker()


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until it ends or is told to stop, by SIGTERM or SIGINT; either way it tidies up.

    A shell that starts a background job makes it ignore SIGINT, so SIGTERM has a handler of its own.
    """

    async def stoppable() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))
        await work

    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(stoppable())


def _start_logging(settings: Settings) -> None:
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(RedactingFilter())
    # Their INFO is one line per request or job.
    for name in ("httpx", "httpcore", "procrastinate"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
