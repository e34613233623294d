"""The server that other people's clients are run against: one for all of them, on a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sdk_bed import SdkBed

from cases.world import Receiver
from databases import new_database
from serving import ServedConvene


@pytest.fixture(scope="session")
def bed(
    server: tuple[str, str | None], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SdkBed]:
    with (
        new_database(*server, f"convene_sdk_{worker_id}_{os.getpid()}") as database_url,
        Receiver() as receiver,
        pytest.MonkeyPatch.context() as patch,
    ):
        # The clients read the machine's proxy settings, and none leads to this server.
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        served = ServedConvene(tmp_path_factory.mktemp("sdk"), database_url)
        served.start()
        try:
            yield SdkBed(served, receiver)
        finally:
            served.stop()
