"""Signatures agree with the Standard Webhooks library both ways, and refuse what they must."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from convene.core.errors import Unauthenticated
from convene.security.sealing import Secret
from convene.security.signatures import new_signing_secret, sign, signed_headers, verify

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_vector_of_the_specification():
    assert (
        sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY)
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_vector_by_hand():
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, b"evt_1.1700000000.{}", hashlib.sha256).digest()).decode()
    assert sign(Secret(SECRET), "evt_1", 1700000000, b"{}") == f"v1,{wanted}"


def test_the_library_accepts_ours_and_we_accept_the_librarys():
    # The library compares with the machine's clock.
    now = datetime.now(UTC)
    secret = new_signing_secret()
    headers = signed_headers([secret], "evt_1", int(now.timestamp()), BODY)
    assert Webhook(secret).verify(BODY, headers) == {"test": 2432232314}
    theirs = Webhook(secret).sign("evt_2", now, BODY.decode())
    received = {
        "Webhook-Id": "evt_2",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": theirs,
    }
    assert verify([secret], received, BODY, now) == "evt_2"
    with pytest.raises(WebhookVerificationError):
        Webhook(new_signing_secret()).verify(BODY, headers)


def test_both_secrets_of_a_rotation_are_accepted_on_either_side():
    old, new = new_signing_secret(), new_signing_secret()
    stamp = int(NOW.timestamp())
    both = signed_headers([new, old], "evt_1", stamp, BODY)
    assert verify([old], both, BODY, NOW) == verify([new], both, BODY, NOW) == "evt_1"
    assert verify([new, old], signed_headers([old], "evt_1", stamp, BODY), BODY, NOW) == "evt_1"


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_the_window_is_five_minutes_each_way(seconds, accepted):
    headers = signed_headers([SECRET], "evt_1", int(NOW.timestamp()), BODY)
    then = NOW + timedelta(seconds=seconds)
    if accepted:
        assert verify([SECRET], headers, BODY, then) == "evt_1"
    else:
        with pytest.raises(Unauthenticated):
            verify([SECRET], headers, BODY, then)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "evt_2"},
        {"webhook-id": ""},
        {"webhook-id": "evt_1.5"},
        {"webhook-id": None},
        {"webhook-timestamp": "1700000000"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-timestamp": None},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "junk"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,***"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v1a," + "A" * 44},
        {"webhook-signature": None},
        {"Webhook-Id": "evt_1"},
    ],
)
def test_anything_else_is_refused(changed):
    headers = signed_headers([SECRET], "evt_1", int(NOW.timestamp()), BODY)
    headers.update(changed)
    headers = {name: value for name, value in headers.items() if value is not None}
    with pytest.raises(Unauthenticated) as caught:
        verify([SECRET], headers, BODY, NOW)
    assert caught.value.code == "bad_signature"


def test_another_body_and_another_secret_are_refused():
    headers = signed_headers([SECRET], "evt_1", int(NOW.timestamp()), BODY)
    for secrets, body in (([SECRET], BODY + b" "), ([new_signing_secret()], BODY), ([], BODY)):
        with pytest.raises(Unauthenticated):
            verify(secrets, headers, body, NOW)


def test_a_junk_signature_beside_a_good_one_does_not_matter():
    headers = signed_headers([SECRET], "evt_1", int(NOW.timestamp()), BODY)
    headers["webhook-signature"] = "v1a,xyz junk v1, " + headers["webhook-signature"]
    assert verify([SECRET], headers, BODY, NOW) == "evt_1"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", "whsec_***", "whsec_" + "A" * 120])
def test_weak_secrets_are_refused(secret):
    with pytest.raises(ValueError):
        sign(secret, "evt_1", 0, b"")


@pytest.mark.parametrize("msg_id", ["", "a.b"])
def test_ids_that_would_blur_the_signed_text_are_refused(msg_id):
    with pytest.raises(ValueError):
        sign(SECRET, msg_id, 0, b"")
