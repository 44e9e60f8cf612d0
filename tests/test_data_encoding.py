"""Encodings: found, said aloud, and a few damaged bytes do not change how the rest is read."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.data.encoding import decode
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
