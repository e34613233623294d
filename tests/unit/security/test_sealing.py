"""Sealed values open in their own place with their own key, and secrets do not show."""

import base64
import logging

import pytest

from convene.security.sealing import Sealer, SealingKey, Secret, UnsealError

CONTEXT = ("calendar_connection", "org_1", "pro_1", "secret")


def test_a_value_opens_again_and_shows_nothing_of_itself():
    sealer = Sealer([SealingKey.generate()])
    sealed = sealer.seal("pässword ✓", *CONTEXT)
    assert sealer.open(sealed, *CONTEXT).reveal() == "pässword ✓"
    assert "pässword".encode() not in sealed
    assert sealer.seal("pässword ✓", *CONTEXT) != sealed


@pytest.mark.parametrize(
    "context",
    [
        ("calendar_connection", "org_2", "pro_1", "secret"),
        ("calendar_connection", "org_1", "pro_2", "secret"),
        ("calendar_connection", "org_1pro_1", "", "secret"),
        ("calendar_connection", "org_1", "pro_1"),
        (),
    ],
)
def test_a_value_does_not_open_in_another_place(context):
    sealer = Sealer([SealingKey.generate()])
    with pytest.raises(UnsealError):
        sealer.open(sealer.seal("x", *CONTEXT), *context)


def test_every_single_changed_byte_is_noticed():
    sealer = Sealer([SealingKey.generate()])
    sealed = sealer.seal("token", *CONTEXT)
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with pytest.raises(UnsealError):
            sealer.open(bytes(damaged), *CONTEXT)
    for length in range(len(sealed)):
        with pytest.raises(UnsealError):
            sealer.open(sealed[:length], *CONTEXT)


def test_keys_rotate_the_newest_seals_and_the_old_ones_still_open():
    old, new = SealingKey.generate(), SealingKey.generate()
    before = Sealer([old]).seal("kept", *CONTEXT)
    both = Sealer([new, old])
    after = both.seal("kept", *CONTEXT)
    assert both.open(before, *CONTEXT).reveal() == "kept"
    assert not both.is_current(before)
    assert both.is_current(after)
    assert Sealer([new]).open(after, *CONTEXT).reveal() == "kept"
    with pytest.raises(UnsealError, match="not configured"):
        Sealer([new]).open(before, *CONTEXT)


def test_a_key_is_read_in_both_alphabets_and_refused_in_any_other_length():
    raw = bytes(range(224, 256))
    assert SealingKey.parse(base64.b64encode(raw).decode()).key == raw
    assert SealingKey.parse(base64.urlsafe_b64encode(raw).decode().rstrip("=") + "\n").key == raw
    assert SealingKey.parse(SealingKey(raw).format()).key == raw
    for wrong in ("", "short", base64.b64encode(raw[:31]).decode(), "*" * 43):
        with pytest.raises(ValueError):
            SealingKey.parse(wrong)
    assert "224" not in repr(SealingKey(raw))
    assert "xe0" not in repr(SealingKey(raw))


def test_a_secret_never_prints(caplog):
    secret = Secret("hunter2hunter2")
    logging.getLogger("t").warning("here: %s %r %s", secret, secret, {"nested": [secret]})
    text = caplog.text + f"{secret} {secret!r} {secret!s:>10} {[secret]}"
    assert "hunter2" not in text
    assert secret == Secret("hunter2hunter2")
    assert secret != Secret("other")
    assert bool(Secret("")) is False
