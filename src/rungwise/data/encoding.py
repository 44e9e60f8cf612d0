"""Bytes of a text file become valid UTF-8, and what was inferred on the way is said.

A byte order mark decides; then strict UTF-8; then the lines that are not UTF-8 are weighed:
a few damaged rows in a UTF-8 file are marked (and quarantined later, with their line), a file
in a legacy encoding is transcoded. Where two encodings explain the bytes, the user is asked.
"""

from __future__ import annotations

import codecs
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rungwise.data.legacy_encodings import ENCODINGS, Reading, readings
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
ASK = 8.0
"""Nats by which the best encoding must lead the next; below, the user is asked."""
TELL = 20.0
"""Nats below which the next encoding is named beside the one that is taken; `ASK` in a file that
is nearly all ASCII."""
SENTENCE = 12
"""Bytes of a line from which it tells its encoding alone; a shorter one may be damaged."""
FEW = 0.05
"""Share of the words beyond ASCII below which a difference is said and not asked about."""
RARE_EVIDENCE = 1.0
"""Nats a letter that the few lines beyond ASCII of a file must have: else they are damaged."""
FOREIGN_EVIDENCE = -1.5
"""The same where many lines are beyond ASCII."""
TORN = re.compile(rb"\xe2[\x80\x82](?![\x80-\xbf])|\xf0\x9f")
"""The beginnings of quotation marks, of € and of emoji in UTF-8, cut off."""
ROMANIAN = re.compile("[şţŞŢ]")
WORDS = re.compile(rb"[^\s,;|\"]+")
ISO_2022 = re.compile(rb"\x1b\$[@B]")


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


def decode(content: bytes, name: str, stated: str | None = None) -> Decoded:
    """Find the encoding and decode.

    Args:
        content: The file.
        name: Its name, for messages.
        stated: The encoding of `data.encoding`. A byte order mark and valid UTF-8 beyond ASCII
            tell more, aloud: a task may have files in several encodings.

    Raises:
        DataError: The bytes are no text at all, two encodings explain them, or no encoding has
            the name that was stated.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            body = content.removeprefix(mark)
            return _transcoded(body, encoding, f"{name} is {encoding.upper()} by its first bytes")
    if stated:
        return _as_stated(content, name, _known(stated))
    if wide := wide_without_mark(content):
        return _transcoded(content, wide, f"{name} is read as {wide.upper()}")
    if content.isascii() and ISO_2022.search(content):
        return _transcoded(content, "iso2022_jp", f"{name} is read as ISO-2022-JP")
    if is_utf8(content):
        return Decoded(content)
    return _weighed(content, name)


def wide_without_mark(content: bytes) -> str | None:
    """UTF-16 and UTF-32 by the zeros in their letters, or by reading well; else None."""
    sample = content[:65_536]
    quarter = max(1, len(sample) // 4)
    high, low = (sum(sample[at::4].count(0) for at in pair) for pair in ((0, 1), (2, 3)))
    if len(sample) >= 8 and max(high, low) > 1.2 * quarter:  # planes, nearly always 0
        for wide, zeros in (("utf-32-be", high), ("utf-32-le", low)):
            if zeros > 1.2 * quarter and _is_wide(sample[: 4 * quarter], wide):
                return wide
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    if not even and not odd:
        return None
    # Scripts beyond Latin have zeros in their spaces and line ends alone.
    return next((wide for wide in ("utf-16-le", "utf-16-be") if _is_wide(sample, wide)), None)


def _is_wide(sample: bytes, encoding: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    odd = sum(
        unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs") for c in text if c not in "\r\n\t"
    )
    return "\n" in text and odd == 0


def is_utf8(line: bytes) -> bool:
    """Whether bytes are valid UTF-8."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _known(stated: str) -> str:
    try:
        b"a".decode(stated, errors="replace")
        return codecs.lookup(stated).name
    except (LookupError, ValueError) as error:
        raise DataError(
            f"{stated!r} (`--encoding`, or `data.encoding` in rungwise.yaml) names no encoding "
            "that is known",
            "Write one such as utf-8, cp1250, iso8859-2, shift_jis or utf-16.",
        ) from error


