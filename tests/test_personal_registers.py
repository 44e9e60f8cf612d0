"""Where the learnt reader may look: the language and the register that it was measured on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.data_made import frame, reading, task
from tests.test_every_audit import context_of
from tests.test_personal_learnt import Said, spans

from rungwise.audits.personal import Personal
from rungwise.data.personal import measured
from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.measured import MESSAGES, OTHER, text_kinds
from rungwise.data.personal.reading import Reading

ENGLISH = (
    "Hello, I would like to change the address of my account",
    "My parcel has not arrived and nobody answers me",
    "Can you tell me when we get our money back?",
    "I cannot log in",
)
GERMAN = (
    "Guten Tag, wo finde ich die Einstellungen für mein Konto?",
    "Mein Paket ist seit einer Woche unterwegs und nicht angekommen",
    "Wann bekomme ich mein Geld zurück?",
    "Guten Tag",
)
FRENCH = (
    "Bonjour, je voudrais changer l'adresse de mon compte",
    "Mon colis n'est pas arrivé et personne ne répond",
    "Quand serai-je remboursé pour ma commande ?",
    "Bonjour",
)
POSTS = (
    "@AmericanAir my flight is late again and nobody tells us why",
    "@united you lost our bags #fail",
    "@JetBlue thanks for getting me home on time",
    "I love this airline so much http://t.co/A1b2C3d4E5",
)
QUESTIONS = (
    "What is acid rain?",
    "What does moxie mean?",
    "Which river runs through the capital of Egypt?",
    "How many moons does the planet Jupiter have?",
)
NEWS = (
    "Shares of the oil company fell sharply after the report",
    "The court has ordered the airline to pay a fine",
    "Officials said the storm had destroyed several bridges",
    "The champion won the final in three sets",
)
CHAT = (
    "u there? txt me wen ur home lol",
    "i wanna go out 2nite, pls call me b4 8",
    "thx for ur msg, luv u",
    "dont tell my mum lol",
)


def many(texts: tuple[str, ...], count: int = 200) -> pl.Series:
    return pl.Series("input", [texts[n % len(texts)] for n in range(count)])


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (ENGLISH, MESSAGES),
        (GERMAN, "German"),
        (FRENCH, "French"),
        (POSTS, measured.POSTS),
        (QUESTIONS, OTHER),
        (NEWS, OTHER),
        (("Dzień dobry, gdzie jest moja paczka?", "Nie mogę zalogować się na konto"), "Polish"),
        (("Buenos días, no encuentro mi pedido", "¿Cuándo recibiré mi dinero?"), "Spanish"),
        (("Buongiorno, dov'è il mio pacco?", "Non riesco ad accedere al mio conto"), "Italian"),
        (("Bom dia, onde está a minha encomenda?", "Não consigo entrar na minha conta"),
         "Portuguese"),
        (("Goedemiddag, waar blijft mijn pakket?", "Ik kan niet inloggen op mijn rekening"),
         "Dutch"),
    ],
)  # fmt: skip
def test_short_texts_are_of_the_kind_of_the_others(texts: tuple[str, ...], kind: str) -> None:
    told = text_kinds(many(texts))
    assert set(told.of_row) == {kind}
    assert bool(told.left_out) == (kind != MESSAGES)


def test_chats_are_none_of_them_whatever_language_they_seem_to_be_in() -> None:
    told = text_kinds(many(CHAT))
    assert told.left_out and not told.readable.any()


def test_two_languages_are_told_apart_row_by_row() -> None:
    told = text_kinds(pl.concat([many(ENGLISH), many(GERMAN, 60)]))
    assert set(told.of_row.head(200)) == {MESSAGES}
    assert set(told.of_row.tail(60)) == {"German"}
    assert told.left_out == "60 are in German"


def test_no_texts_and_texts_without_letters_are_of_no_kind() -> None:
    assert len(text_kinds(pl.Series("input", [], dtype=pl.String)).of_row) == 0
    told = text_kinds(pl.Series("input", ["12", None, "??"]))
    assert not told.readable.any()


def audited(folder: Path, texts: pl.Series) -> tuple[dict[str, Any], list[int]]:
    """Findings by code with a reader that takes every row for a name, and rows it was given."""
    content = [(text, "ab"[n % 2]) for n, text in enumerate(texts)]
    given: list[int] = []

    def floods(asked: pl.Series) -> Reading:
        given.append(len(asked))
        rows = [(row, 0, 5, "name") for row in range(len(asked))]
        return Reading(pl.DataFrame(rows, SCHEMA, orient="row"), ())

    context = context_of(folder, task(), reading(source=frame(content)))
    said = Said()
    context = replace(context, progress=said, people=floods)
    return {one.code: one for one in Personal().examine(context)}, given


@pytest.mark.parametrize("texts", [GERMAN, FRENCH, POSTS, QUESTIONS, NEWS, CHAT])
def test_elsewhere_rules_look_alone_and_it_stays_on_record(
    tmp_path: Path, texts: tuple[str, ...]
) -> None:
    numbered = pl.Series([f"{text} {n}" for n, text in enumerate(many(texts, 80))])
    found, given = audited(tmp_path, numbered)
    assert given == []
    assert list(found) == ["personal.rules_alone"]
    alone = found["personal.rules_alone"]
    assert (alone.severity, alone.count) == ("info", 80)
    assert "of 80 rows" in alone.title


def test_messages_are_read_and_rows_of_the_other_language_are_not(tmp_path: Path) -> None:
    both = [f"{text} {n}" for n, text in enumerate([*many(ENGLISH, 80), *many(GERMAN, 40)])]
    found, given = audited(tmp_path, pl.Series(both))
    assert given == [80]
    assert found["personal.name"].count == 80
    assert found["personal.rules_alone"].count == 40
    english = {str(n) for n in range(1, 81)}
    assert {row.id for row in found["personal.name"].rows} <= english


def test_a_finding_says_how_often_its_like_was_right_or_that_nobody_knows(tmp_path: Path) -> None:
    polish = ("Dzień dobry, mój numer to +48 601 234 567", "Proszę o telefon +48 601 765 432")
    found, _ = audited(
        tmp_path, pl.Series([f"{t}, sprawa {n}" for n, t in enumerate(many(polish, 60))])
    )
    phone = found["personal.phone"]
    assert phone.numbers["precision"] is None and "not measured in Polish" in phone.advice


def test_precision_is_said_of_the_rows_that_it_was_measured_for(tmp_path: Path) -> None:
    polish = ("Dzień dobry, proszę o szybką odpowiedź na adres",)
    french = ("Bonjour, je voudrais recevoir ma facture à cette adresse",)
    mails = [*many(GERMAN, 60), *many(french, 30), *many(polish, 10)]
    found, _ = audited(tmp_path, pl.Series([f"{t} x{n}@example.org" for n, t in enumerate(mails)]))
    email = found["personal.email"]
    assert "In German 80 of 80 such rows were right when they were measured (60 of" in email.advice
    assert "in French 80 of 80 such rows were right when they were measured (30 of" in email.advice
    assert "for the other 10 it was not measured" in email.advice
    assert (email.numbers["texts"], email.numbers["texts_rows"]) == ("German", 60)
    assert "`rungwise curate --accept personal.email=redact`" in email.advice

    alone, _ = audited(
        tmp_path, pl.Series([f"{t} x{n}@example.org" for n, t in enumerate(many(GERMAN, 60))])
    )
    advice = alone["personal.email"].advice
    assert "In German 80 of 80 such rows were right when they were measured. `--show`" in advice


def test_precision_in_posts_is_not_that_of_chats(tmp_path: Path) -> None:
    """Names in posts were right in 148 of 200 rows, in text messages in 86 of 88."""
    names = [f"{text}, thanks Dr. Adichie {n}" for n, text in enumerate(many(POSTS, 60))]
    posts, _ = audited(tmp_path, pl.Series(names))
    assert "In English posts 148 of 200 such rows were right" in posts["personal.name"].advice
    names = [f"{text}, thanks Dr. Adichie {n}" for n, text in enumerate(many(CHAT, 60))]
    chats, _ = audited(tmp_path, pl.Series(names))
    assert "In English chats 86 of 88 such rows were right" in chats["personal.name"].advice


@pytest.mark.parametrize(
    ("text", "pieces", "kinds"),
    [
        ("what is 1785 minus 334 minus 87", ["1785", "minus", "334", "minus", "87"], ["phone"] * 5),
        ("2500 divided by 12000", ["2500", "divided", "by", "12000"], ["phone"] * 4),
        ("ask @AmericanAir now", ["@", "AmericanAir"], [None, "name"]),
        ("so #Jonathan", ["#", "Jonathan"], [None, "name"]),
        ("see http://t.co/A1b2 now", ["t", ".", "co", "/", "A1b2"], ["address"] * 5),
        ("see bit.ly/JohnSmith now", ["JohnSmith"], ["name"]),
        ("at www.janedoe.com it is", ["janedoe"], ["name"]),
        ("run root@host now", ["root", "@", "host"], ["name"] * 3),
        ("code A1B2C3D4 here", ["A1B2C3D4"], ["address"]),
        ("my PIN and SEPA", ["PIN", "and", "SEPA"], ["name", None, "name"]),
    ],
)
def test_what_the_form_of_a_value_speaks_against_is_dropped(
    text: str, pieces: list[str], kinds: list[str | None]
) -> None:
    assert spans(text, pieces, kinds) == []


def test_of_very_many_rows_a_sample_speaks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million rows one by one would take a minute; several languages are then not told apart."""
    monkeypatch.setattr(measured, "MOST", 150)
    monkeypatch.setattr(measured, "READ", 100)
    assert set(text_kinds(many(ENGLISH)).of_row) == {MESSAGES}
    assert text_kinds(many(ENGLISH)).left_out == ""
    german = text_kinds(many(GERMAN))
    assert set(german.of_row) == {"German"} and german.left_out == "of 100 rows 100 are in German"
    both = text_kinds(pl.concat([many(ENGLISH), many(GERMAN)]))
    assert len(both.of_row) == 400 and not both.readable.any() and both.left_out
