"""Postal addresses: a house number with a street word, a post box; with the town where it follows.

A street alone (`the shops in Oxford Street`) points at nobody, so a number is asked for. Street
words of English, German, Dutch, French, Spanish, Portuguese, Italian and the Nordic languages.
"""

from __future__ import annotations

from rungwise.data.personal.kind import LETTER, UPPER, Kind, Pattern, as_found

NUMBER = r"[0-9]{1,5}(?:[-/][0-9]{1,4})?[A-Za-z]?"
WORD = rf"(?:[{UPPER}][{LETTER}'’.-]*|[0-9]{1, 3}(?:st|nd|rd|th))"
SMALL = r"(?:de|du|des|del|della|di|da|do|dos|das|la|le|les|los|las|el|van|von|den|der|of|the|e|y)"
NAME = rf"{WORD}(?: (?:{SMALL} ){{0,2}}{WORD}){{0,4}}"
ENGLISH = (
    r"(?:Street|St|Avenue|Ave?|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl"
    r"|Square|Sq|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Close|Crescent|Cres|Grove|Gardens|Gdns|Row"
    r"|Walk|Mews|Circle|Cir|Trail|Trl|Alley|Pike|Turnpike|Quay|Hill|Park|Loop|Run|Ridge|Green"
    r"|Plaza|Path|Parade|Pde|Bypass|Causeway|Creek|Junction|View|Heights|Hollow|Landing|Manor"
    r"|Meadows?|Mill|Mount|Passage|Point|Rise|Route|Spring|Station|Track|Vale|Valley|Vista|Wharf)"
)
ROMANCE = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Cc]hemin|[Aa]ll[ée]e|[Ii]mpasse|[Qq]uai|[Rr]oute"
    r"|[Cc]ours|Calle|C/|Avenida|Avda?\.?|Plaza|Paseo|Carrera|Rua|R\.|Travessa|Pra[çc]a|Via|Viale"
    r"|Piazza|Corso|Largo|Vicolo|Strada)"
)
GERMANIC = (
    rf"[{UPPER}][{LETTER}-]*"
    r"(?:stra(?:ß|ss)e|str\.|weg|gasse|platz|allee|ring|damm|ufer|steig|straat|laan"
    r"|plein|gracht|kade|dreef|gatan|gata|vägen|vej|veien|vegen|gade|gaten|katu|tie|kuja)"
)
GERMANIC_APART = rf"{NAME} (?:Stra(?:ß|ss)e|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer)"
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

FORMS = (
    rf"{NUMBER},? (?:{NAME} ){{1,2}}{ENGLISH}\b\.?(?: (?:N|S|E|W|NE|NW|SE|SW)\b)?",
    rf"{NUMBER},? (?:(?:bis|ter),? )?{ROMANCE} (?:{SMALL} |[dl]['’]){{0,2}}{NAME}",
    rf"{ROMANCE} (?:{SMALL} |[dl]['’]){{0,2}}{NAME},? (?:n[.º°]? ?)?{NUMBER}\b",
    rf"(?:{GERMANIC}|{GERMANIC_APART}) {NUMBER}\b",
    r"(?:P\.? ?O\.? ?Box|Post Office Box|Postfach|Apartado|PSC) [0-9]{1,6}\b",
)

KIND = Kind(
    rank=50,
    hint=r"[0-9]",
    patterns=tuple(Pattern(f"{form}{WHERE}", BOUNDARY) for form in FORMS),
    proved=as_found,
    structured=False,
)
