"""Start `served.py`, or another program like it, hand out what it says, stop it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def running(program: str = "served.py") -> Iterator[tuple[int, dict[str, Any]]]:
    """The port of a served installation, and who is in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name(program)), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield port, json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=60)
