"""Which legacy encoding a text is in: the one in which its letters are those of a language.

Every single-byte encoding reads almost any bytes, so decoding without an error proves little. Here
each candidate is read, and its reading is judged as text: for the Latin script by the n-grams of
the languages that are written in that encoding (those of py3langid, against their mean over all
languages), for Cyrillic, Greek, Hebrew, Arabic and Thai by the frequency of their letters, and
for all by what no text does: symbols and digits inside a word, a capital after a small letter,
two scripts in a word, letters that no language has beside each other.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

WEST = "en de fr es it pt nl ca gl eu sv da no nn fi is fo ga gd cy sq af id ms sw lb oc wa br fy"
CENTRE = "hu sl cs sk pl hr bs sr ro sq de en"
BALTIC = "et lv lt ltg en pl sv fi de"
TURKIC = "tr az crh uz ku tk en de fr"
ENCODINGS: dict[str, tuple[str, float]] = {
    "cp1252": (WEST + " et", 0), "cp1250": (CENTRE, 1), "cp1251": ("en", 1), "cp1254": (TURKIC, 2),
    "cp1257": (BALTIC, 2), "cp1253": ("en", 2), "cp1255": ("en", 2), "cp1256": ("en fr", 2),
    "iso8859_2": (CENTRE, 3), "iso8859_15": (WEST + " et", 3), "iso8859_5": ("en", 4),
    "iso8859_7": ("en", 6), "iso8859_8": ("en", 3), "iso8859_6": ("en", 4),
    "iso8859_9": (TURKIC, 3), "iso8859_13": (BALTIC, 4), "iso8859_4": (BALTIC, 8),
    "koi8_r": ("en", 3), "koi8_u": ("en", 4), "cp866": ("en", 4), "cp1125": ("en", 6),
    "cp850": (WEST, 9), "cp852": (CENTRE, 9), "cp437": (WEST, 10), "cp857": (TURKIC, 10),
    "cp775": (BALTIC, 12), "cp860": ("pt", 12), "cp737": ("en", 8), "cp862": ("en", 8),
    "mac_roman": (WEST, 9), "mac_cyrillic": ("en", 8),
    "mac_latin2": (CENTRE + " " + BALTIC, 14), "mac_turkish": (TURKIC, 14), "mac_greek": ("en", 14),
    "cp874": ("en", 3), "cp1258": ("vi en fr", 4), "cp932": ("ja en", 2), "euc_jp": ("ja en", 2),
    "gb18030": ("zh wuu en", 2), "big5hkscs": ("zh yue en", 2), "cp949": ("ko en", 2),
}  # fmt: skip
"""Python's name → languages in the Latin or a Chinese script, and how rare it is, as a handicap."""
LETTERS = {
    "Cyrillic": (
        "оеаинтсрвлкмдпугяызбйьчхжцюшщэфъё", "оаніирвтесклудмпзяьбгйчхцїжєшщюфґ",
        "аиоентрсвлкдпмзгяъубчцйжщхшюфь", "аиоенрсуткјвдмплгзбшћчцжњљхђџф",
        "аиоентрсвкдлпмусзјгчбцшжфќњѓљхџѕ", "анірсоыкеяцтлудмьзвпйгбчхжюэўшёф",
    ),
    "Greek": ("ατοιενρσκηπςυμλίόάγέδήωχθύφβξώζψϊϋΐΰ",),
    "Hebrew": ("יוהלרבתמאשנעםדקחפסכגטצןזךףץ",),
    "Arabic": (
        "اليمونرتبةعدسفهكقأحجشطصىخإذثئضغآظءزؤ", "ایردنهومتبسلکشزفگعخقجآپحطصچذغضئثظژ",
    ),
    "Thai": ("านรอกเงมยลวดทสตะปบคหแจพชขใ่้ัิีืุู็์ำไโผฟธณศซญถภฐษฝึ",),
}  # fmt: skip
"""Letters of the languages of a script, the most frequent first."""
BLOCKS = ((0x370, "Latin"), (0x400, "Greek"), (0x530, "Cyrillic"), (0x590, ""), (0x600, "Hebrew"),
          (0x700, "Arabic"), (0xE00, ""), (0xE80, "Thai"))  # fmt: skip
