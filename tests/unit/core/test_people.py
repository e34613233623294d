"""What arrives from people is refused with a reason or kept exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convene.core.errors import Invalid
from convene.core.people import checked_email, checked_line, checked_name, checked_password, checked_tzid


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  Ana.Ruiz+cal@Example.COM ", "Ana.Ruiz+cal@example.com"),
        ("o'neil@xn--bcher-kva.example", "o'neil@xn--bcher-kva.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_addresses_are_kept(given_text, kept):
    assert checked_email(given_text) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "ana", "ana@", "@example.com", "a b@example.com", "ana@exa mple.com", "ana@example..com"),
        *(
            ".ana@example.com",
            "ana.@example.com",
            "a..b@example.com",
            "ana@-x.com",
            "ana@x-.com",
            "ana@x.com.",
        ),
        *(
            "ana@example.com\nbcc: eve@example.com",
            "ana\x00@example.com",
            "ana@ex\u0131mple.com",
            "Ana <a@b.c>",
        ),
        *("\u0430na@example.com", "a" * 65 + "@example.com", "ana@" + "a" * 64 + ".com", "a@" + "a.b" * 100),
        "ana@example.com,eve@example.com",
    ],
)
def test_addresses_are_refused(text):
    with pytest.raises(Invalid) as caught:
        checked_email(text)
    assert caught.value.field == "email"


@pytest.mark.parametrize(
    "char", ["\n", "\r", "\t", "\x00", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066"]
)
def test_lines_have_no_control_characters(char):
    with pytest.raises(Invalid, match="control characters"):
        checked_name(f"Ana{char}Ruiz")


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\u00a0\u3000"])
def test_a_name_shows_something(text):
    with pytest.raises(Invalid, match="must not be empty"):
        checked_name(text)


def test_names_are_composed_trimmed_and_bounded():
    assert checked_name("  Zoe\u0308 \U0001f469\u200d\U0001f4bb ") == "Zoë \U0001f469\u200d\U0001f4bb"
    assert checked_line("", "title", max_length=10) == ""
    with pytest.raises(Invalid, match="at most 200"):
        checked_name("a" * 201)


def _kept_or_refused(text: str) -> str | Invalid:
    try:
        return checked_name(text)
    except Invalid as error:
        return error


@given(st.text(max_size=300))
def test_any_text_is_kept_or_refused_by_name(text):
    found = _kept_or_refused(text)
    if isinstance(found, Invalid):
        assert found.field == "name"
    else:
        assert found == checked_name(found)
        assert not set(found) & set("\r\n\0")


@pytest.mark.parametrize("text", ["Europe/London", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5"])
def test_zones_are_kept(text):
    assert checked_tzid(text) == text


@pytest.mark.parametrize(
    "text", ["", "Mars/Phobos", "localtime", "../etc/passwd", "europe/london", "UTC\n", "GMT+1"]
)
def test_zones_are_refused(text):
    with pytest.raises(Invalid) as caught:
        checked_tzid(text)
    assert caught.value.field == "tzid"


@pytest.mark.parametrize("text", ["correct horse battery", "xK9#mQ2$vL", "ünïcödé wörds", "482910482093 !"])
def test_passwords_are_kept(text):
    assert checked_password(text, email="ana@example.com", name="Ana Ruiz") == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "short",
            "a" * 513,
            "aaaaaaaa",
            "12345678",
            "password1",
            "Passw0rd!",
            "QWERTY123",
            "letmein2026",
        ),
        *("ana@example.com", "Ana Ruiz", "annabel!!99", "ANNABEL2026"),
    ],
)
def test_passwords_are_refused(text):
    with pytest.raises(Invalid) as caught:
        checked_password(
            text, email="annabel@example.com" if "nna" in text.lower() else "ana@example.com", name="Ana Ruiz"
        )
    assert caught.value.field == "password"
