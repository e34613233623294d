"""Somebody else's web site, on an origin of its own: a page with one of Cronofy's elements, and their bundle."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BUNDLE = Path(__file__).with_name("node_modules") / "cronofy-elements" / "dist" / "CronofyElements.js"
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Somebody else's page</title><link rel="icon" href="data:,">
<div id="element"></div>
<script src="/CronofyElements.js"></script>
<script>
  window.told = [];
  const options = {options};
  window.handle = CronofyElements[{name}]({{
    ...options, target_id: "element", callback: (event) => window.told.push(event),
  }});
</script>
"""


class HostPages:
    """`page(name, options)` returns the address of a page that mounts one element."""

    def __init__(self, port: int, pages: dict[str, str]) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self._pages = pages

    def page(self, name: str, options: Mapping[str, Any]) -> str:
        path = f"/{len(self._pages)}"
        self._pages[path] = PAGE.format(options=json.dumps(options), name=json.dumps(name))
        return self.origin + path


@contextmanager
def host_pages() -> Iterator[HostPages]:
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/CronofyElements.js":
                self._send(BUNDLE.read_bytes(), "text/javascript")
            elif path in pages:
                self._send(pages[path].encode(), "text/html; charset=utf-8")
            else:
                self.send_error(404)

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield HostPages(server.server_address[1], pages)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
