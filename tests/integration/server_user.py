"""A process that uses an embedded server, for tests that kill it: prints `ready` and its facts, then works.

    python server_user.py DIRECTORY [insert]

`insert` logs a number on the terminal after each committed row. Otherwise it waits for its input to close, and leaves.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg

from convene.storage.embedded import EmbeddedServer, EmbeddedServerError


def say(*words: object) -> None:
    print(*words, flush=True)


def main() -> None:
    programs = os.environ.get("CONVENE_TEST_POSTGRES_BIN")
    server = EmbeddedServer(Path(sys.argv[1]), bin_dir=Path(programs) if programs else None, durable=False)
    try:
        server.start()
    except EmbeddedServerError as error:
        say("refused", type(error).__name__, error)
        return
    with psycopg.connect(server.conninfo, autocommit=True) as conn:
        row = conn.execute("SELECT pg_postmaster_start_time()::text").fetchone()
        say("ready", row[0].replace(" ", "T"))
        if sys.argv[2:] == ["insert"]:
            conn.execute("CREATE TABLE IF NOT EXISTS entry (n bigint PRIMARY KEY)")
            for n in range(10**9):
                conn.execute("INSERT INTO entry VALUES (%s)", [n])
                say(n)
    sys.stdin.read()
    server.stop()
    say("left")


if __name__ == "__main__":
    main()
