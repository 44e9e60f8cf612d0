"""Names and addresses by rules, redaction, hostile cells, and overlaps."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rungwise.data.personal.detect import SCHEMA, detect, known
from rungwise.data.personal.overlaps import without_overlaps
from rungwise.data.personal.redact import redacted, redacted_line

ADDRESSES = {
    "I live at {}": "221B Baker Street, London NW1 6XE",
    "Send it to {}, please": "1600 Amphitheatre Parkway, Apt 4, Mountain View, CA 94043",
    "Wir wohnen {} im Hof": "Hauptstraße 12, 10115 Berlin",
    "Mon adresse: {}": "12 rue de la Paix, 75002 Paris",
    "Vivo en {}": "Calle Mayor 5, 28013 Madrid",
    "write to {} now": "P.O. Box 1234",
    "Spedire a {}": "Via Garibaldi 104\n26030-Tornata CR",
    "Adres: {}": "ul. Marszałkowska 12/4\n00-590 Warszawa",
    "Ich ziehe nach {} um": "Bahnhofstrasse 1\nCH-8001 Zürich",
    "Suomessa {}": "Mannerheimintie 5 A 3, 00100 Helsinki",
    "I moved to {} last week": "Na Příkopě 22",
}
NAMES = {
    "my name is {} and I am late": "Oluwaseun Adeyemi",
    "Dear Mr. {}, we regret": "Okonkwo",
    "I met {} yesterday": "Maria de la Cruz",
    "Regards,\n{}": "Wei Zhang",
    "my wife {} will come": "Chioma",
    "{} lives next door": "Amara Nwosu",
    "{}'s card was declined": "John Smith",
    "Guten Tag, mein Name ist {} und ich warte": "Nkechi Okonkwo",
    "Sehr geehrter Herr {}, vielen Dank": "Özdemir",
    "Mit freundlichen Grüßen\n{}": "Anneliese Krüger",
    "Bonjour, je m'appelle {}.": "Fatoumata Diallo",
    "Chère Mme {}, merci": "Lefèvre",
    "Hola, me llamo {} y espero": "Itziar Goikoetxea",
    "Atentamente, {}": "Begoña Larrañaga",
    "Buongiorno, mi chiamo {}.": "Ornella Fabbri",
}
NOBODY = [
    "I shop in Oxford Street every day", "The meeting is on 12 May in Paris",
    "Dear customer support",
    "Why was Apple Pay declined at Tesco?", "I am Still Waiting For My Card", "12 Angry Men",
    "It was delivered on 12 May", "We moved in January 2020", "I live in Windows 10 all day",
    "Hurricane Ivan came", "I flew to San Diego", "Morgan Stanley Group", "Is Florence far?",
    "My top-up of 20 Pounds has not arrived", "Dear Sir or Madam", "hello Team",
    "Guten Tag, wo finde ich die Einstellungen?", "Freundliche Grüße aus Hamburg", "Bonjour",
    "Meine Bestellung 2026-5085 fehlt", "Mon numéro de client est le 4711-0815",
    "Mi pedido 2026-5085 no ha llegado", "Buongiorno", "Goedemiddag", "Dzień dobry", "Bom dia",
    "@AmericanAir thanks", "so #Jonathan", "what is 1785 minus 334 minus 87", "http://t.co/A1b2C3",
    "The numbers drawn were 10-18-19-22", "It starts at 10 AM", "Sales rose in 3Q, Year to Date",
    "add it to my playlist named Jazz Vibes", "weather in South Carolina", "Dear Subscriber",
    "Dear Voucher Holder", "version 2.10.3 of 2026-11-30", "ssh root@build-7 fails",
    "def handle(user): return user.name", "WHERE IS MY ORDER", "txt STOP to 86688 More info",
    "Charles Schwab and Sara Lee fell", "My order 5512\n\nPlease cancel it", "Error 404\nNot Found",
    "Please cancel Order 12345\nThanks", "Es geht um Bestellung 4711\n\nMit freundlichen Grüßen",
    "Chapter 3\nThe end", "Commande 4711\n\nCordialement,", "5 Stars\nGreat",
    "Room 12\nPlease clean",
    "Fehler 36\nBitte helfen Sie", "26 Items\nFound it"
]  # fmt: skip


def values(texts: list[str], kind: str) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in texts]
    for row, start, end, name in detect(pl.Series(texts)).iter_rows():
        if name == kind:
            found[row].append(texts[row][start:end])
    return found


def test_addresses_are_found_with_their_town() -> None:
    texts = [around.format(address) for around, address in ADDRESSES.items()]
    assert values(texts, "address") == [[address] for address in ADDRESSES.values()]


def test_names_are_found_after_a_cue_or_behind_a_given_name() -> None:
    texts = [around.format(name) for around, name in NAMES.items()]
    assert values(texts, "name") == [[name] for name in NAMES.values()]


def test_capital_letters_alone_are_nobody() -> None:
    assert detect(pl.Series(NOBODY)).rows() == []


# ── redaction ────────────────────────────────────────────────────────────────────────────
def test_redaction_replaces_values_and_nothing_else() -> None:
    texts = pl.Series(
        "input", ["mail a@b.org, call +1 650 253 0000!", None, "", "plain", "8.8.8.8"]
    )
    expected = ["mail <EMAIL>, call <PHONE>!", None, "", "plain", "<IP>"]
    assert redacted(texts).to_list() == expected
    assert redacted(texts).name == "input"
    assert redacted(texts, only=["ip"]).to_list() == [*texts[:4], "<IP>"]
    assert redacted_line("no value here") == "no value here"


def test_redaction_takes_the_spans_that_are_known_already() -> None:
    texts = pl.Series(["the secret word is xyzzy"])
    spans = pl.DataFrame([(0, 19, 24, "secret")], SCHEMA, orient="row")
    assert redacted(texts, spans).to_list() == ["the secret word is <SECRET>"]


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8"), max_size=20), st.booleans()),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_whatever_stands_around_it_a_card_is_replaced_in_place(
    rows: list[tuple[str, bool]],
) -> None:
    cells = [f"{text} 4111111111111111 " if planted else text for text, planted in rows]
    clean = redacted(pl.Series(cells), only=["card"])
    for (text, planted), cell in zip(rows, clean, strict=True):
        assert cell == (f"{text} <CARD> " if planted else text)


# ── hostile cells ────────────────────────────────────────────────────────────────────────
def test_hidden_and_foreign_characters_do_not_hide_a_value() -> None:
    """Zero-width and direction marks inside, full-width and Arabic-Indic digits, other dashes."""
    texts = [
        "to jo\u200bhn@exam\u2060ple.com!", "\u202e4111111111111111\u202c",
        "４１１１ １１１１ １１１１ １１１１", "٤١١١١١١١١١١١١١١١", "536\u201122\u20111234",
        "\u00ad8.8.8.8",
    ]  # fmt: skip
    shown = [
        "to <EMAIL>!", "\u202e<CARD>\u202c", "<CARD>", "<CARD>", "<SSN>", "\u00ad<IP>",
    ]  # fmt: skip
    assert redacted(pl.Series(texts)).to_list() == shown


def test_what_would_choke_a_backtracking_engine_ends() -> None:
    size = 1_000_000
    cells = [
        "a" * size, "1" * size, "1 " * (size // 2), "@" * size, "a@" * (size // 2), "." * size,
        "0" * 40 + "-", ":" * 1000, "\0" * 9 + "x@y.org", "\ufdd0\ufdd1 x@y.org", "\ufffe",
        "Mr " * 999,
        "1 A " * 999,
    ]  # fmt: skip
    found = detect(pl.Series(cells))
    assert found.filter(pl.col("kind") == "email").rows() == [
        (8, 9, 16, "email"),
        (9, 3, 10, "email"),
    ]


def test_many_copies_and_no_rows() -> None:
    assert len(detect(pl.Series(["x@y.org"] * 5000))) == 5000
    assert detect(pl.Series([], dtype=pl.String)).schema == SCHEMA
    assert detect(pl.Series([None, None], dtype=pl.String)).is_empty()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 12),
            st.integers(1, 5),
            st.sampled_from(sorted(known())),
        ),
        max_size=15,
    )
)
def test_of_overlapping_spans_the_best_stands(drawn: list[tuple[int, int, int, str]]) -> None:
    """Against the definition, span by span: the best first, then what overlaps none kept."""
    ranks = {name: kind.rank for name, kind in known().items()}
    spans = [(row, start, start + size, kind) for row, start, size, kind in drawn]
    kept: list[tuple[int, int, int, str]] = []
    for span in sorted(set(spans), key=lambda s: (s[0], ranks[s[3]], s[1] - s[2], s[1])):
        if all(span[0] != k[0] or span[2] <= k[1] or span[1] >= k[2] for k in kept):
            kept.append(span)
    frame = pl.DataFrame(spans, SCHEMA, orient="row")
    assert without_overlaps(frame, ranks).rows() == sorted(kept)
