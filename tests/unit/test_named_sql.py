"""Named statements: found by name, and every mistake in a file is an error."""

from __future__ import annotations

import re
import sys
from importlib import resources
from pathlib import Path

import pytest

from convene.storage.named_sql import load

PACKAGES = ("convene.storage.queries", "convene.connect.queries")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package for `.sql` files, named after the test's directory so that nothing is remembered."""
    name = "queries_" + re.sub(r"\W", "_", tmp_path.name)
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


def write(package: str, text: str) -> None:
    Path(str(resources.files(package))).joinpath("nouns.sql").write_text(text)


def test_statements_are_found_by_name_with_their_comments(package: str) -> None:
    write(
        package,
        "-- The file's own words.\n\n-- name: find_one\n-- Why.\nSELECT 1;\n\n-- name: count_all\nSELECT count(*)\nFROM x;\n",
    )
    found = load("nouns", package)
    assert found == {"find_one": "-- Why.\nSELECT 1", "count_all": "SELECT count(*)\nFROM x"}
    with pytest.raises(TypeError):
        found["more"] = "SELECT 2"


def test_a_name_used_twice_is_an_error(package: str) -> None:
    write(package, "-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;\n")
    with pytest.raises(ValueError, match=r"nouns\.sql names one twice"):
        load("nouns", package)


def test_a_statement_before_the_first_name_is_an_error(package: str) -> None:
    write(package, "-- words\nSELECT 0;\n-- name: one\nSELECT 1;\n")
    with pytest.raises(ValueError, match="statement before its first name"):
        load("nouns", package)


@pytest.mark.parametrize("package_name", PACKAGES)
def test_every_file_of_ours_can_be_read_and_every_statement_is_used(package_name: str) -> None:
    folder = Path(str(resources.files(package_name)))
    sources = "\n".join(path.read_text() for path in folder.parents[1].rglob("*.py"))
    unused = []
    for file in sorted(folder.glob("*.sql")):
        statements = load(file.stem, package_name)
        assert statements
        assert all(statements.values())
        unused += [
            f"{file.name}: {name}" for name in statements if not re.search(rf"""["']{name}["']""", sources)
        ]
    assert unused == []
