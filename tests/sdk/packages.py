"""Brings the npm packages of this folder to the state of their lock, once per run, with the Node of a Python package."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent


def install_packages() -> Path:
    """Install what package-lock.json names, and return the folder. Safe to call from several test workers at once."""
    with (FOLDER / ".gitignore").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, str(ROOT / "hatch_build.py"), "--in", "tests/sdk"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"the npm packages of tests/sdk cannot be installed:\n{done.stderr}"
    return FOLDER
