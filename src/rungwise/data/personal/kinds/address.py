"""Postal addresses: a house number with a street word, a post box; with the town where it follows.

A street alone (`the shops in Oxford Street`) points at nobody, so a number is asked for. Street
words are those of `street_words`; after a cue such as `live at` a capital and a number will do.
"""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.kind import LETTER, LOWER, UPPER, Kind, Pattern
from rungwise.data.personal.street_words import APART, ENDINGS, ENGLISH, LEADING

NUMBER = r"[0-9]{1,5}(?:[-/][0-9]{1,4})?[A-Za-z]?"
WORD = rf"(?:[{UPPER}][{LETTER}'’.-]*|[0-9]{{1,3}}(?:st|nd|rd|th))"
SMALL = r"(?:de|du|des|del|della|di|da|do|dos|das|la|le|les|los|las|el|van|von|den|der|of|the|e|y)"
NAME = rf"{WORD}(?: (?:{SMALL} ){{0,2}}{WORD}){{0,4}}"
LED = rf"{LEADING} (?:{SMALL} |[dl]['’]){{0,2}}{NAME}"
ROOM = (
    r"(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|Rm|Bldg|Building|Office|Box)\b\.?"
    r" ?#?[0-9A-Za-z-]{1,6}|#\s?[0-9A-Za-z-]{1,6}|[0-9]{1,3}(?:st|nd|rd|th) [Ff]loor)"
)
UNIT = rf"(?: [A-Z](?: [0-9]{{1,3}})?\b)?(?:,?\s{{0,2}}{ROOM})?"
INSIDE = rf"(?:{ROOM}, ){{0,2}}"
PLACE = rf"(?:(?:St|Ste|Ft|Mt)\. )?[{UPPER}][{LETTER}'’-]*\b"
TOWN = rf"{PLACE}(?: (?:{SMALL} )?{PLACE}){{0,3}}"
POSTCODE = (
    r"(?:(?:[A-Z]{1,2}-)?(?:[0-9]{5}-[0-9]{3,4}|[0-9]{2}-[0-9]{3}|[0-9]{4}-[0-9]{3}"
    r"|[0-9]{3} [0-9]{2}|[0-9]{4} ?[A-Z]{2}|[0-9]{3,6})|[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}"
    r"|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])\b"
)
LINE = (
    rf"(?:{ROOM}|{POSTCODE}(?:[ -]{TOWN}(?: [0-9]{{1,2}}\b)?)?"
    rf"|{TOWN}(?:,? [A-Z]{{2,3}}\b)?(?:,?\s{{1,2}}{POSTCODE})?)"
)
CODED = (
    rf"(?:{ROOM}|{POSTCODE}[ -]{TOWN}"
    rf"|{TOWN}(?:,?\s{{1,2}}{POSTCODE}|,? [A-Z]{{2,3}}\b|\s*,\s*[A-Z]{{2,3}}\s+{POSTCODE}))"
)
"""A room, or a town with its post code or state: the line below a street without a street word.

A capital alone is no town: `Order 12345`, and below it `Thanks`.
"""
WHERE = rf"{UNIT}(?:\.?(?:\s*[,\n]\s*| - ){LINE}|\s+{POSTCODE}(?: {TOWN})?){{0,4}}"
BOUNDARY = r"(?:^|[^0-9A-Za-z£$€.,])"
CUE = (
    r"(?i:\b(?:live|lives|living|lived|reside|resides|residing|located|based|moved|move|moving|stay"
    r"|staying|deliver|delivered|ship|shipped|send|sent|mail|visit|come|office|home|house|registered"
    r")(?: [a-z]{1,10}){0,3} (?:at|to|in|on|from|is)"
    r"|\baddress(?: is| was| to| from|:)?(?: now)?)[: ]\s*"
)
"""What stands before an address whose street has no street word."""
FORMS = (
    rf"{INSIDE}{NUMBER},? (?:{NAME} ){{1,2}}{ENGLISH}\b\.?(?: (?:N|S|E|W|NE|NW|SE|SW)\b)?",
    rf"{NUMBER},? (?:(?:bis|ter),? )?{LED}",
    rf"{LED},? (?:n[.º°]? ?)?{NUMBER}\b",
    rf"(?:[{UPPER}][{LETTER}-]*{ENDINGS}|{NAME} {APART}) {NUMBER}\b",
    r"(?:P\.? ?O\.? ?Box|Post Office Box|Postfach|Apartado) [0-9]{1,6}\b",
    rf"{NUMBER},? {NAME}{UNIT}\s*[,\n]\s*{TOWN},?\s+(?:[A-Z]{{2,3}}\s+)?{POSTCODE}",
    rf"{NAME},? {NUMBER}(?:, ?|\s*\n\s*){POSTCODE}\s+{TOWN}",
    rf"{NAME},? {NUMBER}\.?[ \t]*\n[ \t]*{CODED}",
    rf"{NUMBER},? {NAME}[ \t]*\n[ \t]*{CODED}",
    rf"(?:{NAME} )?(?:Apt\.?|Apartment|Suite|Ste\.?|Flat) [0-9]{{1,4}}\s*\n\s*{TOWN}",
    r"(?:PSC|CMR|Unit|USN[SV]|USS|USCGC) [0-9A-Z][0-9A-Za-z]*,?(?: Box [0-9]{1,5})?,?\s"
    r"(?:APO|FPO|DPO) A[AEP]",
)
"""With a street word; a box; as a letter is addressed; military (USPS Publication 28, 238)."""
HOUSE = r"[0-9]{1,4}(?:[-/][0-9]{1,4})?[A-Pa-p]?"
CAPITAL = rf"[{UPPER}][{LETTER}'’-]*[{LOWER}]"
CALLED = rf"{CAPITAL}(?: {CAPITAL}){{0,3}}"
"""Number and name of a street without a street word."""
END = (
    r"(?:\s*(?:$|[,.;!?)\n])"
    r"| (?:last|next|since|on|in|at|and|for|from|with|by|until|this|today|tomorrow|yesterday)\b)"
)
"""What stands behind it, but no further word of a name."""
AT = r"(?i:\b(?:at|near|opposite|outside)[: ]\s*)"

