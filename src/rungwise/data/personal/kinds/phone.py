"""Telephone numbers: international (E.164), North American, national with a trunk 0, or by a cue.

A grouped number proves itself by its form; digits in a row need a cue such as `call`.
"""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.kind import Kind, Pattern

BOUNDARY = r"(?:^|[^0-9A-Za-z+.,/#£$€-])"
EXTENSION = r"(?: ?(?:x|ext\.?|extension) ?[0-9]{1,6})?"
GAP = r"[ ().\-/]{0,3}"
CUE = (
    r"(?i)\b(?:phone|tel|telephone|mobile|mob|cell|cellphone|call|calling|called|fax|whatsapp|sms"
    r"|txt|text|dial|ring|reach(?:ed|able)?|contact (?:me|us|no|number)|hotline"
    r"|handy|landline)\b[^0-9]{0,28}$"
)
OTHER_CUE = r"(?i)\bnumber(?: is| to|:)?[^0-9A-Za-z]{0,3}(?:at |on )?$"
OTHER_NUMBER = (
    r"(?i)\b(?:card|account|order|ref(?:erence)?|serial|tracking|customer|ticket|case|id|policy"
    r"|member(?:ship)?|routing|sort|vat|tax|passport|licen[cs]e|invoice|model|part|pin"
    r"|bestellung|bestellnummer|kundennummer|rechnung|auftrag|vertrag|commande|facture|client|dossier"
    r"|pedido|cliente|factura|ordine|fattura|encomenda|bestelling|zamówienie)\b[^0-9]{0,16}$"
)
NAMED_OTHERWISE = (
    r"(?i)(?:\b(?:order|ref(?:erence)?|serial|tracking|ticket|case|policy|invoice|contract|parcel"
    r"|shipment|model|part|bestellung|rechnung|auftrag|vertrag|sendung|commande|facture|dossier"
    r"|pedido|factura|ordine|fattura|encomenda|bestelling|zamówienie)"
    r"(?:[ -]?(?:number|no|nr|num|id|code))?"
    r"|\b(?:account|customer|client|member(?:ship)?)[ -]?(?:number|no|nr|num|id|code)"
    r"|(?:kunden|bestell|rechnungs|auftrags|vertrags|konto|sendungs|artikel|serien|vorgangs|ticket"
    r"|mitglieds)[ -]?(?:nummer|nr)"
    r"|\b(?:num[ée]ro|número|numero|nº|n°|nr|numer) (?:de |d['’]|di |do |da |del )?(?:la )?"
    r"(?:commande|facture|dossier|client|suivi|série|pedido|cliente|factura|seguimiento|serie|ordine|fattura"
    r"|encomenda|zamówienia|klienta)"
    r"|\b(?:bestel|klant|factuur|order)nummer)"
    r"[\s:#.=-]{0,3}(?:(?:is|was|ist|war|lautet|est|es|è|é):? ?)?$"
)
"""What a number is called directly before it: an order keeps its number however it is grouped."""
COUNTRIES = (
    r"^(?:1|20|21[1-368]|22|23|24|25|26|27|29[01789]|3[0-469]|35|37|38|4[013-9]|42|5[1-8]|50|59"
    r"|6[0-6]|67|68|69|7|8[1246]|80|850|85|86|88|870|878|88|9[0-58]|96|97|99)"
)
"""Country calling codes in use (ITU-T E.164, annex), by their first digits."""
DATE = (
    r"^(?:(?:19|20)[0-9]{2}[ ./-][0-9]{1,2}[ ./-][0-9]{1,2}"
    r"|[0-9]{1,2}[ ./-][0-9]{1,2}[ ./-](?:19|20)[0-9]{2})"
)
INTERNATIONAL = rf"(?:\+ ?\(?|00)[1-9](?:{GAP}[0-9]){{6,14}}{EXTENSION}"
AMERICAN = (
    r"(?:(?:\+|00)?1[ .\-]{0,2})?(?:\([0-9]{3}\)[ .\-]{0,2}|[0-9]{3}[ .\-])[0-9]{3}[ .\-][0-9]{4}"
    + EXTENSION
)
LIKE_SSN = r"^[0-9]{3}[-. ][0-9]{2}[-. ][0-9]{4}$"
NATIONAL = (
    r"(?:\(0(?:[- ]?[1-9][0-9]{0,4})?\)[ .\-]{0,2}|0[1-9][0-9]{0,4}[ .\-]|0-)[0-9]{2,8}"
    r"(?:[ .\-][0-9]{2,8}){0,5}" + EXTENSION
)
TRUNK = r"0[1-9][0-9]{8,9}"
AREA_SLASH = (
    r"(?:0[1-9][0-9]{0,4}(?:-[0-9]{1,2})?|\([0-9]{2,3}\)|[1-9][0-9]) ?/ ?"
    r"[0-9]{2,4}(?:[ -]?[0-9]{2,4}){1,3}"
)
AREA_APART = (
    r"(?:[0-9][ -]?)?\([0-9]{2,5}\) ?(?:[0-9]{5,9}|[0-9]{1,4}(?:[ -][0-9]{2,5}){1,3})"
    r"|[2-9][0-9]{2,3} [0-9]{6,7}|[0-9]{2} [0-9]{6}"
)
"""An area code in parentheses, a single digit before it in some countries; or long groups."""
LOCAL = r"[2-9][0-9]{2}[ -][0-9]{4}|[2-9][0-9]{3}-[0-9]{4}|[2-9][0-9]{2} [0-9]{2} [0-9]{2}"
CHINESE_MOBILE = r"1[3-9][0-9]{9}"
GROUPED = (
    r"(?:\([0-9]{1,4}\) ?[0-9]{3,5}[ -][0-9]{4}|[0-9]{2,5}(?: [0-9]{2,4}){1,4}"
    r"|[0-9]{2,5}(?:[.-][0-9]{2,4}){2,4}|[0-9]{2,3}[ -][0-9]{3,4}[ -][0-9]{2,4}(?:[ -][0-9]{2})?"
    r"|[0-9] [0-9]{3,4} [0-9]{2,4}[ -][0-9]{2}-[0-9]{2}|[0-9] [0-9]{2}(?: [0-9]{2}){3})"
)
NOT_GROUPED = (
    r"^(?:[0-9]{3,4}[ -](?:19|20)[0-9]{2}|[0-9]{2,4}00-[0-9]{2,4}00|[0-9]{1,2} [0-9]{3} [0-9]{3}"
    r"|[0-9]{2}(?:-[0-9]{2}){3}|(?:19|20)[0-9]{2}[ -][0-9]{4})$"
)
"""A year, or two; a range; millions written in thousands; numbers of a lottery."""
BRITISH_MOBILE = r"07[0-9]{9}"
BARE = rf"\(?[0-9](?:{GAP}[0-9]){{6,14}}{EXTENSION}"


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("value").str.replace(r"(?: ?(?:x|ext\.?|extension) ?[0-9]{1,6})$", "")
    digits = value.str.replace_all("[^0-9]", "")
    count = digits.str.len_chars()
    international = value.str.contains(r"^(?:\+|00)")
    number = digits.str.strip_prefix("00")
    known = number.str.contains(COUNTRIES) & number.str.len_chars().is_between(7, 15)
    whole_american = ~number.str.starts_with("1") | (number.str.len_chars() == 11)
    formed = value.str.contains(rf"^(?:{AMERICAN}|{BRITISH_MOBILE})$")
    national = value.str.contains(rf"^(?:{NATIONAL})$") & count.is_between(8, 13)
    national |= value.str.contains(rf"^(?:{AREA_SLASH}|{AREA_APART})$") & count.is_between(8, 12)
    grouped = value.str.contains(f"^(?:{GROUPED})$") & count.is_between(8, 12)
    grouped |= value.str.contains(f"^(?:{LOCAL})$")
    before = pl.col("before")
    other = before.str.contains(OTHER_NUMBER)
    grouped &= ~value.str.contains(NOT_GROUPED) & ~other
    national |= value.str.contains(rf"^(?:{TRUNK}|{CHINESE_MOBILE})$") & ~other
    cue = before.str.contains(CUE)
    cue |= before.str.contains(OTHER_CUE) & ~other
    cued = cue & count.is_between(7, 15)
    unclosed = value.str.contains(r"^\([^)]*$").cast(pl.Int64)
    return matches.filter(
        (international & known & whole_american)
        | (~international & (formed | national | grouped | cued)),
        value.str.starts_with("+") | ~before.str.contains(NAMED_OTHERWISE),
        ~value.str.contains(DATE),
        ~value.str.contains(LIKE_SSN),
        ~value.str.contains(r"^[0-9]{5} [0-9]{2}$"),
        ~pl.col("after").str.contains(r"^(?:[0-9A-Za-z%]|[.,:/-][0-9])"),
        digits.str.contains("[1-9].*[1-9]"),
    ).with_columns(start=pl.col("start") + unclosed)


KIND = Kind(
    rank=40,
    hint=r"[0-9](?:[ ().\-/]{0,3}[0-9]){6}",
    patterns=(
        Pattern(INTERNATIONAL, r"(?:^|[^0-9A-Za-z+.])"),
        Pattern(AMERICAN, BOUNDARY),
        Pattern(NATIONAL, BOUNDARY),
        Pattern(AREA_SLASH, BOUNDARY),
        Pattern(AREA_APART, BOUNDARY),
        Pattern(f"{TRUNK}|{CHINESE_MOBILE}|{BRITISH_MOBILE}", BOUNDARY),
        Pattern(GROUPED, BOUNDARY),
        Pattern(LOCAL, BOUNDARY),
        Pattern(BARE, BOUNDARY),
    ),
    proved=_proved,
)
