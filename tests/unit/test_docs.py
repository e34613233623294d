"""The reference is complete, links lead somewhere, and nothing of the machine it was written on is in it."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from convene.api import demo
from convene.api.app import routers
from convene.connect import routes_conversations, routes_scheduling, routes_shares, routes_window
from convene.core.permissions import GRANTS, ROLE_GRANTS
from convene.services.webhooks import EVENT_TYPES
from convene.settings import SETTINGS

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
_NOT_OURS = {".venv", "node_modules", ".git", "web_dist", ".pytest_cache", ".hypothesis"}
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[A-Za-z0-9_/{}.-]+)")
# Home directories, build folders and package registries. Put together, so that this file is not what it looks for.
_MACHINE = re.compile(
    r"/(?:home|Users|root|tmp|work)/[a-z]|[A-Z]:\\|"
    + "|".join(re.escape(".".join(parts)) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs",)))
)


def documents() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.md") if not _NOT_OURS & set(path.relative_to(ROOT).parts))


def reference(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def slug(heading: str) -> str:
    """The anchor of a heading, as the common renderers make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {slug(found) for found in re.findall(r"^#+ (.+)$", _FENCED.sub("", text), re.MULTILINE)}


def normal(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def documented_calls(name: str) -> set[tuple[str, str]]:
    return {(method, normal(path)) for method, path in _CALL.findall(reference(name))}


def calls_of(*found: APIRouter) -> Iterator[tuple[str, str]]:
    for router in found:
        for route in router.routes:
            assert isinstance(route, APIRoute), route
            for method in route.methods:
                yield method, normal(route.path)


def connect_calls() -> set[tuple[str, str]]:
    # The handlers are only looked at, never called: what they would work with may be anything.
    nothing: object = None
    made = (
        routes_conversations.routes(nothing, nothing, nothing),  # type: ignore[arg-type]
        routes_window.routes(nothing, nothing, nothing, nothing),  # type: ignore[arg-type]
        routes_scheduling.routes(nothing, nothing, nothing),  # type: ignore[arg-type]
        routes_shares.routes(nothing),  # type: ignore[arg-type]
    )
    return set(calls_of(*made))


def error_codes() -> set[str]:
    """The codes that answers can carry: of error classes, of single errors, and of the edge's own refusals."""
    raised = {
        "ConveneError", "Invalid", "Unauthenticated", "Forbidden", "NotFound", "Conflict", "SlotTaken", "Stale",
        "RateLimited", "Unavailable",
    }  # fmt: skip
    found: set[str] = set()
    for path in (ROOT / "src" / "convene").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in raised:
                    found |= {
                        word.value.value
                        for word in node.keywords
                        if word.arg == "code" and isinstance(word.value, ast.Constant)
                    }
                elif (
                    (at := {"problem": 2, "refused": 3}.get(node.func.id)) is not None
                    and len(node.args) > at
                    and isinstance(node.args[at], ast.Constant)
                ):
                    found.add(node.args[at].value)
            elif isinstance(node, ast.ClassDef) and path.name == "errors.py" and path.parent.name == "core":
                found |= {
                    item.value.value
                    for item in node.body
                    if isinstance(item, ast.Assign)
                    and isinstance(item.value, ast.Constant)
                    and [getattr(target, "id", "") for target in item.targets] == ["code"]
                }
    return found - {"error"}


def test_every_setting_is_documented():
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", reference("settings.md"), re.MULTILINE))
    assert named == set(SETTINGS)


def test_every_event_type_is_documented_with_its_meaning():
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", reference("webhooks.md"), re.MULTILINE))
    assert rows == EVENT_TYPES


def test_every_grant_is_documented_with_the_roles_that_have_it():
    rows = re.findall(
        r"^\| `([a-z_:]+)` \| ([^|]+) \| (yes)? ?\| (yes)? ?\| (yes)? ?\|$",
        reference("grants.md"),
        re.MULTILINE,
    )
    assert {name: text for name, text, *_ in rows} == GRANTS
    for name, _, owner, member, guest in rows:
        told = {"owner": owner, "admin": owner, "member": member, "guest": guest}
        assert {role for role, yes in told.items() if yes} == {
            role for role, granted in ROLE_GRANTS.items() if name in granted
        }, name


def test_every_error_code_is_documented():
    documented = set(re.findall(r"^\| `([a-z_]+)` \| \d{3} \|", reference("errors.md"), re.MULTILINE))
    found = error_codes()
    assert {"slot_taken", "bad_credentials", "wrong_host", "internal"} <= found
    assert found <= documented, found - documented


def test_every_call_of_the_platform_is_documented_and_no_other():
    there = set(calls_of(*routers(), demo.router))
    assert ("POST", "/api/bookings/{}/reschedule") in there
    documented = documented_calls("http-api.md")
    assert there - documented == set(), "not in docs/reference/http-api.md"
    assert documented - there - {("GET", "/openapi.json")} == set(), "documented, but there is no such call"


def test_every_call_of_connect_is_documented_and_no_other():
    there = connect_calls()
    assert ("POST", "/connect/hooks/scheduling") in there
    documented = documented_calls("connect-api.md")
    assert there - documented == set(), "not in docs/reference/connect-api.md"
    assert documented - there == set(), "documented, but there is no such call"


def test_samples_are_python():
    for path in documents():
        for sample in re.findall(r"^```python\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            compile(textwrap.dedent(sample), str(path), "exec")


def test_the_index_names_every_document():
    index = ROOT / "docs" / "README.md"
    named = {(index.parent / link).resolve() for link, _ in _LINK.findall(index.read_text("utf-8"))}
    written = {path for path in documents() if index.parent in path.parents} - {index}
    assert written - named == set()


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path):
    text = path.read_text("utf-8")
    broken = []
    for found in _LINK.finditer(_FENCED.sub("", text)):
        target = found.group(1) or found.group(2)
        if re.match(r"[a-z]+:|/", target):
            continue
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        if not place.exists() or (
            anchor and place.suffix == ".md" and anchor not in anchors(place.read_text("utf-8"))
        ):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_machine_is_in_it(path: Path):
    assert not _MACHINE.findall(path.read_text("utf-8"))
