"""Names of people, as far as rules go: after a title, after a cue, or behind a frequent given name.

Rules know no rare names without a cue, nothing in lower case, and few scripts without capitals;
the learnt reader reads the sentence. What is called a name here mostly is one.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

from rungwise.data.personal.kind import LETTER, LOWER, UPPER, Kind, Pattern
from rungwise.data.personal.matches import BEFORE

CAPITAL = rf"(?:[{UPPER}][{LETTER}'’]*[{LOWER}][{LETTER}'’]*(?:-[{UPPER}][{LETTER}'’]+)?)"
INITIAL = rf"(?:[{UPPER}]\.)"
PARTICLE = r"(?:de|du|del|della|di|da|dos|la|le|van|von|den|der|ter|ten|bin|ibn|al|el|y|zu)"
FOLLOWING = rf"(?: (?:{PARTICLE} ){{0,2}}(?:{CAPITAL}|{INITIAL})){{0,3}}"
SURNAMES = rf"(?: (?:{PARTICLE} ){{0,2}}{CAPITAL}){{1,3}}"
TWO = rf"{CAPITAL}(?: {INITIAL}){{0,2}}{SURNAMES}"
BOUNDARY = rf"(?:^|[^{LETTER}\p{{N}}_@#./-])"
FULL = rf"(?:{CAPITAL}|{INITIAL}){FOLLOWING}"
TITLE = (
    r"\b(?:Mr|Mrs|Ms|Mx|Miss|Mister|Dr|Doctor|Prof|Professor|Sir|Dame|Madame|Mme|Mlle|Monsieur|Herr"
    r"|Herrn|Frau|Señor(?:a|es|ita)?|señora?|Sra?|Doña|Doctora|doctora|Docteur|Maître|Signora?"
    r"|Mevrouw|Meneer|Pani|Pan|Captain|Capt|Sgt|Rev|(?:Herrn?|Frau) (?:Dr|Prof))\.? "
    r"|(?:^|[^.\p{L}])M\. "
)
STRONG = (
    r"(?i:\bmy (?:full |first |last )?name(?: is|['’]s|:)|\bname (?:is|on (?:the )?card is)"
    r"|\bname ?:|\b(?:i am|i['’]m) called|\bcall me|\bdear|\bsincerely,?|\bregards,?|\battn\.?:?"
    r"|\battention:|\bcardholder:?|\baccount holder:?|\bsigned,?:?"
    r"|\bmein name ist|\bich hei(?:ß|ss)e"
    r"|\b(?:freundlichen?|viele|liebe|beste) gr(?:ü|ue)(?:ß|ss)en?,?|\bje m['’]appelle"
    r"|\bmon nom est|\bcordialement,?|\bbien à vous,?"
    r"|\bsincères salutations,?"
    r"|\bme llamo|\bmi nombre es|\batentamente,?|\bun saludo,?|\bsaludos,?"
    r"|\bmi chiamo|\bcordiali saluti,?|\bmeu nome é|\bme chamo|\batenciosamente,?|\bmijn naam is"
    r"|\bik heet|\bmet vriendelijke groet(?:en)?,?|\bnazywam się|\bz poważaniem,?)\s{1,3}"
)
CLOSING = (
    r"(?i:\b(?:lg|vg|mfg|danke im voraus|(?:besten|vielen|herzlichen) dank"
    r"|merci (?:d['’]avance|beaucoup)|salutations(?: distinguées)?|amicalement|gracias de antemano"
    r"|muchas gracias|grazie mille|thanks in advance|kind regards|best wishes|cheers))"
    r"[,.!]?(?:<br ?/?>|</p><p>)?\s*\n\s*(?:> ?)?"
)
"""What ends a letter, with the name in the next line: not before words of the same line."""
WEAK = (
    r"(?i:\bi am|\bi['’]m|\bthis is|\bhi|\bhello|\bhey|\bthanks,?|\bthank you,?|\bcheers,?"
    r"|\bcontact|\bfrom|\bby|\bto|\bfor|\bwith|\bask|\bmet|\btell|\bcustomer|\bpatient|\bclient"
    r"|\bemployee|\bmanager|\bbest,?|\byours,?)\s{1,3}"
)
ROLE = (
    r"(?i:\b(?:my|his|her|our|their) (?:[a-z]{3,8} )?(?:son|daughter|wife|husband|friend|brother"
    r"|sister|colleague|neighbou?r|boss|partner|mother|father|aunt|uncle|cousin|doctor|teacher"
    r"|nurse|lawyer|tenant|landlord|assistant|boyfriend|girlfriend|fianc[ée]e?),?"
    r"|\b(?:man|woman|boy|girl|guy|lady|person|somebody|someone|agent|employee|customer|child)"
    r" named"
    r"|\bspeak(?:ing)? (?:to|with)|\bspoke (?:to|with)|\btalk(?:ed|ing)? (?:to|with)|\bmarried"
    r"|\bbelongs to|\bborn to|\bon behalf of|\bregistered to)\s{1,3}|\bin the name of\s{1,3}"
)
PERSON = (
    r"(?i:\bi am|\bi['’]m|\bthis is|\bhi|\bhello|\bhey|\bthanks,?|\bthank you,?|\bcheers,?"
    r"|\bask|\bmet|\btell|\bcontact|\bcustomer|\bpatient|\bclient|\bemployee|\bmanager|\bbest,?|\byours,?"
    r"|\bdear|\bregards,?|\bnamed?(?: is)?)\s{1,3}"
)
"""Before a person; after `to` or `from` a place is as likely."""
STATED = (
    r"(?:\b[Ii] am|\b[Ii]['’]m|\b[Tt]his is|(?i:\bhi|\bhello|\bhey),?|\b[Ii]ch bin|\b[Hh]ier ist"
    r"|\b[Jj]e suis|\b[Ii]ci|\b[Ss]oy|\b[Ss]ono|\b[Ii]k ben)\s{1,3}"
)
DOES = (
    r",? (?:lives|lived|resides|was born|works (?:at|as|for|in)|married|and I\b|aged? [0-9]"
    r"|[1-9][0-9],|is (?:my|his|her|our|their)\b|(?:called|phoned|emailed|texted) (?:me|us)\b)"
)
"""What only people do."""
AMBIGUOUS = (
    r"^(?:Bill|Florence|Georgia|Virginia|Victoria|Madison|Sofia|Chad|Milan|Regina|Lorraine|Charlotte|Dale"
    r"|America|Carolina|Frances|Paris|Per|Min|Leo|Li|Mei|Ming|Wei|Xin|Yang|Liu|Kai|Kim|Ross|Roy|Taylor|Kelly|Carol|Holly|Jean|Robin"
    r"|Sandy|Santiago|Diego|Jon|Christian|Rick|Rita|Rosa|Sam|Vera|Dan|Dirk|Ida|Marina|Nick)$"
)
"""Given names that alone are rather a place, a month or a word."""
COMPANY = (
    r"(?i)\b(?:inc|ltd|llc|plc|corp|corporation|group|bank|gmbh|ag|sons|co|company|university|college"
    r"|airport|hospital|hotel|stadium|park|street|road|avenue|foundation|institute|school|church"
    r"|motors?|airlines?|systems|store|stores|news|times|league|cup|county|city|islands?|river"
    r"|theat(?:re|er)s?|restaurants?|works|house|beach|reservation|square|garden|refuge|wildlife"
    r"|shore|arena|hall|library|museum|bridge|cent(?:re|er)|dome|shrine|monitor|industries|show"
    r"|open|classic|trophy|prize|award|festival|playlist|album|state|cos)$"
)
FIRMS = (
    r"^(?:Charles Schwab|Philip Morris|Sara Lee|Morgan Stanley|Merrill Lynch|Adam Opel|Calvin Klein"
    r"|Tommy Hilfiger|Eli Lilly|Ralph Lauren|Jack Daniel|Ben & Jerry|Harley Davidson|Louis Vuitton"
    r"|Mary Kay|Walt Disney|Tim Hortons|James Hardie|Pepper|Marie Curie|Peter Pan|Victoria['’]s)\b"
)
"""Firms and goods that bear the name of a person."""
NO_PART = (
    r"(?i)\b(?:about|this|that|please|not|for|my|your|with|without|is|are|was|to|in|on|at|of|a|the|it"
    r"|its|and|or|but|now|today|tomorrow|yesterday|says?|said|help|urgent|very|still|again|here"
    r"|there|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|january|february|april|june|july|august"
    r"|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday|u|ur|wins?|kills?|dies|seeks|named|total|matchups|soccer|football|bomb|new"
    r"|theat(?:re|er)|company|conservation|wildlife|national|mountain|memorial|stadium|university"
    r"|college|airport|hospital|hotel|restaurant|famous|voters|tech)\b|['’](?:ve|re|ll|m|d)\b"
)
"""Words that stand in no name, so the capitals around them are those of a heading."""
NO_PERSON_BEHIND = (
    r"(?i)\b(?:hurricane|storm|typhoon|san|sao|são|santa|saint|st\.?|code-?named|lake|mount|port|fort"
    r"|cape|north|south|east|west|northern|southern|new|queen|castle|point|playlist|song|album) $"
)
TITLE_OF_WORK = (
    r"(?:(?i:\b(?:rate|(?:show|series|song|painting|trailer|book|movie|film|game|saga|novel"
    r"|photograph|soundtrack|album|playlist)(?: (?:called|titled|named|of))?) (?:the )?)"
    r"|\bThe (?:[A-Z][a-z]+ ){1,2}[Oo]f )$"
)
"""Before a name that is rather part of a title."""
WORKS = (
    r"(?i)\b(?:movies?|films?|books?|novel|saga|trailer|tv|television|shows?|showing|playing|schedule"
    r"|showtimes|painting|photograph|video game|series|rate|rating|stars|points|find|search|read)\b"
)
"""Where titles are talked of, and `Mr. Chips` is one."""
PLACE_BEHIND = (
    r"(?i)\b(?:in(?: the)?|near|weather (?:is )?(?:like )?(?:for|at)|forecast (?:for|at|of)) $"
)
"""After one of these a name is rather a town's."""
LONE, CUED = rf"^{CAPITAL}$", rf"(?:{TITLE}|{STRONG}|{ROLE}|{WEAK})$"
COMPANY_BEHIND = (
    r"(?i)^(?:,? (?:inc|ltd|llc|plc|corp|group|bank|and sons|university|college)\b| ?&)"
)
NO_NAMES = (
    r"^(?i:dear|mr|mrs|ms|mx|miss|mister|dr|doctor|prof|professor|sir|sirs|madam"
    r"|team|all|customers?|subscribers?|members?|vouchers?|holders?|winners?|users?|sellers?"
    r"|buyers?|welcome|call|hero|good ?morning|good ?evening|support|service|everyone|everybody"
    r"|friends?|folks|colleagues?|manager|hr|bank|please|the|a|an|i|my"
    r"|your|this|that|not|from|to|in|on|of|and|or|hurricane|storm|typhoon|cyclone|ave"
    r"|me|us|him|her|them|be"
    r"|account|card|credit|debit|master|visa|apple|google|amazon|microsoft|facebook|samsung|paypal"
    r"|pay|new|old|north|south|east|west|saint|st|united|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|january|february|march|april|may|june|july|august|september|october"
    r"|november|december|sort|street|road|just|help|thanks|thank|hello|hi|regards|best|kind|sent"
    r"|what|why|how|when|where|who|is|are|was|can|could|would|do|does|we|you|it|here|there|one)$"
)


