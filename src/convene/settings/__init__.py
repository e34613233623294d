"""The installation's settings. This is the only place that reads the environment, and it does so once.

Every setting is a row of `SETTINGS`: name, default and meaning, from which docs/reference/settings.md is checked. All
values are looked at before anything is refused, so that one start names every mistake.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from convene.core.availability_query_checks import QueryLimits
from convene.security.sealing import SealingKey, Secret
from convene.settings import mail, push, values
from convene.settings.data_dir import default_data_dir, make_data_dir, read_key_file
from convene.settings.errors import SettingsError
from convene.settings.mail import MailSettings
from convene.settings.microsoft import SETTINGS as OF_MICROSOFT
from convene.settings.microsoft import MicrosoftSettings, microsoft

__all__ = ["SETTINGS", "Settings", "SettingsError"]

T = TypeVar("T")
Environ = Mapping[str, str]

DATABASE_URL = "DATABASE_URL"
PREFIX = "CONVENE_"
TEST_PREFIX = "CONVENE_TEST_"

SETTINGS: dict[str, str] = {
    DATABASE_URL: "PostgreSQL server to use",
    "CONVENE_DATA": "directory of the embedded database and the key file",
    "CONVENE_POSTGRES_BIN": "directory of the embedded database's programs",
    "CONVENE_BASE_URL": "public address",
    "CONVENE_HOST": "address to listen on",
    "CONVENE_PORT": "port to listen on",
    "CONVENE_ALLOWED_HOSTS": "further host names",
    "CONVENE_TRUSTED_PROXIES": "proxies whose X-Forwarded-For is believed",
    "CONVENE_SECRET_KEY": "keys that seal stored credentials",
    "CONVENE_ALLOW_PRIVATE_TARGETS": "private hosts and networks that calendars and callbacks may be on",
    "CONVENE_CALLS_PER_SECOND": "calls of one application to /v1 in a second",
    "CONVENE_CALLS_PER_MINUTE": "calls of one application to /v1 in a minute",
    "CONVENE_PUSH_URL": "public address at which calendar services tell of changes",
    "CONVENE_GOOGLE_CLIENT_ID": "this installation at Google",
    "CONVENE_GOOGLE_CLIENT_SECRET": "its secret there",
    "CONVENE_GOOGLE_ACCOUNTS_URL": "where people sign in at Google",
    "CONVENE_GOOGLE_TOKENS_URL": "where Google gives and takes back tokens",
    "CONVENE_GOOGLE_API_URL": "where Google's calendars are",
    **OF_MICROSOFT,
    "CONVENE_SMTP_URL": "mail server that sends invitations",
    "CONVENE_MAIL_FROM": "address that invitations come from",
    "CONVENE_IMAP_URL": "mailbox that answers to invitations come to",
    "CONVENE_MAIL_TIMEOUT_SECONDS": "patience with mail servers",
    "CONVENE_CONFERENCING_URL": "address of a meeting's video room",
    "CONVENE_SCHEDULING_URL": "scheduling platform that Connect asks",
    "CONVENE_JOBS_CONCURRENCY": "jobs at once",
    "CONVENE_DATABASE_CONNECTIONS": "database connections at most",
    "CONVENE_QUERY_DAYS": "days of one availability query at most",
    "CONVENE_QUERY_MEMBERS": "members of one availability query at most",
    "CONVENE_QUERY_RESULTS": "results of one availability query at most",
    "CONVENE_AVAILABILITY_CACHE_MB": "memory for parts of availability answers",
    "CONVENE_LOG_LEVEL": "how much is logged",
}

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """How Google knows this installation, and where it is: without a client id and secret nobody connects there."""

    client_id: str = ""
    client_secret: Secret = field(default_factory=lambda: Secret(""))
    accounts_url: str = "https://accounts.google.com"
    tokens_url: str = "https://oauth2.googleapis.com"
    api_url: str = "https://www.googleapis.com"


@dataclass(frozen=True, slots=True)
class Settings:
    """Validated settings. `warnings` are sentences for the operator about things that work but may be mistakes."""

    data_dir: Path
    base_url: str
    host: str
    port: int
    database_url: Secret | None = None
    given_keys: tuple[SealingKey, ...] = field(default=(), repr=False)
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    allow_private_targets: tuple[str, ...] = ()
    push_url: str | None = None
    google: GoogleSettings = field(default_factory=GoogleSettings)
    microsoft: MicrosoftSettings = field(default_factory=MicrosoftSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    conferencing_url: str = values.DEFAULT_CONFERENCING_URL
    scheduling_url: str | None = None
    jobs_concurrency: int = 10
    database_connections: int = 16
    query_limits: QueryLimits = field(default_factory=QueryLimits)
    availability_cache_bytes: int = 64 * MEGABYTE
    log_level: str = "info"
    postgres_bin: Path | None = None
    calls_per_second: int = 50
    calls_per_minute: int = 500
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_env(
        cls,
        environ: Environ | None = None,
        overrides: Mapping[str, Any] | None = None,
        *,
        is_demo: bool = False,
    ) -> Settings:
        """Read and check all settings.

        Args:
            environ: the environment; None reads the process's own.
            overrides: `host`, `port` and `data_dir` from the command line, where they were given (not None).
            is_demo: keep the demonstration apart: its default data directory is another one.

        Raises `SettingsError` that lists everything that is wrong.
        """
        source = os.environ if environ is None else environ
        given = {name: value for name, value in (overrides or {}).items() if value is not None}
        return _Reader(source, given).settings(is_demo=is_demo)

    def make_data_dir(self) -> None:
        """Create the data directory if need be; raises `SettingsError` if it cannot be made."""
        make_data_dir(self.data_dir)

    @property
    def database_dir(self) -> Path:
        """Where the embedded database lives."""
        return self.data_dir / "postgres"

    @property
    def is_embedded(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url is None

    @property
    def other_hosts(self) -> tuple[str, ...]:
        """The host names beside the public address's that the server answers to."""
        told_at = urlsplit(self.push_url or "").hostname
        return (*self.allowed_hosts, told_at) if told_at else self.allowed_hosts

    def sealing_keys(self) -> tuple[SealingKey, ...]:
        """Return the keys that seal stored credentials, newest first.

        Without `CONVENE_SECRET_KEY` they are the lines of the file `secret.key` in the data directory, which is made at
        first start with mode 0600. Raises `SettingsError` if the file cannot be made, read or trusted.
        """
        return self.given_keys or read_key_file(self.data_dir)


