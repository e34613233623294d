"""XML from strangers: the one parser, with everything off that reads files, networks or memory without end.

Refused: a DOCTYPE of any kind (so no entities, no external subsets), more than 5 MiB (lists: 24 MiB), depth beyond libxml2's own limit
of 256. XML 1.0 without a document type is all that WebDAV needs (RFC 4918 section 8.2).
"""

from __future__ import annotations

from lxml import etree
from lxml.etree import _Element as Element

__all__ = ["MAX_BYTES", "MAX_LIST_BYTES", "Element", "XmlError", "parse_xml", "write_xml"]

MAX_BYTES = 5 * 1024 * 1024
MAX_LIST_BYTES = 24 * 1024 * 1024
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))


class XmlError(ValueError):
    """The text is not XML that we read; the message says why."""


def parse_xml(text: bytes, max_bytes: int = MAX_BYTES) -> Element:
    """Return the root element of `text`; raises `XmlError`."""
    if len(text) > max_bytes:
        raise XmlError(f"the answer is larger than {max_bytes // 1024 // 1024} MiB")
    if any(mark in text for mark in _DOCTYPES):
        raise XmlError("document types are refused")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlError("the answer is not well-formed XML") from error
    # The parse, and not the search above, is what knows every encoding.
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlError("document types are refused")
    return root


def write_xml(root: Element) -> bytes:
    """Return the document of `root` in UTF-8 with its declaration."""
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)
