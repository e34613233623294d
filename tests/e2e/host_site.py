"""Somebody else's web site, on an origin of its own: pages that are made up by tests, and folders of files."""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Somebody else's page</title><link rel="icon" href="data:,">
<script type="module" src="{script}"></script></head>
<body><main><h1>Somebody else's page</h1>{body}</main></body></html>
"""


class HostSite:
    """`add` returns the address of a page; `folders` maps the beginning of addresses to folders."""

    def __init__(self, port: int, pages: dict[str, str], folders: dict[str, Path]) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.folders = folders
        self._pages = pages

    def add(self, body: str, script: str, language: str = "en-GB") -> str:
        path = f"/{len(self._pages)}"
        self._pages[path] = PAGE.format(body=body, script=script, language=language)
        return self.origin + path


@contextmanager
def host_site() -> Iterator[HostSite]:
    pages: dict[str, str] = {}
    folders: dict[str, Path] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path in pages:
                self._send(pages[path].encode(), "text/html; charset=utf-8")
                return
            for prefix, folder in folders.items():
                file = folder / path.removeprefix(prefix)
                if path.startswith(prefix) and file.is_file():
                    self._send(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/plain")
                    return
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
        yield HostSite(server.server_address[1], pages, folders)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
