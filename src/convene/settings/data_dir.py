"""The data directory and the key file in it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from convene.security.sealing import SealingKey
from convene.settings.errors import SettingsError

KEY_FILE = "secret.key"


def default_data_dir(environ: Mapping[str, str], *, is_demo: bool = False) -> Path:
    """Return `/var/lib/convene` for root (containers, services), else `convene` in the user's XDG data directory.

    The demonstration's ends in `-demo`.
    """
    name = "convene-demo" if is_demo else "convene"
    if os.geteuid() == 0:
        return Path("/var/lib", name)
    data_home = environ.get("XDG_DATA_HOME", "")
    if data_home.startswith("/"):
        return Path(data_home, name)
    return Path(environ.get("HOME") or Path.home(), ".local", "share", name)


def make_data_dir(path: Path) -> None:
    """Create the data directory. Root's may be passed through, since the database then runs as another user."""
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"CONVENE_DATA: {path} cannot be made ({error.strerror})."
        raise SettingsError([f"{reason} Set it to a directory that this user may write to."]) from error


def read_key_file(data_dir: Path) -> tuple[SealingKey, ...]:
    """Return the keys in the key file, newest first; make the file, mode 0600, if there is none."""
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            make_data_dir(data_dir)
            _write_new_key(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError([f"{path} can be read by others. Run: chmod 600 {path}"])
        keys = tuple(SealingKey.parse(line) for line in path.read_text("ascii").split())
    except OSError as error:
        raise SettingsError([f"The key file {path} cannot be used: {error.strerror}."]) from error
    except ValueError as error:
        raise SettingsError(
            [f"The key file {path} is damaged ({error}). Restore it from a backup."]
        ) from error
    if not keys:
        raise SettingsError([f"The key file {path} is empty. Restore it from a backup."])
    return keys


def _write_new_key(path: Path) -> None:
    """Make the key file as one step: two processes that start together end up with the same key."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".key-", delete=False) as file:
        file.write(SealingKey.generate().format() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(file.name, path)
    except FileExistsError:
        return
    finally:
        Path(file.name).unlink()
