"""The numbers of a goal's sentence, and whether each is a least or a most.

Numbers are kept as decimals: 99.9 percent is 0.999 exactly, and `float("99.9") / 100` is not.
Decimal commas, and the percent words of eight languages, are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

AT_LEAST = (
    "at least; at or above; "
    "greater than or equal to; more than or equal to; equal to or greater than; "
    "no worse than; not worse than; at worst; larger than; größer als; größer gleich; "
    "größer oder gleich; besser als; meilleur que; mejor que; minst; mindst; "
    "no less than; not less than; not lower than; no lower than; not below; "
    "not under; a minimum of; minimum of; minimum; minimal; minimale; mínima; mínima de; "
    "mínimo de; minima; min.; min; ≥; >=; =>; >; more than; over; above; exceed; exceeds; "
    "exceeding; better than; higher than; greater than; beyond; mindestens; wenigstens; "
    "nicht weniger als; nicht unter; nicht schlechter als; mehr als; über; au moins; "
    "au minimum; pas moins de; plus de; supérieur à; supérieure à; supérieure ou égale à; "
    "al menos; por lo menos; como mínimo; mínimo; no menos de; más de; superior a; "
    "superior al; almeno; come minimo; minimo; non meno di; non meno del; più di; più del; "
    "superiore a; superiore al; pelo menos; no mínimo; ao menos; não menos de; mais de; "
    "acima de; minstens; ten minste; tenminste; minimaal; niet minder dan; meer dan; boven; "
    "co najmniej; przynajmniej; nie mniej niż; ponad; powyżej; więcej niż"
)
AT_MOST = (
    "at most; at or below; "
    "less than or equal to; menos del; moins du; massimo; massimo del; massimo di; "
    "máximo de; máximo del; kleiner als; no more than; not more than; not above; not over; "
    "a maximum of; maximum of; "
    "maximum; maximal; max.; max; ≤; <=; =<; <; less than; fewer than; lower than; below; "
    "under; up to; höchstens; nicht mehr als; weniger als; unter; bis zu; au plus; au maximum; "
    "moins de; inférieur à; inférieure à; jusqu'à; como máximo; a lo sumo; máximo; no más de; "
    "menos de; inferior a; inferior al; hasta; al massimo; non più di; non più del; meno di; "
    "meno del; inferiore a; inferiore al; fino a; no máximo; abaixo de; até; hoogstens; "
    "maximaal; niet meer dan; minder dan; onder; högst; højst; co najwyżej; maksymalnie; "
    "nie więcej niż; poniżej; mniej niż"
)
AFTER_AT_LEAST = (
    "or more; or better; or higher; or above; and above; at least; minimum; +; oder mehr; "
    "oder besser; ou plus; o más; o più; ou mais; of meer; lub więcej; mindestens"
)
AFTER_AT_MOST = "or less; or fewer; or lower; at most; maximum; oder weniger; ou moins; o menos"
UNIT = (
    r"(?:%|％|٪|(?:per[\s-]?cent|pct\.?|prozent(?:ig\w*)?|pour\s?cent|por\s?ciento|por\s?cento|per\s?cento|"
    r"procent(?:ami|ach|ów|om|a|y|s)?)\b)(?![- ]?(?:age|ile)?[- ]?points?\b)"
)
FIGURE = r"\d+(?:[.,]\d+)*|[.,]\d+"
AMOUNT = re.compile(rf"(?<![\w.,/@#$€£+±-])({FIGURE})(?:[ \u00a0\u202f-]?({UNIT})|(?![\w/]))", re.I)
OF_A_UNIT = re.compile(
    r"[ -]?(?:[mcdk]?m|[mk]?g|[mcd]?l|m?s|secs?|seconds?|min(?:utes?)?|h|hours?|days?|weeks?"
    r"|months?|years?|sekunden?|minuten?|stunden?|tagen?|euros?|eur|usd|dollars?|[kmgt]b|[kmg]?hz|[mk]?w"
    r"|m?v|inch(?:es)?|feet|ft|lbs?|oz|°[cf]?|stars?)(?!\w)",
    re.I,
)
JOINED = re.compile(
    rf"(?<![\w.,])(?>{FIGURE})\s*(?:{UNIT})?"
    r"(?:\s*(?:[-–—/;±~]|\.{2,}|\+/-)\s*|\s*[.,]\s+|\s+[.,]\s*|\s+"
    r"|\s+(?:to|and|or|point|bis|und|oder|komma|à|et|ou|virgule|a|y|o|coma|e|tot|en|do|i|lub|até"
    r"|of(?=\s+\S+\s*procent))\s+)"
    rf"(?>{FIGURE})(?:\s*{UNIT}|(?<=[.,]\d)(?!\w)|(?<=[.,]\d\d)(?!\w))"
    rf"|(?<![\w.,])(?>{FIGURE})\s*(?:{UNIT})?\s*(?:±|\+/-)\s*(?>{FIGURE})",
    re.I,
)
"""Two figures in a row: a range, or a number broken by a space."""


def alternatives(words: str) -> str:
    """A pattern of words parted by `; `: the longest first, none inside a longer word."""
    ordered = sorted(words.split("; "), key=len, reverse=True)
    return "|".join(map(_bounded, ordered))


def _bounded(words: str) -> str:
    pattern = r"\s+".join(re.escape(word) for word in words.split(" "))
    start = r"(?<!\w)" if words[0].isalpha() else ""
    return start + pattern + (r"(?!\w)" if words[-1].isalpha() else "")


BEFORE = re.compile(
    rf"(?:(?P<least>{alternatives(AT_LEAST)})|(?P<most>{alternatives(AT_MOST)}))"
    r"\s*(?:(?:of|an?|del?|di|von|van|do|al|la|le|el|il|ein(?:er|em)?|une?|una)\s+)*$",
    re.I,
)
AFTER = re.compile(
    rf"\s*(?:(?P<least>{alternatives(AFTER_AT_LEAST)})|(?P<most>{alternatives(AFTER_AT_MOST)}))",
    re.I,
)
ALONE = re.compile(
    r"(?:^|[,;:.!?(–—]\s*|\s-\s+)(?:(?:and|und|et|y|e|en|i|target|goal|ziel|objectif|objetivo)\b"
    r"[\s:]*)*(?:(?:is|of|ist|von|de)\s+)?(?:an?\s+)?$"
    r"|(?<!\w)(?:with|reach|reaching|mit|avec|con|com|met|z|med)\s+(?:an?\s+)?$",
    re.I,
)
"""What stands before a number that belongs to nothing else in its sentence."""
LEAST_ALONE = Decimal("0.5")
CLAUSE_END = re.compile(r"\s*(?:$|[.,;!)])")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a sentence.

    Attributes:
        value: As written: 90 for "90 percent".
        percent: Whether a percent sign or word follows.
        span: Where it stands, with its unit and what says "or more".
        bound: "least", "most", or "" where nothing says so.
        text: As the sentence writes it.
        readable: False for digits that are no single number, such as "1,234.5".
        measured: Whether a unit follows that no share has, such as "mm".
    """

    value: Decimal
    percent: bool
    span: tuple[int, int]
    bound: str
    text: str
    readable: bool = True
    measured: bool = False

    @property
    def share(self) -> Decimal:
        """The number as a share of one where it is a percentage, else as it is."""
        return self.value / 100 if self.percent else self.value

    @property
    def may_be_target(self) -> bool:
        """Whether it looks like a target without a metric beside it: 90 percent, or 0.9."""
        decimal = any(mark in self.text for mark in ".,") and self.value <= 1
        return self.percent or (decimal and self.readable and not self.measured)

    @property
    def in_percent(self) -> str:
        """The number as a percentage, as a form for a target writes it."""
        value = self.value if self.percent else 100 * self.value
        return f"{value.normalize():f} percent"

    def stands_alone(self, sentence: str) -> bool:
        """Whether nothing in its clause is what it could be a share or a value of.

        "…, at least 90 percent" does; "humidity over 90 percent" and "a discount of 10 percent" do
        not. Nobody asks for less than a half without a word for it.
        """
        before = ALONE.search(sentence[: self.span[0]])
        after = CLAUSE_END.match(sentence, self.span[1])
        plausible = self.share >= LEAST_ALONE or self.bound == "most"
        return before is not None and after is not None and plausible