def _as_stated(content: bytes, name: str, encoding: str) -> Decoded:
    utf8 = encoding in ("utf-8", "utf-8-sig")
    if not content.isascii() and is_utf8(content) and not utf8:
        said = f"{name} is valid UTF-8, so it is read as that and not as {encoding}"
        return Decoded(content, None, said)
    decoded = _transcoded(content, encoding, "")
    broken = decoded.content.count((decoded.marker or "\n").encode()) if decoded.marker else 0
    if broken > 0.5 * max(1, sum(not line.isascii() for line in content.split(b"\n"))):
        raise DataError(
            f"{name} is not in {encoding}, as `--encoding` or `data.encoding` says: "
            f"{broken:,} places cannot be read so",
            "Correct it, or leave it out to have the encoding found.",
        )
    return decoded


def legacy_encoding(lines: Sequence[bytes], name: str) -> tuple[str | None, str]:
    """The encoding of lines that are not UTF-8, and that in words; None if they are damaged.

    Raises:
        DataError: Two encodings explain them.
    """
    beyond_ascii = [line for line in lines if not line.isascii()]
    broken = [line for line in beyond_ascii[:EVIDENCE] if not is_utf8(line)]
    sound = min(len(beyond_ascii), EVIDENCE) - len(broken)
    if not broken or sound >= 0.25 * len(broken):
        return None, ""
    told = len(broken) > 1 or len(broken[0]) >= SENTENCE
    foreign = told and len(broken) > 0.1 * min(len(lines), EVIDENCE)
    if not foreign and all(TORN.search(line) for line in broken):
        return None, ""
    plain = [line for line in lines[:EVIDENCE] if line.isascii()]
    found = readings(broken, plain, rare=not foreign)
    if not found or found[0].evidence < (FOREIGN_EVIDENCE if foreign else RARE_EVIDENCE):
        return None, ""
    return found[0].encoding, _chosen(name, found, b"\n".join(broken), ask=foreign)


def _weighed(content: bytes, name: str) -> Decoded:
    lines = content.split(b"\n")
    encoding, said = legacy_encoding(lines, name)
    if encoding is not None:
        return _by_line(lines, encoding, said)
    if len(content) - len(content.translate(None, CONTROLS)) > 0.01 * len(content):
        raise DataError(f"{name} is not a text file", "Give CSV, TSV, JSONL or Parquet.")
    said = f"{name} is read as UTF-8 although some bytes are not"
    return _transcoded(content, "utf-8", said)


def _chosen(name: str, found: Sequence[Reading], sample: bytes, *, ask: bool) -> str:
    """Say what the best encoding is and which is near; ask where another is too near."""
    best, *others = found
    rival = others[0] if others and best.score - others[0].score < ASK else None
    if ask and rival and _share_that_differs(best.encoding, rival.encoding, sample) >= FEW:
        near = _named([one for one in others if best.score - one.score < TELL], 3)
        fit = ", ".join(_shown(one, best, near, sample) for one in (best, *near))
        rest = " or ".join(f"`{one.encoding}`" for one in near)
        raise DataError(
            f"{name} is not UTF-8, and its bytes fit {len(near) + 1} encodings: {fit}",
            f"Say which it is: `--encoding {best.encoding}`, or {rest}; for files of the task "
            f"also `data.encoding: {best.encoding}` in rungwise.yaml.",
        )
    said = f"{name} is not UTF-8; it is read as {best.encoding}"
    near = [one for one in others if best.score - one.score < (TELL if ask else ASK)]
    told = [one.encoding for one in _named(near, 1)]
    if not told and best.encoding in ("cp1250", "iso8859_2") and ROMANIAN.search(best.text):
        told = ["iso8859_16"]  # the same bytes with commas in place of cedillas
    if told:
        letters = [(*_letters(best.encoding, other, sample), other) for other in told]
        said += ", with " + " and ".join(
            f"{here!r} where {other} has {there!r}" for here, there, other in letters
        )
        options = " or ".join(f"`--encoding {other}`" for other in told)
        said += f": say {options} (or `data.encoding` in rungwise.yaml) if that is right"
    return said


