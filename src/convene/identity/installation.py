"""The sealing key's canary: a value sealed at first start, opened at every later one.

A wrong key is noticed at boot and named, instead of turning up as calendars that cannot be read.
"""

from __future__ import annotations

import base64

from convene.security.sealing import Sealer, UnsealError
from convene.storage import installation
from convene.storage.database import Database

_NAME = "sealing_canary"
_CONTEXT = ("installation", _NAME)
_PLAIN = "convene"


class WrongSealingKey(Exception):
    """The configured key is not the one this database's secrets were sealed with."""

    def __init__(self) -> None:
        super().__init__(
            "The sealing key does not open this installation's secrets. Set CONVENE_SECRET_KEY to the key that was "
            "in use before (a new key goes in front of it, separated by a comma), or restore the secret.key file."
        )


async def check_sealing_key(db: Database, sealer: Sealer) -> None:
    """Store the canary on a fresh installation; otherwise open it. Raises `WrongSealingKey`."""
    async with db.transaction() as conn:
        fresh = base64.b64encode(sealer.seal(_PLAIN, *_CONTEXT)).decode("ascii")
        stored = base64.b64decode(await installation.insert_if_absent(conn, _NAME, fresh))
        try:
            opened = sealer.open(stored, *_CONTEXT).reveal()
        except UnsealError as error:
            raise WrongSealingKey from error
        assert opened == _PLAIN
        if not sealer.is_current(stored):
            await installation.put(conn, _NAME, fresh)