class _Reader:
    """Reads one environment and collects what is wrong with it."""

    def __init__(self, environ: Environ, overrides: Mapping[str, Any]) -> None:
        self.environ = environ
        self.overrides = overrides
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def settings(self, *, is_demo: bool) -> Settings:
        host = str(self.overrides.get("host") or self.text("CONVENE_HOST", "127.0.0.1"))
        port = self.overrides.get("port") or self.read("CONVENE_PORT", "8000", values.port)
        base_url = self.read("CONVENE_BASE_URL", values.local_url(host, int(port or 8000)), values.base_url)
        data = self.overrides.get("data_dir") or self.text("CONVENE_DATA", "")
        settings = Settings(
            data_dir=Path(data).expanduser().absolute()
            if data
            else default_data_dir(self.environ, is_demo=is_demo),
            base_url=base_url or "",
            host=host,
            port=int(port or 0),
            database_url=self.read(DATABASE_URL, "", values.database_url),
            given_keys=self.read("CONVENE_SECRET_KEY", "", values.keys) or (),
            allowed_hosts=self.read("CONVENE_ALLOWED_HOSTS", "", values.hosts) or (),
            trusted_proxies=self.read("CONVENE_TRUSTED_PROXIES", "", values.networks) or (),
            allow_private_targets=self.read("CONVENE_ALLOW_PRIVATE_TARGETS", "", values.targets) or (),
            push_url=self.read("CONVENE_PUSH_URL", "", push.address(base_url)),
            google=self.google(),
            microsoft=microsoft(self.read, self.problems.append),
            mail=self.mail(),
            conferencing_url=self.read(
                "CONVENE_CONFERENCING_URL", values.DEFAULT_CONFERENCING_URL, values.conferencing
            )
            or "",
            scheduling_url=self.read("CONVENE_SCHEDULING_URL", "", values.optional_url),
            jobs_concurrency=self.read("CONVENE_JOBS_CONCURRENCY", "10", values.between(1, 200)) or 0,
            database_connections=self.read("CONVENE_DATABASE_CONNECTIONS", "16", values.between(4, 500)) or 0,
            query_limits=QueryLimits(
                days=self.read("CONVENE_QUERY_DAYS", "35", values.between(1, 390)) or 0,
                members=self.read("CONVENE_QUERY_MEMBERS", "100", values.between(1, 1000)) or 0,
                results=self.read("CONVENE_QUERY_RESULTS", "512", values.between(1, 10_000)) or 0,
            ),
            availability_cache_bytes=MEGABYTE
            * (self.read("CONVENE_AVAILABILITY_CACHE_MB", "64", values.between(0, 65_536)) or 0),
            log_level=self.read("CONVENE_LOG_LEVEL", "info", values.log_level) or "",
            postgres_bin=self.read("CONVENE_POSTGRES_BIN", "", values.programs),
            calls_per_second=self.read("CONVENE_CALLS_PER_SECOND", "50", values.between(1, 100_000)) or 0,
            calls_per_minute=self.read("CONVENE_CALLS_PER_MINUTE", "500", values.between(1, 1_000_000)) or 0,
        )
        self.look_for_typing_errors()
        self.look_for_weak_spots(settings)
        if self.problems:
            raise SettingsError(self.problems)
        return replace(settings, warnings=tuple(self.warnings))

    def google(self) -> GoogleSettings:
        client_id = self.text("CONVENE_GOOGLE_CLIENT_ID", "")
        secret = self.text("CONVENE_GOOGLE_CLIENT_SECRET", "")
        if bool(client_id) != bool(secret):
            self.problems.append(
                "CONVENE_GOOGLE_CLIENT_ID and CONVENE_GOOGLE_CLIENT_SECRET belong together: set both or neither."
            )
        usual = GoogleSettings()
        return GoogleSettings(
            client_id,
            Secret(secret),
            self.read("CONVENE_GOOGLE_ACCOUNTS_URL", usual.accounts_url, values.service_url) or "",
            self.read("CONVENE_GOOGLE_TOKENS_URL", usual.tokens_url, values.service_url) or "",
            self.read("CONVENE_GOOGLE_API_URL", usual.api_url, values.service_url) or "",
        )

    def mail(self) -> MailSettings:
        found = MailSettings(
            self.read("CONVENE_SMTP_URL", "", mail.smtp_relay),
            self.read("CONVENE_MAIL_FROM", "", mail.sender) or "",
            self.read("CONVENE_IMAP_URL", "", mail.imap_mailbox),
            self.read("CONVENE_MAIL_TIMEOUT_SECONDS", "30", mail.seconds) or 0,
        )
        return mail.together(found, self.problems.append)

    def text(self, name: str, default: str) -> str:
        """A variable that is set to nothing counts as not set."""
        return self.environ.get(name, "").strip() or default

    def read(self, name: str, default: str, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(self.text(name, default))
        except ValueError as error:
            self.problems.append(f"{name} {error}")
            return None

    def look_for_typing_errors(self) -> None:
        for name in sorted(self.environ):
            if not name.startswith(PREFIX) or name.startswith(TEST_PREFIX) or name in SETTINGS:
                continue
            near = difflib.get_close_matches(name, SETTINGS, n=1)
            hint = f" Did you mean {near[0]}?" if near else " See docs/reference/settings.md."
            self.warnings.append(f"{name} is not a setting and is ignored.{hint}")

    def look_for_weak_spots(self, settings: Settings) -> None:
        host = urlsplit(settings.base_url).hostname or ""
        if settings.base_url.startswith("http://") and not values.is_loopback(host):
            self.warnings.append(
                f"CONVENE_BASE_URL is {settings.base_url}: without https, passwords and sessions can be read on the "
                "way. Put a proxy with TLS in front and set CONVENE_BASE_URL to its https address."
            )
        if not values.is_loopback(settings.host) and "CONVENE_BASE_URL" not in self.environ:
            self.warnings.append(
                f"Convene listens on {settings.host} but takes its public address to be {settings.base_url}. "
                "Set CONVENE_BASE_URL to the address that people open, or other hosts are refused."
            )
