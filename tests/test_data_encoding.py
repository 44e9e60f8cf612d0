"""Encodings: found, said aloud, and a few damaged bytes do not change how the rest is read."""

from __future__ import annotations

import codecs
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sentences_by_language import ENCODINGS, SENTENCES, WIDE

from rungwise.data.encoding import Decoded, decode
from rungwise.errors import DataError

ASCII = "".join(f"row number {number},a\n" for number in range(300)).encode()
FRENCH = "Où est ma carte? Pas arrivée, déjà reçu,a\nÇa marche très bien,b\nC’est réglé,a\n"
RUSSIAN = "Где моя карта? Она не пришла,a\nСпасибо за помощь,b\nКогда придёт перевод,a\n"
POLISH = "Gdzie jest karta? Nie dotarła przesyłka,a\nDziękuję za pomoc,b\nProszę o odpowiedź,a\n"
JAPANESE = (
    "カードが届きません。どうすればいいですか,a\nありがとうございます,b\n振込はいつですか,a\n"
)
CHINESE = "我的卡还没有到,a\n谢谢你的帮助,b\n转账什么时候到账,a\n联通,b\n"


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_utf8_is_itself_and_goes_without_saying(text: str) -> None:
    content = text.encode()
    if not content.startswith((codecs.BOM_UTF8,)) and content[:64].count(0) == 0:
        assert decode(content, "a.csv").content == content
        assert decode(content, "a.csv").assumption is None


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8-sig", "UTF-8 by its first bytes"),
        ("utf-16", "UTF-16-LE by its first bytes"),
        ("utf-32", "UTF-32-LE by its first bytes"),
        ("utf-16-le", "read as UTF-16-LE"),
        ("utf-16-be", "read as UTF-16-BE"),
        ("utf-32-le", "read as UTF-32-LE"),
        ("utf-32-be", "read as UTF-32-BE"),
    ],
)
def test_wide_and_marked_encodings(encoding: str, said: str) -> None:
    found = decode(FRENCH.encode(encoding), "a.csv")
    assert found.content.decode() == FRENCH
    assert found.marker is None
    assert found.assumption is not None and said in found.assumption


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "cp1252"),
        (FRENCH.replace("’", "'"), "latin-1"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (POLISH, "cp1250"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (CHINESE, "gbk"),
    ],
)
@pytest.mark.parametrize("times", [1, 20])
def test_legacy_encodings_are_transcoded_and_said(text: str, encoding: str, times: int) -> None:
    found = decode((text * times).encode(encoding), "a.csv")
    assert found.content.decode() == text * times
    assert found.assumption is not None and "not UTF-8" in found.assumption


@pytest.mark.parametrize("row", ["café au lait", "it’s fine", "I paid £20", "„Größe“"])
def test_one_western_row_among_plain_ones_is_text(row: str) -> None:
    found = decode(ASCII + f"{row},b\n".encode("cp1252"), "a.csv")
    assert row in found.content.decode()
    assert found.assumption == "a.csv is not UTF-8; it is read as cp1252"


UTF8 = "voilà,a\n".encode() + ASCII


@pytest.mark.parametrize(
    ("rest", "row"),
    [
        (ASCII, b"bad \xff\xfe row,b\n"),
        (ASCII, b"bad\xffrow,b\n"),
        (ASCII, b"\x80\x81\x82,b\n"),
        (b"text,label\nok,a\n", b"\xff\xfe\xfa,b\n"),
        (UTF8, b"bad \xff\xfe row,b\n"),
        (UTF8, b"caf\xe9,b\nna\xefve,a\n"),
        (ASCII, b"caf\xc3 x,b\n"),
        (ASCII, b"price 5 \xe2\x82,b\n"),
        (ASCII, b"it\xe2\x80s,b\n"),
        (ASCII, b"smile \xf0\x9f\x98 now,b\n"),
    ],
)
def test_damaged_bytes_are_marked_where_they_stand(rest: bytes, row: bytes) -> None:
    found = decode(rest + row, "a.csv")
    assert found.marker is not None
    assert found.assumption == "a.csv is read as UTF-8 although some bytes are not"
    lines = found.content.decode().split("\n")
    marked = [number for number, line in enumerate(lines) if found.marker in line]
    assert marked == list(range(len(lines) - 1 - row.count(b"\n"), len(lines) - 1))


