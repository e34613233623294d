"""Invitations as ical.js reads them, on which Thunderbird's and Nextcloud's calendars are built."""

from __future__ import annotations

import json
import subprocess
from email import message_from_bytes

from node_client import node_program
from packages import FOLDER, install_packages

from cases.mailed_meetings import CASES, TOLD
from convene.formats.booking_mail import booking_mail


def test_invitations_are_read_as_they_are_meant() -> None:
    install_packages()
    texts = []
    for case in CASES.values():
        for part in message_from_bytes(booking_mail(*case)).walk():
            if part.get_content_type() == "text/calendar":
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                texts.append(payload.decode())
    done = subprocess.run(
        [node_program(), str(FOLDER / "read_files.cjs")],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"TZ": "America/St_Johns", "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    found = [event for [event] in json.loads(done.stdout)]
    assert [event["sequence"] for event in found] == [0, 1, 2]
    for event in found:
        assert (event["uid"], event["title"]) == ("u1@convene", TOLD.title)
        assert (event["start"], event["end"]) == (TOLD.start.timestamp(), TOLD.end.timestamp())
        assert event["place"] == TOLD.join_url
        assert "https://convene.example/book/manage/t0ken" in event["details"]
