"""The chat's rules for text and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convene.core import chat
from convene.core.errors import Invalid


@given(st.text(min_size=1, max_size=200))
def test_a_body_is_refused_or_storable_and_unchanged_by_a_second_look(text: str) -> None:
    try:
        body = chat.checked_body(text)
    except Invalid:
        return
    assert body
    assert "\x00" not in body
    body.encode("utf-8")
    assert chat.checked_body(body) == body


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(Invalid):
        chat.checked_body("a\ud800b")


@given(st.text(alphabet="abc_", min_size=1), st.text(alphabet="abc_", min_size=1))
def test_a_pair_has_one_key_and_each_finds_the_other(first: str, second: str) -> None:
    if first == second:
        with pytest.raises(Invalid):
            chat.dm_key(first, second)
        return
    key = chat.dm_key(first, second)
    assert key == chat.dm_key(second, first)
    assert (chat.other_of(key, first), chat.other_of(key, second)) == (second, first)


@pytest.mark.parametrize("name", ["launch", "#launch", "Q3 Pläne", "eng-team.eu", "日本語", "a"])
def test_channel_names(name: str) -> None:
    assert chat.checked_channel_name(name) == name.removeprefix("#")


@pytest.mark.parametrize("name", ["", "#", " ", "a  b", "-a", "a!", "a/b", "<b>", "a\nb", "\u202eabc"])
def test_no_channel_names(name: str) -> None:
    with pytest.raises(Invalid):
        chat.checked_channel_name(name)


@pytest.mark.parametrize("nonce", ["", "short", "x" * 65, "white space", "ünicode-nonce"])
def test_nonces_are_plain(nonce: str) -> None:
    with pytest.raises(Invalid):
        chat.checked_nonce(nonce)
