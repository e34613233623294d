"""What the server says of itself, held against what it does: schemathesis over the OpenAPI document.

Requests are made up from the document, sound ones and broken ones, and answers are followed to further calls. Whatever is
sent, no answer is a fault of the server's, and every answer's status, type and shape is documented.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sdk_bed import SdkBed

from cases.world import Receiver
from databases import new_database
from serving import ServedConvene

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
SURFACES = {
    "an account's token": r"^/v1/(?!real_time|add_to|smart_|element_|application_)",
    "an application's secret": r"^/v1/(real_time|add_to|smart_|element_|availability)",
    "a person's token": r"^/api/(?!demo|session)",
}


@pytest.fixture(scope="module")
def patient(
    server: tuple[str, str | None], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SdkBed]:
    """A server that lets an application call as often as it likes."""
    limits = {"CONVENE_CALLS_PER_SECOND": "100000", "CONVENE_CALLS_PER_MINUTE": "1000000"}
    name = f"convene_openapi_{worker_id}_{os.getpid()}"
    with new_database(*server, name) as database_url, Receiver() as receiver:
        served = ServedConvene(tmp_path_factory.mktemp("openapi"), database_url, **limits)
        served.start()
        try:
            yield SdkBed(served, receiver)
        finally:
            served.stop()


@pytest.mark.parametrize("who", SURFACES)
def test_no_answer_is_undocumented_and_none_a_fault(patient: SdkBed, who: str, tmp_path: Path):
    served = patient.served
    token = {
        "an account's token": lambda: patient.tokens(patient.bo)["access_token"],
        "an application's secret": lambda: patient.secrets[0],
        "a person's token": lambda: served.admin("create-token", "--sub", patient.bo.sub)["access_token"],
    }[who]()
    command = [
        str(Path(sys.executable).with_name("st")),
        "run",
        f"{served.url}/openapi.json",
        *("--header", f"Authorization: Bearer {token}"),
        *("--include-path-regex", SURFACES[who]),
        *("--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing,stateful"),
        *("--max-examples", "12"),
        *("--seed", "1"),
        "--generation-deterministic",
        "--no-color",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, failures(done.stdout + done.stderr)
    assert re.search(r"[1-9]\d* generated", done.stdout), done.stdout


def failures(text: str) -> str:
    """The part of the report that says what went wrong."""
    start = text.find("= FAILURES =")
    end = text.find("= WARNINGS =")
    return text[max(start, 0) : end if end >= 0 else None][:12_000]
