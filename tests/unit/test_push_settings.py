"""Where calendar services tell of changes: a public https address, another one, or nowhere."""

from __future__ import annotations

import pytest

from convene.core.errors import RateLimited
from convene.edge.strangers import Strangers
from convene.settings import Settings, SettingsError


def told_at(**environ: str) -> str | None:
    return Settings.from_env({f"CONVENE_{name}": value for name, value in environ.items()}).push_url


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://convene.globex.com", "https://convene.globex.com"),
        ("https://convene.globex.com:8443", "https://convene.globex.com:8443"),
        ("https://93.184.216.34", "https://93.184.216.34"),
        ("http://convene.globex.com", None),
        ("https://localhost:8000", None),
        ("https://127.0.0.1", None),
        ("https://192.168.1.7", None),
        ("https://[fd00::1]", None),
        ("https://nas.local", None),
        ("https://convene", None),
    ],
)
def test_a_public_address_is_told_of_changes(base_url: str, expected: str | None) -> None:
    assert told_at(BASE_URL=base_url) == expected


def test_another_address_or_none_can_be_chosen() -> None:
    public = {"BASE_URL": "https://convene.globex.com"}
    assert told_at(**public, PUSH_URL="off") is None
    settings = Settings.from_env(
        {"CONVENE_BASE_URL": "http://convene.lan", "CONVENE_PUSH_URL": "https://push.globex.com"}
    )
    assert settings.push_url == "https://push.globex.com"
    # Requests for that name are answered.
    assert settings.other_hosts == ("push.globex.com",)
    for wrong in ("http://push.globex.com", "https://push.globex.com/path", "nonsense"):
        with pytest.raises(SettingsError, match="CONVENE_PUSH_URL"):
            told_at(**public, PUSH_URL=wrong)


def test_strangers_are_counted_by_network_and_forgiven_with_time() -> None:
    now = [0.0]
    strangers = Strangers(per_minute=3, ticks=lambda: now[0])
    for _ in range(3):
        strangers.check("203.0.113.0/24")
        strangers.count("203.0.113.0/24")
    with pytest.raises(RateLimited) as caught:
        strangers.check("203.0.113.0/24")
    assert caught.value.fields["retry_after_seconds"] == 20
    strangers.check("198.51.100.0/24")
    now[0] = 20.0
    strangers.check("203.0.113.0/24")
