"""How commands answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any


class Output:
    """Writes a command's answer: with `as_json` exactly one JSON object, else text for people."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def answer(self, value: Mapping[str, Any], text: str) -> None:
        """Give the answer in the form that was asked for."""
        sys.stdout.write((json.dumps(value) if self.as_json else text) + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Say something beside the answer."""
        sys.stderr.write(text + "\n")

    def error(self, text: str) -> None:
        """Say why there is no answer, and what to do."""
        sys.stderr.write(f"convene: {text}\n")