def amounts(sentence: str) -> list[Amount]:
    """Every number in a sentence that stands alone: not in `5-star`, `GPT-4` or `top-5`."""
    return [amount for found in AMOUNT.finditer(sentence) if (amount := _amount(sentence, found))]


def _amount(sentence: str, found: re.Match[str]) -> Amount | None:
    if not found[2] and re.match(r"[-–]\w", sentence[found.end() :]):
        return None  # the 5 of "5-star"
    start, end = found.span()
    before = BEFORE.search(sentence[:start])
    after = AFTER.match(sentence, end)
    bound = next((_bound(one) for one in (before, after) if one), "")
    marks = set(re.findall(r"[.,]", found[1]))
    parts = re.split(r"[.,]", found[1])
    readable = len(parts) <= 2
    value = Decimal(found[1].replace(",", ".")) if readable else Decimal(0)
    if not found[2] and marks == {","} and len(parts[-1]) == 3 and parts[0].strip("0"):
        return None  # 1,000 tickets
    return Amount(
        value,
        bool(found[2]),
        (before.start() if before else start, after.end() if after else end),
        bound,
        found[0].strip(),
        readable,
        not found[2] and OF_A_UNIT.match(sentence, end) is not None,
    )


def _bound(found: re.Match[str]) -> str:
    return "least" if found["least"] else "most"


def joined(sentence: str) -> str | None:
    """Two figures in a row, such as "80 to 90 percent" or "92, 5 %", as written; None without."""
    found = JOINED.search(sentence)
    return found[0].strip() if found else None
