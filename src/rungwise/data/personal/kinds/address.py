"""Postal addresses: a house number with a street word, a post box; with the town where it follows.

A street alone (`the shops in Oxford Street`) points at nobody, so a number is asked for. Street
words are those of `street_words`; after a cue such as `live at` a capital and a number will do.
"""

from __future__ import annotations

from rungwise.data.personal.kind import LETTER, UPPER, Kind, Pattern, as_found
from rungwise.data.personal.street_words import APART, ENDINGS, ENGLISH, LEADING

NUMBER = r"[0-9]{1,5}(?:[-/][0-9]{1,4})?[A-Za-z]?"
WORD = rf"(?:[{UPPER}][{LETTER}'’.-]*|[0-9]{{1,3}}(?:st|nd|rd|th))"
SMALL = r"(?:de|du|des|del|della|di|da|do|dos|das|la|le|les|los|las|el|van|von|den|der|of|the|e|y)"
NAME = rf"{WORD}(?: (?:{SMALL} ){{0,2}}{WORD}){{0,4}}"
LED = rf"{LEADING} (?:{SMALL} |[dl]['’]){{0,2}}{NAME}"
UNIT = (
    r"(?:,?\s{0,2}(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|Rm|Bldg|Building|Office)\b\.?"
    r" ?#?[0-9A-Za-z-]{1,6}|#\s?[0-9A-Za-z-]{1,6}))?"
)
PLACE = rf"(?:(?:St|Ste|Ft|Mt)\. )?[{UPPER}][{LETTER}'’-]*\b"
TOWN = rf"{PLACE}(?: (?:{SMALL} )?{PLACE}){{0,3}}"
POSTCODE = (
    r"(?:[0-9]{5}(?:-[0-9]{4})?|[0-9]{4} ?[A-Z]{2}|[0-9]{4}|[0-9]{3} ?[0-9]{2}|[0-9]{5}-[0-9]{3}"
    r"|[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])"
)
AFTERWARDS = (
    rf"(?:\s*[,\n]\s*{UNIT}{TOWN}(?:,? [A-Z]{{2,3}}\b)?(?:,?\s{{1,2}}{POSTCODE}\b)?"
    rf"|\s*,\s*{POSTCODE} {TOWN}|\s+{POSTCODE}\b(?: {TOWN})?)"
)
WHERE = rf"{UNIT}{AFTERWARDS}{{0,3}}"
BOUNDARY = r"(?:^|[^0-9A-Za-z£$€.])"
CUE = (
    r"(?i:\b(?:live|lives|living|lived|reside|resides|residing|located|based|moved|move|moving|stay"
    r"|staying|deliver|delivered|ship|shipped|send|sent|mail|visit|come|office|home|house|registered"
    r")(?: [a-z]{1,10}){0,3} (?:at|to|in|on|from|is)"
    r"|\baddress(?: is| was| to| from|:)?(?: now)?)[: ]\s*"
)
"""What stands before an address whose street has no street word."""
FORMS = (
    rf"{NUMBER},? (?:{NAME} ){{1,2}}{ENGLISH}\b\.?(?: (?:N|S|E|W|NE|NW|SE|SW)\b)?",
    rf"{NUMBER},? (?:(?:bis|ter),? )?{LED}",
    rf"{LED},? (?:n[.º°]? ?)?{NUMBER}\b",
    rf"(?:[{UPPER}][{LETTER}-]*{ENDINGS}|{NAME} {APART}) {NUMBER}\b",
    r"(?:P\.? ?O\.? ?Box|Post Office Box|Postfach|Apartado) [0-9]{1,6}\b",
    rf"{NUMBER},? {NAME}{UNIT}\s*[,\n]\s*{TOWN},?\s+(?:[A-Z]{{2,3}}\s+)?{POSTCODE}\b",
    rf"{NAME},? {NUMBER}\s*[,\n]\s*{POSTCODE}\s+{TOWN}",
    r"(?:PSC|CMR|Unit|USN[SV]|USS|USCGC) [0-9A-Z][0-9A-Za-z]*,?(?: Box [0-9]{1,5})?,?\s"
    r"(?:APO|FPO|DPO) A[AEP]",
)
"""With a street word; a box; as a letter is addressed; military (USPS Publication 28, 238)."""
CUED = (rf"{NAME},? {NUMBER}\b", rf"{NUMBER},? {NAME}")

KIND = Kind(
    rank=50,
    hint=r"[0-9]",
    patterns=(
        *(Pattern(f"{form}{WHERE}", BOUNDARY) for form in FORMS),
        *(Pattern(f"{form}{WHERE}", CUE) for form in CUED),
    ),
    proved=as_found,
    structured=False,
)
