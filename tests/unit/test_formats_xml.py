"""The XML of strangers: bombs and external things are refused, ordinary answers are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from convene.formats.xml import MAX_BYTES, XmlError, parse_items, parse_xml, write_xml

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "doctype": b"<!DOCTYPE x><x/>",
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{_LAUGHS}]><x>&l9;</x>'.encode(),
    "quadratic": b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 50_000 + b'">]><x>' + b"&a;" * 5_000 + b"</x>",
    "one small entity": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "external entity over http": b'<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:1/">]><x>&a;</x>',
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><x/>',
    "external subset": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
    "utf-16 doctype": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode(
        "utf-16"
    ),
    "utf-32 doctype": '<?xml version="1.0" encoding="utf-32"?><!DOCTYPE x><x/>'.encode("utf-32"),
    "utf-7 doctype": b'<?xml version="1.0" encoding="utf-7"?>+ADw-!DOCTYPE x+AD4-<x/>',
    "undeclared entity": b"<x>&nowhere;</x>",
    "depth": b"<a>" * 100_000 + b"</a>" * 100_000,
    "size": b"<x>" + b" " * MAX_BYTES + b"</x>",
    "cut off": b"<x><y></y>",
    "html": b"<html><body><p>sign in</body></html>",
    "empty": b"",
    "nul": b"<x>\0</x>",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused(text: bytes) -> None:
    with pytest.raises(XmlError):
        parse_xml(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_item_by_item(text: bytes) -> None:
    with pytest.raises(XmlError):
        list(parse_items(text, "x", "y", MAX_BYTES))


def test_items_are_the_children_of_the_root_alone_in_their_order() -> None:
    inner = "".join(f"<y><y>not{n}</y><z>{n}</z></y><w/>" for n in range(20_000))
    found = parse_items(f"<x><w><y/></w>{inner}</x>".encode(), "x", "y", MAX_BYTES)
    assert [item.findtext("z") for item in found] == [str(n) for n in range(20_000)]


@pytest.mark.parametrize(
    "text", [b"<x><y/><y/>", b"<x><y/></x><x/>", b"<other><y/></other>", b"<other/>", b"<x><y/></z>"]
)
def test_items_of_something_else_or_of_half_a_text_end_in_an_error(text: bytes) -> None:
    with pytest.raises(XmlError):
        list(parse_items(text, "x", "y", MAX_BYTES))


def test_xinclude_reads_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("planted")
    text = f'<x xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{secret}" parse="text"/></x>'
    assert b"planted" not in write_xml(parse_xml(text.encode()))


def test_ordinary_text_is_read() -> None:
    root = parse_xml('<?xml version="1.0" encoding="utf-8"?><!-- c --><a xmlns="DAV:">é<b/></a>'.encode())
    assert root.tag == "{DAV:}a"
    assert root.text == "é"