DATE = (
    r"^(?:[0-9]{1,2}(?:st|nd|rd|th)?,? )?(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May"
    r"|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
)
YEAR_OR_VERSION = (
    r"^(?:[^0-9]*[ ,](?:19|20)[0-9]{2}|(?:Q|Windows|Android|Office|Chapter|Section|Table|Figure"
    r"|Part|Version|Level|Week|Day|Year|Grade|Phase|Step|Gate|Terminal|Platform|Covid|Formula"
    r"|Article)-? ?[0-9]+)$"
)


NO_ADDRESS = (
    r"^(?:[0-9]{1,2} [AaPp]\.?[Mm]\b|[0-9]Q\b)"
    r"|[0-9](?:st|nd|rd|th) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
)
"""Times of day, quarters of a year, days of a month."""


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    """Dates, years and versions stand where an address might, too."""
    value = pl.col("value")
    return matches.filter(
        ~value.str.contains(DATE),
        ~value.str.contains(YEAR_OR_VERSION),
        ~value.str.contains(r"^(?:No\.|[^\n]*[0-9],[0-9]{3}\b|[0-9]+[kKmM] )"),
        ~value.str.contains(NO_ADDRESS),
        ~pl.col("before").str.contains(r"(?i)\bno\.? ?$"),
    )


KIND = Kind(
    rank=50,
    hint=r"[0-9]",
    patterns=(
        *(Pattern(f"{form}{WHERE}", BOUNDARY) for form in FORMS),
        Pattern(rf"{CALLED},? {HOUSE}\b{WHERE}", CUE, END),
        Pattern(rf"{HOUSE},? {CALLED}{WHERE}", CUE, END),
        Pattern(rf"{HOUSE},? {CALLED}{WHERE}", AT, END),
    ),
    proved=_proved,
    structured=False,
)
