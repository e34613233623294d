"""A chat with one process and two colleagues in two zones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from convene.storage.database import Database
from factories.chat import ChatWorld, Member, Node, make_chat


@pytest.fixture
async def chat(db: Database, clock: Any) -> ChatWorld:
    return await make_chat(db, clock)


@pytest.fixture
async def node(chat: ChatWorld) -> AsyncIterator[Node]:
    async with chat.node() as running:
        yield running


@pytest.fixture
async def ana(chat: ChatWorld) -> Member:
    return await chat.member("Ana Ruiz", "America/New_York", title="Designer", phone="+1 555 0100")


@pytest.fixture
async def bo(chat: ChatWorld) -> Member:
    return await chat.member("Bo Lind", "Europe/London")
