"""Bytes of a text file become valid UTF-8, and what was inferred on the way is said.

A byte order mark decides; then strict UTF-8; then the lines that are not UTF-8 are weighed:
a few damaged rows in a UTF-8 file are marked (and quarantined later, with their line), a file
in a legacy encoding is transcoded.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from rungwise.errors import DataError

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
NONCHARACTERS = tuple(chr(point) for point in range(0xFDD0, 0xFDF0))
"""Unicode reserves them for internal use: one of them can stand for undecodable bytes."""
CONTROLS = bytes({*range(32)} - {9, 10, 12, 13})
EVIDENCE = 2_000
"""Lines beyond ASCII that are looked at."""
WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøœùúûüßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜŠšŽž‘’‚“”„–—…•€£§°«»‹›¿¡©®™\xa0"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text.

    Attributes:
        content: Valid UTF-8 without a byte order mark.
        marker: The character that stands where bytes could not be decoded; None if all could.
        assumption: What was inferred, or None for plain UTF-8.
    """

    content: bytes
    marker: str | None = None
    assumption: str | None = None


def decode(content: bytes, name: str) -> Decoded:
    """Find the encoding and decode.

    Raises:
        DataError: The bytes are no text at all.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            body = content.removeprefix(mark)
            return _transcoded(body, encoding, f"{name} is {encoding.upper()} by its first bytes")
    if wide := wide_without_mark(content):
        return _transcoded(content, wide, f"{name} is read as {wide.upper()}")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _weighed(content, name)
    return Decoded(content)


def wide_without_mark(content: bytes) -> str | None:
    """UTF-16 by the zeros between its letters; None for anything else."""
    sample = content[:65_536]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _weighed(content: bytes, name: str) -> Decoded:
    lines = content.split(b"\n")
    beyond_ascii = [line for line in lines if not line.isascii()]
    broken = [line for line in beyond_ascii[:EVIDENCE] if not _is_utf8(line)]
    sound = min(len(beyond_ascii), EVIDENCE) - len(broken)
    if sound < 0.25 * len(broken):
        foreign = len(broken) >= 3 and len(broken) > 0.1 * min(len(lines), EVIDENCE)
        encoding = _legacy_encoding(broken, foreign=foreign)
        if encoding:
            said = f"{name} is not UTF-8; it is read as {encoding}"
            return _transcoded(content, encoding, said)
    if len(content) - len(content.translate(None, CONTROLS)) > 0.01 * len(content):
        raise DataError(f"{name} is not a text file", "Give CSV, TSV, JSONL or Parquet.")
    said = f"{name} is read as UTF-8 although some bytes are not"
    return _transcoded(content, "utf-8", said)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _legacy_encoding(broken: list[bytes], *, foreign: bool) -> str | None:
    """The encoding in which the lines read well; None where they are merely damaged.

    Western text has single letters beyond ASCII inside its words, however rare such lines
    are. Other scripts fill most lines of a file: only where they do (`foreign`) is the
    statistical detector asked, which finds some encoding for any noise.
    """
    sample = b"\n".join(dict.fromkeys(broken))
    if _reads_as_western(sample):
        return "cp1252"
    if not foreign:
        return None
    from charset_normalizer import from_bytes

    best = from_bytes(sample, threshold=0.3).best()
    return None if best is None or best.encoding in ("ascii", "utf_8") else best.encoding


def _reads_as_western(sample: bytes) -> bool:
    text = sample.decode("cp1252", errors="replace")
    beyond = re.findall(r"[^\x00-\x7f]", text)
    in_words = re.findall(r"(?<=[A-Za-z])[^\x00-\x7f\W\d]|[^\x00-\x7f\W\d](?=[A-Za-z])", text)
    letters = re.findall(r"[^\x00-\x7f\W\d]", text)
    plausible = sum(character in WESTERN for character in beyond)
    return plausible >= 0.95 * len(beyond) and len(in_words) >= 0.7 * len(letters)


def _transcoded(content: bytes, encoding: str, said: str) -> Decoded:
    try:
        return Decoded(content.decode(encoding).encode("utf-8"), None, said)
    except UnicodeDecodeError:
        pass
    utf8 = content.decode(encoding, errors="ignore")
    marker = next(character for character in NONCHARACTERS if character not in utf8)
    del utf8

    def mark(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        return marker, error.end

    codecs.register_error("rungwise.mark", mark)
    return Decoded(content.decode(encoding, errors="rungwise.mark").encode("utf-8"), marker, said)