RARE = -3.0
"""Log frequency, over that of an even distribution, of a letter that a language does not have."""
SAMPLE = 6_000
"""Bytes of different lines that are judged."""
FOREIGN = 0.3
"""Share of a language of its own that a word of a file in ASCII may have."""
OTHER_LANGUAGE = 2.0
"""Nats that a row in another language than most of the file must bring."""
NEWLINE = 10
CONTEXT = 1_000
"""Bytes of lines in ASCII that are looked at beside them."""
IN_WORD = re.compile(
    r"(?<=[^\W\d_])[^\x00-\x7f\w\s’·\-–—‐´`\u0300-\u036f\u064b-\u065f\u0e31-\u0e4e](?=[^\W\d_])"
)
BEFORE_WORD = re.compile(r"(?<![^\W\d_])[¶¦¤¬](?=[^\W\d_])")
CAPITALS = re.compile(r"\b[^\W\d_a-z]{2,}\b")
USUAL = "£€°©®™½¼¾×•…–—“”„‚‘’«»‹›§¿¡±²³µ·†\xa0"
IN_PLACE = re.compile(
    r"[£€]\s?\d|\d\s?[£€°]|(?<![^\W\d_])[½¼¾](?![^\W\d_])|[«“„‘‹]\w|\w[,.!?]?[»”“›]|’(?=[a-z]{0,2}\b)"
    r"|‘’|“”|„“|«»|(?<!\S)[–—…·•×](?!\S)|\w…|[¿¡]\w|\w[®™²³]|©\s?\d"
)
"""Signs of legacy encodings where they usually stand."""
ALONE = re.compile(r"(?<![^\W_])[^\W\d_a-zA-Z½¼¾¹²³ªº](?![^\W_])")
"""A single letter beyond ASCII as a word."""
STRANGE_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_a-zA-Z]{2,}(?![^\W\d_])")
ACCENTS = re.compile(r"[^\W\d_a-zA-Z]{3,}")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text in one encoding.

    Attributes:
        encoding: Python's name of it.
        text: The sample, read.
        score: How much it looks like text, in nats; higher is better.
        evidence: The part of the score that letters beyond ASCII have, a letter.
    """

    encoding: str
    text: str
    score: float
    evidence: float


def readings(
    lines: Sequence[bytes], plain: Sequence[bytes] = (), *, rare: bool = False
) -> list[Reading]:
    """Read lines in every encoding that can be, the most plausible first.

    Encodings that read the sample alike are given once, by the most usual.

    Args:
        lines: Lines with bytes beyond ASCII.
        plain: Some other lines, which tell the language.
        rare: Most lines of the file are ASCII, so what is beyond it may be names and words of
            other languages than the file's.
    """
    context = b"\n".join(plain)[:CONTEXT].decode("ascii", errors="ignore")
    sample = b"\n".join(_telling(lines))
    found: dict[str, Reading] = {}
    for encoding, (_, handicap) in ENCODINGS.items():
        torn = _unreadable(lines, encoding)
        if torn > 0.02 * len(lines):
            continue
        text = sample.decode(encoding, errors="ignore")
        score, evidence = _judged(text, context, encoding, rare=rare)
        reading = Reading(
            encoding, text, score - (3 if rare else 1) * handicap - 10 * torn, evidence
        )
        if (known := found.get(text)) is None:
            found[text] = reading
        elif known.score < reading.score:
            found[text] = replace(reading, encoding=known.encoding)
    return sorted(found.values(), key=lambda reading: -reading.score)


def _unreadable(lines: Sequence[bytes], encoding: str) -> int:
    def fails(content: bytes) -> bool:
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            return True
        return False

    return sum(map(fails, lines)) if fails(b"\n".join(lines)) else 0


def _telling(lines: Sequence[bytes]) -> list[bytes]:
    """Different lines of the sample's size that have every byte beyond ASCII a few times."""
    different = list(dict.fromkeys(line.strip() for line in lines))
    if sum(map(len, different)) <= SAMPLE:
        return different
    seen: Counter[int] = Counter()
    first: list[bytes] = []
    rest: list[bytes] = []
    for line in different:
        new = {byte for byte in line if byte > 127 and seen[byte] < 3}
        seen.update(byte for byte in line if byte > 127)
        (first if new else rest).append(line[:500])
    taken = first + rest[:: max(1, sum(map(len, rest)) // SAMPLE)]
    sizes = itertools.accumulate(len(line) for line in taken)
    return taken[: max(1, sum(size <= 2 * SAMPLE for size in sizes))]


def _judged(text: str, context: str, encoding: str, *, rare: bool) -> tuple[float, float]:
    """How much a reading looks like text, and how much of this each letter beyond ASCII brings."""
    text = unicodedata.normalize("NFC", text)
    scripts = [_script(character) for character in text]
    beyond = sum(character > "\x7f" and character.isalpha() for character in text)
    strange = (
        _symbols(text)
        + 6 * len(IN_WORD.findall(text) + BEFORE_WORD.findall(text))
        + _neighbours(text, scripts)
    )
    plain = "".join(c if s == "Latin" else " " for c, s in zip(text, scripts, strict=True))
    strange += sum(3 * (len(run) - 2) for run in ACCENTS.findall(plain))
    strange += 4 * len(STRANGE_WORD.findall(plain))
    alone = [_script(letter) for letter in ALONE.findall(text)]
    strange += sum(6 if rare and one in LETTERS else 3 for one in alone if one != "East Asian")
    letters = 2 * _by_letters(text, scripts) + _pairs(text, scripts)
    near, far = _by_grams(text, scripts, context, ENCODINGS[encoding][0], rare=rare)
    evidence = letters + near - strange
    return evidence + far, evidence / max(1, beyond)


def _script(character: str) -> str:
    if not (character.isalpha() or unicodedata.category(character) == "Mn"):
        return ""
    return next((name for end, name in BLOCKS if ord(character) < end), "East Asian")


def _symbols(text: str) -> float:
    """Handicap of controls, box drawing and mathematical signs, less what usual signs bring."""
    weights = {"Cc": 3.0, "Cn": 3.0, "Co": 3.0, "So": 1.0, "Sm": 1.0, "Sk": 1.0}
    score = sum(
        weights.get(unicodedata.category(c), 0.0) for c in text if c > "\x7f" and c not in USUAL
    )
    score += sum(0.5 for c in text if "\uff61" <= c <= "\uff9f")
    return 6 * score - 3 * len(IN_PLACE.findall(text))


def _neighbours(text: str, scripts: Sequence[str]) -> float:
    """Handicap of characters that do not stand beside each other."""
    strange = 0.0
    pairs = zip(itertools.pairwise(text), itertools.pairwise(scripts), strict=True)
    for (first, second), (one, other) in pairs:
        if first < "\x80" and second < "\x80":
            continue
        mark = unicodedata.category(second) == "Mn"
        if (one and other and one != other) or (mark and not one):
            strange += 3 if "East Asian" in (one, other) else 10
        elif (
            (first.islower() and second.isupper())
            or (other and not mark and first.isdigit() and other != "East Asian")
            or (one not in ("", "East Asian") and first > "\x7f" and second.isdigit())
        ):
            strange += 4
    return strange


def _by_letters(text: str, scripts: Sequence[str]) -> float:
    """Log likelihood of letters over an even distribution, of the language that suits best."""
    score = 0.0
    for script, languages in _frequencies().items():
        here = Counter(c.lower() for c, other in zip(text, scripts, strict=True) if other == script)
        if here:
            score += max(
                sum(count * table.get(letter, RARE) for letter, count in here.items())
                for table in languages
            )
    return score


@functools.cache
def _frequencies() -> dict[str, list[dict[str, float]]]:
    """Script → for each language, letter → log of its frequency times the number of letters.

    By Zipf and Mandelbrot's law: a letter of rank r has a share of 1 / (r + 2).
    """
    tables: dict[str, list[dict[str, float]]] = {}
    for script, languages in LETTERS.items():
        size = max(map(len, languages))
        for letters in languages:
            shares = [1 / (place + 3) for place in range(len(letters))]
            tables.setdefault(script, []).append(
                {
                    letter: math.log(size * share / sum(shares))
                    for letter, share in zip(letters, shares, strict=True)
                }
            )
    return tables


def _pairs(text: str, scripts: Sequence[str]) -> float:
    """Whether letters that stand beside each other do so in any language, outside of Latin."""
    score = 0.0
    known = LETTERS.keys()
    for (first, second), (one, other) in zip(
        itertools.pairwise(text), itertools.pairwise(scripts), strict=True
    ):
        if one == other and one in known and one != "Thai":
            score += 0.3 if _grams().known(first.lower() + second.lower()) else -1.5
    return score


def _by_grams(
    text: str, scripts: Sequence[str], context: str, languages: str, *, rare: bool
) -> tuple[float, float]:
    """Log likelihood of n-grams over their mean in all languages, of each row's best language.

    A file of several languages is told by what each of its rows spells: no one language of an
    encoding need explain them all.

    Returns:
        What n-grams with bytes beyond ASCII bring, and what the others do, at less weight: they
        tell which language it is.
    """
    grams = _grams()
    text = CAPITALS.sub(_lower, text)
    scripts = [*scripts, *[""] * (len(context) + 1)]
    text = f"{text}\n{context}"
    content = text.encode("utf-8")
    codes = np.frombuffer(content, np.uint8)
    sizes = [len(character.encode("utf-8")) for character in text]
    own = np.repeat([script in LETTERS for script in scripts], sizes)
    places = grams.features(content)
    beyond = codes > 127
    near, inside = beyond.copy(), own.copy()  # an n-gram ends here and began up to 3 bytes before
    for back in (1, 2, 3):
        near[back:] |= beyond[:-back]
        inside[back:] |= own[:-back]
    ends = np.append((codes[1:] & 0xC0) != 0x80, True)
    usual = np.repeat([character in USUAL for character in text], sizes)
    missing = (places < 0) & beyond & ends & ~own & ~usual
    known = (places >= 0) & ~inside
    features, inverse = np.unique(places[known], return_inverse=True)
    columns = [grams.columns[language] for language in languages.split()]
    ratio = grams.ratios(features)[:, columns]
    foreign = np.maximum(ratio, ratio.max(axis=1, keepdims=True) + math.log(FOREIGN))
    rows = np.cumsum(codes == NEWLINE)[known]
    close = _sums_by_row((foreign if rare else ratio)[inverse], near[known], rows)
    other = 0.3 * _sums_by_row(ratio[inverse], ~near[known], rows)
    switch = np.full(len(columns), OTHER_LANGUAGE)
    switch[(close + other).sum(axis=0).argmax()] = 0
    best = (close + other - switch).argmax(axis=1)
    row = np.arange(len(best))
    east = np.repeat([script == "East Asian" for script in scripts], sizes)
    handicap = 3.0 * missing.sum() + 3.0 * (missing & east).sum() + 1.5 * (east & ends).sum()
    return float(close[row, best].sum() - handicap), float((other[row, best] - switch[best]).sum())


def _sums_by_row(ratio: Any, chosen: Any, rows: Any) -> Any:
    """The sums (rows, languages) of the chosen n-grams' ratios (n-grams, languages)."""
    sums = np.zeros((int(rows[-1]) + 1 if len(rows) else 1, ratio.shape[1]))
    np.add.at(sums, rows[chosen], ratio[chosen])
    return sums


def _lower(word: re.Match[str]) -> str:
    """A word in capitals as a word, unless this takes another number of letters."""
    small = word[0].lower()
    return small if len(small) == len(word[0]) else word[0]


class _Grams:
    """The n-grams of py3langid: up to four bytes of UTF-8, and how usual each is by language."""

    def __init__(self, identifier: Any) -> None:
        self._identifier = identifier
        self._rows = [row << 8 for row in identifier.tk_row]
        self.columns = {code: at for at, code in reversed(list(enumerate(identifier.nb_classes)))}

    def _states(self, content: bytes) -> Iterator[int]:
        state, following = 0, self._identifier.tk_nextmove
        for byte in content:
            state = following[self._rows[state] + byte]
            yield state

    def features(self, content: bytes) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The longest n-gram that ends at each byte (n), -1 where there is none."""
        output = self._identifier.tk_output
        return np.fromiter((output[state] for state in self._states(content)), np.int64)

    def ratios(self, features: Any) -> Any:
        """Log likelihood of each n-gram in each language, over the mean of all languages."""
        table = self._identifier.nb_ptc[features].astype(np.float32)
        return table - np.log(np.exp(table).mean(axis=1, keepdims=True))

    @functools.cache  # noqa: B019 - one instance for the whole process
    def known(self, pair: str) -> bool:
        """Whether two letters stand beside each other in some language."""
        *_, both = self._states(pair.encode("utf-8"))
        *_, last = self._states(pair[1:].encode("utf-8"))
        return both != last


@functools.cache
def _grams() -> _Grams:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return _Grams(LanguageIdentifier.from_model_file(MODEL_FILE))