def test_the_marker_is_no_character_of_the_file() -> None:
    found = decode("\ufdd0 and \ufffd, voilà\n".encode() + b"bad \xff\n", "a.csv")
    assert found.marker == "\ufdd1"
    assert found.content.decode() == "\ufdd0 and \ufffd, voilà\nbad \ufdd1\n"


def test_a_picture_is_no_text() -> None:
    picture = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 50
    with pytest.raises(DataError, match=r"a\.csv is not a text file\. Give CSV"):
        decode(picture, "a.csv")


def rows_of(language: str, times: int = 1) -> str:
    rows = [f'"{text}",{"ab"[place % 2]}' for place, text in enumerate(SENTENCES[language])]
    return "\n".join(["text,label", *rows * times, ""])


MATRIX = [(language, each) for language, encodings in ENCODINGS.items() for each in encodings]


@pytest.mark.parametrize(("language", "encoding"), MATRIX)
def test_six_sentences_are_enough_to_tell_an_encoding(language: str, encoding: str) -> None:
    text = rows_of(language)
    found = decode(text.encode(encoding), "a.csv")
    assert found.content.decode() == text
    assert found.marker is None
    assert found.assumption is not None and "it is read as" in found.assumption.replace(
        "a.csv is read", "it is read"
    )


@pytest.mark.parametrize(("language", "encoding"), MATRIX)
def test_one_sentence_is_read_right_or_asked_about(language: str, encoding: str) -> None:
    for sentence in SENTENCES[language][:2]:
        text = f"text,label\n{sentence},a\n"
        try:
            found = decode(text.encode(encoding), "a.csv")
        except DataError as asked:
            named = re.findall(r"(\w+) reads", str(asked))
            assert text in [text.encode(encoding).decode(one, "replace") for one in named]
        else:
            assert found.content.decode() == text


def test_encodings_of_portuguese_and_ukrainian_dos() -> None:
    portuguese = "Não consigo entrar na minha conta, a senha não funciona.,a\n"
    ukrainian = "Не можу увійти: її пароль не підходить, поверніть гроші.,b\n"
    for rows, encoding in ((portuguese, "cp860"), (ukrainian, "cp1125")):
        text = f"text,label\n{rows * 3}"
        assert decode(text.encode(encoding), "a.csv").content.decode() == text


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("language", list(SENTENCES))
def test_unicode_is_read_in_every_language(language: str, encoding: str) -> None:
    text = rows_of(language)
    assert decode(text.encode(encoding), "a.csv").content.decode() == text


def test_the_user_is_asked_where_two_encodings_explain_the_bytes() -> None:
    # Spanish names in cp1252 are Polish letters in cp1250, and nothing else in the file tells.
    text = "text,label\nMuñoz,a\nNuñez,b\n"
    with pytest.raises(DataError, match=r"bytes fit \d encodings") as asked:
        decode(text.encode("cp1252"), "a.csv")
    assert "cp1252 reads 'Muñoz'" in str(asked.value)
    assert "cp1250 reads 'Muńoz'" in str(asked.value)
    assert "`--encoding cp1252`, or `cp1250`" in str(asked.value)
    assert decode(text.encode("cp1252"), "a.csv", "cp1252").content.decode() == text


def test_what_the_user_states_is_not_guessed_again() -> None:
    text = rows_of("hu")
    found = decode(text.encode("cp1250"), "a.csv", "windows-1250")
    assert found == Decoded(text.encode(), None, None)
    mistaken = decode(text.encode("cp1250"), "a.csv", "cp1252").content.decode()
    assert "cipõt" in mistaken  # as asked


def test_a_mark_and_valid_utf8_tell_more_than_a_setting() -> None:
    text = rows_of("hu")
    assert decode(text.encode("utf-8-sig"), "a.csv", "cp1250").content.decode() == text
    found = decode(text.encode(), "b.csv", "cp1250")
    assert found.content.decode() == text
    assert found.assumption == "b.csv is valid UTF-8, so it is read as that and not as cp1250"


@pytest.mark.parametrize("name", ["cp12500", "rot13", "base64", "a b", "\0"])
def test_an_encoding_that_is_none_is_one_line(name: str) -> None:
    with pytest.raises(DataError, match=r"names no encoding that is known\. Write one"):
        decode(b"text,label\n", "a.csv", name)


