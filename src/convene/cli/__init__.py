"""The command line: `convene serve`, `worker`, `migrate`, `doctor`, `demo`, `admin …`.

Answers go to standard output, as text or (`--json`) as one JSON object. Notes and errors go to standard error; an error
says what to do. Exit codes: 0 done, 1 not possible now, 2 asked wrongly (arguments, settings, values).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from convene.cli.arguments import parse
from convene.cli.output import Output

__all__ = ["main", "run"]


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command in `argv` (default: the process's arguments) and exit."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    arguments = parse(argv)
    output = Output(as_json=arguments.json)
    # Imported when needed: what `--help` shows must not wait for the whole product.
    from convene.cli.commands import carry_out

    return carry_out(arguments, output)
