"""Addresses of feeds as people write them."""

import pytest

from convene.core.feed_addresses import feed_address, shown_address


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("https://cal.example.org/a.ics?k=1", "https://cal.example.org/a.ics?k=1"),
        (" webcal://cal.example.org/a.ics\n", "https://cal.example.org/a.ics"),
        ("WEBCALS://cal.example.org/a.ics", "https://cal.example.org/a.ics"),
        ("cal.example.org/a.ics", "https://cal.example.org/a.ics"),
        ("http://cal.example.org/a.ics", "http://cal.example.org/a.ics"),
        ("file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_how_people_write_them(typed: str, asked: str) -> None:
    assert feed_address(typed) == asked


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("https://cal.example.org/private-secret/a.ics?key=secret#secret", "https://cal.example.org/…"),
        ("webcal://cal.example.org:8443/secret", "https://cal.example.org:8443/…"),
        ("https://secret:secret@cal.example.org/a.ics", "https://cal.example.org/…"),
        ("https://[::1/secret", ""),
        ("https://cal.example.org:port/secret", ""),
    ],
)
def test_what_is_shown_of_them_tells_no_secret(typed: str, shown: str) -> None:
    assert shown_address(typed) == shown