@cache
def given_names() -> tuple[str, ...]:
    """Frequent given names of many countries; those that are also English words are left out."""
    listed = files("rungwise.data.personal").joinpath("given_names.txt")
    return tuple(listed.read_text(encoding="utf-8").split())


GIVEN = "(?:" + "|".join(sorted(given_names(), key=len, reverse=True)) + ")"


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    """Not where a word is none of a name, or a company or a place bears it; without `'s`."""
    first = pl.col("value").str.extract(rf"^([{LETTER}]+)")
    possessive = pl.col("value").str.extract(r"(['’]s)$").str.len_chars().fill_null(0)
    return matches.filter(
        ~first.fill_null("").str.contains(NO_NAMES),
        ~pl.col("value").str.contains(AMBIGUOUS) | pl.col("before").str.contains(f"{PERSON}$"),
        ~pl.col("value").str.contains(FIRMS),
        ~pl.col("value").str.contains(COMPANY),
        ~pl.col("value").str.contains(NO_PART),
        ~pl.col("before").str.contains(NO_PERSON_BEHIND),
        ~pl.col("before").str.contains(PLACE_BEHIND),
        ~pl.col("before").str.contains(TITLE_OF_WORK),
        pl.col("value").str.contains(" ") | ~pl.col("after").str.contains(r"^, [A-Z]{2}\b"),
        ~pl.col("after").str.contains(COMPANY_BEHIND),
    ).with_columns(end=pl.col("end") - possessive.cast(pl.Int64))