def _named(near: Sequence[Reading], count: int) -> list[Reading]:
    """The nearest encodings, and the most usual of those that are near if it is not among them."""
    usual = sorted(near, key=lambda one: ENCODINGS[one.encoding][1])[:1]
    return [*near[:count], *(one for one in usual if one not in near[:count])]


def _by_line(lines: Sequence[bytes], encoding: str, said: str) -> Decoded:
    """Lines that are UTF-8 among those of a single-byte encoding stay what they are, aloud.

    In such an encoding a letter is hardly ever followed by the signs that continue UTF-8.
    """
    several = encoding in ("cp932", "euc_jp", "gb18030", "big5hkscs", "cp949")
    utf8 = set() if several else {at for at, line in enumerate(lines) if _beyond_and_utf8(line)}
    if not utf8:
        return _transcoded(b"\n".join(lines), encoding, said)
    said += f"; {len(utf8):,} of its lines are UTF-8 and read as that"
    return _transcoded(b"\n".join(_utf8_lines(lines, utf8, encoding)), "utf-8", said)


def _utf8_lines(lines: Sequence[bytes], utf8: set[int], encoding: str) -> Iterator[bytes]:
    for at, line in enumerate(lines):
        try:
            yield line if at in utf8 else line.decode(encoding).encode("utf-8")
        except UnicodeDecodeError:
            yield line  # not UTF-8 either: marked


def _beyond_and_utf8(line: bytes) -> bool:
    return not line.isascii() and is_utf8(line)


def _shown(reading: Reading, best: Reading, near: Sequence[Reading], sample: bytes) -> str:
    other = near[0] if reading is best else best
    return f"{reading.encoding} reads {_difference(reading.encoding, other.encoding, sample)[0]!r}"


def _share_that_differs(one: str, other: str, sample: bytes) -> float:
    """Share of the words beyond ASCII that two encodings read differently."""
    words = [word for word in WORDS.findall(sample) if not word.isascii()]
    differ = [
        word for word in words if word.decode(one, "replace") != word.decode(other, "replace")
    ]
    return len(differ) / max(1, len(words))


def _difference(one: str, other: str, sample: bytes) -> tuple[str, str]:
    """A frequent word that two encodings read differently, in small letters if any: no name."""
    words = Counter(word for word in WORDS.findall(sample) if not word.isascii())
    differ = [
        (here.islower() and there.islower(), count, here[:40], there[:40])
        for word, count in words.items()
        for here, there in [(word.decode(one, "replace"), word.decode(other, "replace"))]
        if here != there
    ]
    _, _, here, there = max(differ, key=lambda found: found[:2], default=(False, 0, "", ""))
    return here, there


def _letters(one: str, other: str, sample: bytes) -> tuple[str, str]:
    """The first letters in which two readings differ: what is said stays on record, a word not."""
    pairs = itertools.zip_longest(*_difference(one, other, sample), fillvalue="")
    return next(((here, there) for here, there in pairs if here != there), ("", ""))


def _transcoded(content: bytes, encoding: str, said: str) -> Decoded:
    told = said or None
    try:
        return Decoded(content.decode(encoding).encode("utf-8"), None, told)
    except UnicodeDecodeError:
        pass
    utf8 = content.decode(encoding, errors="ignore")
    marker = next(character for character in NONCHARACTERS if character not in utf8)
    del utf8

    def mark(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        return marker, error.end

    codecs.register_error("rungwise.mark", mark)
    return Decoded(content.decode(encoding, errors="rungwise.mark").encode("utf-8"), marker, told)
