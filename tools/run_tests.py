"""All tests: on the embedded PostgreSQL, in a browser, and those that touch a database again on an older PostgreSQL.

Chromium, the second PostgreSQL and Cyrus (a CalDAV server that schedules, with libical) are system packages. Root on
Debian or Ubuntu gets them installed; anybody else is told what is missing, and the last lines say which tests did not
run for it. Arguments go on to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The oldest supported first; which of them exists depends on the release of Debian or Ubuntu.
MAJORS = (15, 16, 17)
CYRUS = Path("/usr/lib/cyrus/bin/httpd")
# With the smallest program that is a mail server to the package's eyes.
CYRUS_PACKAGES = ["cyrus-imapd", "cyrus-caldav", "sasl2-bin", "libical3", "msmtp-mta"]
PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal")


def main(arguments: Sequence[str]) -> int:
    browser = browser_program() or install(["chromium", "fonts-dejavu-core"], browser_program)
    postgres = system_postgres() or install_postgres()
    cyrus = cyrus_program() or install_cyrus()
    missing: list[str] = []
    most = "not e2e" if cyrus else "not e2e and not cyrus"

    rounds: list[tuple[str, list[str], dict[str, str]]] = [
        ("All but the browser's tests, on the embedded PostgreSQL 18", ["-m", most], {})
    ]
    if cyrus is None:
        missing.append(f"the tests with Cyrus and libical (apt install {' '.join(CYRUS_PACKAGES)})")
    if browser is None:
        missing.append("the browser's tests, which need Chromium (apt install chromium)")
    else:
        # By themselves: a browser's event loop keeps others from the same process.
        rounds.append(("The browser's tests", ["-m", "e2e"], {}))
    if postgres is None:
        missing.append("the database tests on a second PostgreSQL (apt install postgresql-15)")
    else:
        second = {"CONVENE_TEST_POSTGRES_BIN": str(postgres)}
        rounds.append((f"The database tests again, on {postgres}", ["-m", most, "--database-bound"], second))

    failed = [
        title
        for title, selection, environment in rounds
        if not passes(title, selection, arguments, environment)
    ]
    for what in missing:
        say(f"NOT RUN: {what}")
    for title in failed:
        say(f"FAILED: {title}")
    return 1 if failed else 0


def browser_program() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def system_postgres() -> Path | None:
    """The directory of the oldest supported server that the system has."""
    for major in MAJORS:
        directory = Path(f"/usr/lib/postgresql/{major}/bin")
        if (directory / "initdb").is_file():
            return directory
    return None


def install_postgres() -> Path | None:
    """Install the oldest supported server that the system offers, without the cluster that Debian would start."""
    if not may_install():
        return None
    for major in MAJORS:
        if is_offered(f"postgresql-{major}"):
            with no_main_cluster():
                install([f"postgresql-{major}"], system_postgres)
            break
    return system_postgres()


@contextmanager
def no_main_cluster() -> Iterator[None]:
    """Keep Debian's scripts from making and starting a server: only the programs are wanted."""
    folder = Path("/etc/postgresql-common/createcluster.d")
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "convene-tests.conf"
    note.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        note.unlink()


def cyrus_program() -> Path | None:
    return CYRUS if CYRUS.is_file() else None


def install_cyrus() -> Path | None:
    """Install Cyrus's programs. The server that the package would start is not wanted: tests bring their own."""
    if not may_install():
        return None
    with no_services():
        return install(CYRUS_PACKAGES, cyrus_program)


@contextmanager
def no_services() -> Iterator[None]:
    """Keep Debian's scripts from starting what they install, unless the system has a rule for that already."""
    rule = Path("/usr/sbin/policy-rc.d")
    if rule.exists():
        yield
        return
    rule.write_text("#!/bin/sh\nexit 101\n")
    rule.chmod(0o755)
    try:
        yield
    finally:
        rule.unlink()


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def is_offered(package: str) -> bool:
    refresh()
    shown = subprocess.run(
        ["apt-cache", "policy", package], capture_output=True, text=True, check=False
    ).stdout
    return "Candidate:" in shown and "Candidate: (none)" not in shown


def install(packages: list[str], find: Callable[[], Found | None]) -> Found | None:
    """Install system packages where we may, and return what `find` finds then."""
    if not may_install():
        return None
    say("Installing " + " ".join(packages))
    refresh()
    command = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages]
    subprocess.run(command, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, check=False)
    return find()


def refresh() -> None:
    """Bring apt's lists up to date, once."""
    if not refreshed:
        subprocess.run(["apt-get", "update", "--quiet"], check=False)
        refreshed.append(True)


refreshed: list[bool] = []


def passes(
    title: str, selection: Sequence[str], arguments: Sequence[str], environment: Mapping[str, str]
) -> bool:
    say(title)
    begun = time.monotonic()
    done = subprocess.run(
        [*PYTEST, *selection, *arguments], cwd=ROOT, env=os.environ | environment, check=False
    )
    say(f"{title}: {'passed' if done.returncode == 0 else 'FAILED'} after {time.monotonic() - begun:.0f} s")
    return done.returncode == 0


def say(line: str) -> None:
    print(f"\n== {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