def without_lone(spans: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """Leave out single names without a cue, or in talk of works: of a storm, a town, a film.

    Args:
        spans: Columns of `detect.SCHEMA`.
        texts: The raw cells that `row` counts.
    """
    text, begin = pl.col("text"), pl.max_horizontal(pl.col("start") - BEFORE, 0)
    value = text.str.slice(pl.col("start"), pl.col("end") - pl.col("start"))
    before = text.str.slice(begin, pl.col("start") - begin)
    cued = before.str.contains(CUED) & ~text.str.contains(WORKS)
    lone = (pl.col("kind") == "name") & value.str.contains(LONE) & ~cued
    with_texts = spans.with_columns(texts.gather(spans["row"]).alias("text"))
    return with_texts.filter(~lone).drop("text")


KIND = Kind(
    rank=60,
    hint=rf"[{UPPER}][{LETTER}]*[{LOWER}.]",
    patterns=(
        Pattern(FULL, TITLE),
        Pattern(FULL, STRONG),
        Pattern(TWO, CLOSING),
        Pattern(FULL, ROLE),
        Pattern(TWO, STATED),
        Pattern(TWO, BOUNDARY, DOES),
        Pattern(rf"{GIVEN}(?:-{CAPITAL})?\b(?: {INITIAL}){{0,2}}{FOLLOWING}", BOUNDARY),
    ),
    proved=_proved,
    structured=False,
)
