"""XML from strangers: the one parser, with everything off that reads files, networks or memory without end.

Refused: a DOCTYPE of any kind (so no entities, no external subsets), more than 5 MiB (lists: 24 MiB; what is read item by
item: what its caller allows), depth beyond libxml2's own limit of 256. XML 1.0 without a document type is all that WebDAV needs (RFC 4918 section 8.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from lxml import etree
from lxml.etree import _Element as Element

__all__ = ["MAX_BYTES", "MAX_LIST_BYTES", "Element", "XmlError", "parse_items", "parse_xml", "write_xml"]

MAX_BYTES = 5 * 1024 * 1024
MAX_LIST_BYTES = 24 * 1024 * 1024
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))

_PIECE = 64 * 1024
_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}


class XmlError(ValueError):
    """The text is not XML that we read; the message says why."""


def parse_xml(text: bytes, max_bytes: int = MAX_BYTES) -> Element:
    """Return the root element of `text`; raises `XmlError`."""
    _refuse(text, max_bytes)
    try:
        root = etree.fromstring(text, etree.XMLParser(**_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlError("the answer is not well-formed XML") from error
    _refuse_document_type(root)
    return root


def parse_items(text: bytes, root_tag: str, tag: str, max_bytes: int) -> Iterator[Element]:
    """Yield the children `tag` of a `root_tag`, in order, of which only one is held at a time; raises `XmlError`.

    Whether the text is whole shows at its end: what was yielded before an error is half an answer.
    """
    _refuse(text, max_bytes)
    parser = etree.XMLPullParser(events=("end",), tag=tag, **_OPTIONS)
    try:
        for begin in range(0, len(text), _PIECE):
            parser.feed(text[begin : begin + _PIECE])
            for _, ended in parser.read_events():
                item = cast("Element", ended)
                root = item.getparent()
                if root is None or root.getparent() is not None or root.tag != root_tag:
                    continue
                _refuse_document_type(root)
                yield item
                item.clear()
                while item.getprevious() is not None:
                    del root[0]
        root = parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        if isinstance(error, XmlError):
            raise
        raise XmlError("the answer is not well-formed XML") from error
    _refuse_document_type(root)
    if root.tag != root_tag:
        raise XmlError("the answer is something else than was asked for")


def _refuse(text: bytes, max_bytes: int) -> None:
    if len(text) > max_bytes:
        raise XmlError(f"the answer is larger than {max_bytes // 1024 // 1024} MiB")
    if any(mark in text for mark in _DOCTYPES):
        raise XmlError("document types are refused")


def _refuse_document_type(root: Element) -> None:
    # The parse, and not the search of `_refuse`, is what knows every encoding.
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlError("document types are refused")


def write_xml(root: Element) -> bytes:
    """Return the document of `root` in UTF-8 with its declaration."""
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)
