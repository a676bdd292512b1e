"""XMP packets: writes a claim as one, and reads those of any program. Where files keep them is `carriers`' business."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from provenance.claim import Claim

_SPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "dlc": "urn:dlc:xmp:1.0/",
}
BEGIN = b"<?xpacket begin"
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_TAIL = '<?xpacket end="w"?>'
END = _TAIL.encode()


@dataclass(frozen=True, slots=True)
class Xmp:
    """What a packet says; empty where it says nothing."""

    source_type: str = ""
    statement: str = ""
    software: str = ""
    made_at: str = ""
    graph: str = ""
    digest: str = ""
    models: tuple[str, ...] = ()


def packet_of(claim: Claim) -> bytes:
    """Returns the claim as an XMP packet, UTF-8."""
    spaces = " ".join(f"xmlns:{name}={quoteattr(uri)}" for name, uri in _SPACES.items() if name not in ("x", "rdf"))
    values = {
        "xmp:CreatorTool": claim.software,
        "xmp:CreateDate": claim.made_at,
        "xmp:MetadataDate": claim.made_at,
        "Iptc4xmpExt:DigitalSourceType": claim.source_type,
        "dlc:Graph": claim.graph,
        "dlc:GraphDigest": claim.digest,
    }
    attributes = "\n   ".join(f"{name}={quoteattr(value)}" for name, value in values.items())
    models = "".join(f"<rdf:li>{escape(model)}</rdf:li>" for model in claim.models)
    text = f"""{_HEAD}<x:xmpmeta xmlns:x="{_SPACES["x"]}" x:xmptk={quoteattr(claim.software)}>
 <rdf:RDF xmlns:rdf="{_SPACES["rdf"]}">
  <rdf:Description rdf:about="" {spaces}
   {attributes}>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(claim.statement)}</rdf:li></rdf:Alt></dc:description>
   <dlc:Models><rdf:Bag>{models}</rdf:Bag></dlc:Models>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
{_TAIL}"""
    return text.encode()


def padded(packet: bytes, size: int) -> bytes:
    """Returns a packet of a given size; XMP allows white space before its end so that it can be changed in place."""
    if len(packet) > size:
        raise ValueError(f"{len(packet)} bytes of XMP do not fit into {size}")
    return packet.removesuffix(END) + b" " * (size - len(packet)) + END


def read_packet(packet: bytes) -> Xmp:
    """Returns what a packet says; raises `ValueError` when it is no XMP."""
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        raise ValueError("it defines entities, which XMP does not")
    start, end = packet.find(b"<"), packet.rfind(b">")
    try:
        root = ET.fromstring(packet[start : end + 1])  # noqa: S314  # entities are refused above
    except ET.ParseError as error:
        raise ValueError(str(error)) from error
    described = root.findall(f".//{_tag('rdf:Description')}")
    return Xmp(
        source_type=_value(described, "Iptc4xmpExt:DigitalSourceType"),
        statement=_value(described, "dc:description"),
        software=_value(described, "xmp:CreatorTool"),
        made_at=_value(described, "xmp:CreateDate"),
        graph=_value(described, "dlc:Graph"),
        digest=_value(described, "dlc:GraphDigest"),
        models=_values(described, "dlc:Models"),
    )


def _tag(name: str) -> str:
    space, _, local = name.partition(":")
    return f"{{{_SPACES[space]}}}{local}"


def _value(described: list[ET.Element], name: str) -> str:
    return next(iter(_values(described, name)), "")


def _values(described: list[ET.Element], name: str) -> tuple[str, ...]:
    """Returns a property's values; RDF lets it be an attribute, an element, a reference, or a list."""
    for item in described:
        if name_value := item.get(_tag(name)):
            return (name_value,)
        element = item.find(_tag(name))
        if element is not None:
            entries = [entry.text for entry in element.iter(_tag("rdf:li"))]
            own = [element.get(_tag("rdf:resource")), (element.text or "").strip()]
            return tuple(text.strip() for text in (*entries, *own) if text and text.strip())
    return ()
