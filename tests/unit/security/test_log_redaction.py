"""Secrets in logged addresses."""

from __future__ import annotations

import io
import logging

import pytest

from convene.security.log_redaction import RedactingFilter, redacted


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('"GET /v1/userinfo?et=abc-_1.2 HTTP/1.1" 200', '"GET /v1/userinfo?et=*** HTTP/1.1" 200'),
        ("/v1/bookable_events?x=1&bearer_token=cvs_1&y=2", "/v1/bookable_events?x=1&bearer_token=***&y=2"),
        ("https://app.example/back?code=q9&state=s", "https://app.example/back?code=***&state=s"),
        ("/v1/events?tzid=Etc/UTC&et=", "/v1/events?tzid=Etc/UTC&et="),
        (
            '"GET /book/intro-Zk3_x9-abcdefghijklmnop?day=2026-12-01 HTTP/1.1"',
            '"GET /book/***?day=2026-12-01 HTTP/1.1"',
        ),
        ("POST /book/manage/Zk3_x9-abcdefghijklmnop/move", "POST /book/manage/***/move"),
        ("GET /attachments/cvf_Zk3_x9-abcdefghijklmnop/a.pdf", "GET /attachments/***/a.pdf"),
        ("GET /feeds/Zk3_x9-abcdefghijklmnop.ics", "GET /feeds/***.ics"),
        ("/rts/Zk3_x9-abcdefghijklmnop", "/rts/***"),
        ("/add_to_calendar/scheduling/Zk3_x9-abcdefghijklmnop", "/add_to_calendar/scheduling/***"),
        (
            "/v1/real_time_scheduling/sch_0e8t8fbh3s1pr7q2q5e0m0k5c0",
            "/v1/real_time_scheduling/sch_0e8t8fbh3s1pr7q2q5e0m0k5c0",
        ),
        (
            "/signin?next=%2Foauth%2Fauthorize%3Flink_token%3Dcvl_a-b%26state%3Ds",
            "/signin?next=%2Foauth%2Fauthorize%3Flink_token%3D***%26state%3Ds",
        ),
        ("the market=open, barcode=7", "the market=open, barcode=7"),
    ],
)
def test_values_of_secret_parameters_are_taken_out(text: str, clean: str):
    assert redacted(text) == clean


def test_records_are_cleaned_with_their_arguments():
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("convene.tests.redaction")
    logger.addHandler(handler)
    logger.warning('%s - "%s"', "10.0.0.1", "GET /v1/free_busy?et=secret")
    logger.warning("%d%% of %s", 5, "all")
    assert lines.getvalue() == '10.0.0.1 - "GET /v1/free_busy?et=***"\n5% of all\n'