def test_lines_of_utf8_among_those_of_another_encoding_are_no_mojibake() -> None:
    lines = rows_of("hu", 10).split("\n")
    mixed = [
        line.encode("utf-8" if place % 12 == 5 else "cp1250") for place, line in enumerate(lines)
    ]
    found = decode(b"\n".join(mixed), "a.csv")
    assert found.content.decode() == "\n".join(lines)
    assert found.assumption is not None and "of its lines are UTF-8" in found.assumption


def test_one_broken_byte_costs_its_line_alone() -> None:
    lines = rows_of("cs", 10).encode().split(b"\n")
    lines[7] += b"\xc5"
    found = decode(b"\n".join(lines), "a.csv")
    assert found.marker is not None
    there = [
        place
        for place, line in enumerate(found.content.decode().split("\n"))
        if found.marker in line
    ]
    assert there == [7]


@pytest.mark.parametrize("encoding", ["cp1250", "iso8859-16"])
def test_romanian_says_that_cedillas_may_be_commas(encoding: str) -> None:
    rows = [
        "Coletul meu nu a ajuns încă şi aştept de două săptămâni,a",
        "Vreau să anulez comanda,b",
        "Cum pot returna pantofii şi banii,a",
        "Suma a fost retrasă de două ori,b",
    ]
    text = "\n".join(["text,label", *rows, ""])
    if encoding == "iso8859-16":
        text = text.replace("ş", "ș").replace("ţ", "ț")
    found = decode(text.encode(encoding), "ro.csv")
    assert found.content.decode().replace("ş", "ș") == text.replace("ş", "ș")
    assert found.assumption is not None
    assert "read as cp1250, with 'ş' where iso8859_16 has 'ș'" in found.assumption


def test_one_foreign_name_among_many_words_is_said_and_not_asked_about() -> None:
    # In cp1250 the byte of "å" is "ĺ", and those of the German letters are the same.
    text = rows_of("de", 5) + "Der Absender heißt Bokmål,a\n"
    found = decode(text.encode("cp1252"), "a.csv")
    assert found.content.decode() == text


ENGLISH = (
    "Where is my parcel? I ordered it two weeks ago.",
    "How can I return the shoes?",
    "I was charged twice for the same order.",
)
MORE = {
    "fr": ("Ma machine à café ne s'allume plus.", "J'ai reçu un article abîmé."),
    "de": ("Das Gerät läßt sich nicht einschalten.", "Mein Päckchen liegt beim Nachbarn."),
}


@pytest.mark.parametrize("rows", [60, 150, 400])
@pytest.mark.parametrize(
    ("languages", "encoding"),
    [
        ("de fr en", "cp1252"),
        ("fr en", "cp1252"),
        ("de es fr sv en", "cp1252"),
        ("pl en de", "cp1250"),
        ("hu de", "cp1250"),
        ("tr de", "cp1254"),
        ("lv en de", "cp1257"),
    ],
)
def test_a_file_of_several_languages_is_judged_row_by_row(
    languages: str, encoding: str, rows: int
) -> None:
    chooser = random.Random(rows)
    texts = {
        one: ENGLISH if one == "en" else (*SENTENCES[one], *MORE.get(one, ()))
        for one in languages.split()
    }
    shares = [chooser.choice([1, 2, 5]) for _ in texts]
    drawn = [
        f'"{chooser.choice(texts[one])} {chooser.randrange(10_000)}",{chooser.choice("ab")}'
        for one in chooser.choices(list(texts), shares, k=rows)
    ]
    text = "\n".join(["text,label", *drawn, ""])
    try:
        found = decode(text.encode(encoding), "a.csv")
    except DataError as asked:
        assert f"{encoding} reads" in str(asked), "asked, but not of the right one"
    else:
        assert found.content.decode() == text


def test_what_is_said_of_an_encoding_holds_no_name_of_a_customer() -> None:
    text = rows_of("de", 5) + "Der Absender heißt Bokmål,a\n"
    said = decode(text.encode("cp1252"), "a.csv").assumption
    assert said is not None and "'å' where cp1250 has 'ĺ'" in said
    assert "Bokm" not in said
    assert "`--encoding cp1250`" in said


def test_a_word_in_small_letters_is_shown_before_a_name() -> None:
    text = "text,label\nMuñoz,a\nNuñez,b\nniño,b\n"
    with pytest.raises(DataError, match=r"bytes fit \d encodings") as asked:
        decode(text.encode("cp1252"), "a.csv")
    assert "cp1252 reads 'niño'" in str(asked.value)
    assert "Mu" not in str(asked.value)
