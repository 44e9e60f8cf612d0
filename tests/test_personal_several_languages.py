"""Personal values in mails of several languages, and what a redaction leaves as it was."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.data.joined_inputs import longest_cells
from rungwise.data.personal.detect import detect
from rungwise.data.personal.measured import MESSAGES, for_learnt_reader, text_kinds

ENGLISH = "Could you tell me where my parcel is? I have waited for two weeks."
GERMAN = "Ich habe das Gerät zurückgeschickt und warte noch auf mein Geld."
FRENCH = "Pouvez-vous livrer le colis à une autre adresse ? C'est assez urgent."


@pytest.mark.parametrize(
    ("subject", "body", "kind"),
    [
        ("where is it", FRENCH, "French"),
        ("where is it", GERMAN, "German"),
        ("Lieferung", ENGLISH, MESSAGES),
        ("connexion", GERMAN, "German"),
        ("please help with this", FRENCH, "French"),
    ],
)
def test_a_row_is_in_the_language_of_its_longest_cell(subject: str, body: str, kind: str) -> None:
    rows = [(subject, body), ("help", ENGLISH), ("Frage", GERMAN), ("info", FRENCH)] * 5
    texts = pl.Series("input", [f"subject: {one}\nbody: {other}" for one, other in rows])
    assert text_kinds(longest_cells(texts, ("subject", "body"))).of_row[0] == kind


@pytest.mark.parametrize("cell", ["Lieferung", "bill", "Konto", "", GERMAN, FRENCH])
def test_words_alone_and_cells_of_another_language_are_not_read(cell: str) -> None:
    assert for_learnt_reader(pl.Series([ENGLISH, cell])).to_list() == [True, False]


def test_small_words_of_english_do_not_outweigh_those_of_another_language() -> None:
    mixed = f"Where is it? {FRENCH} Merci pour votre aide, je suis dans le train."
    assert text_kinds(pl.Series([mixed, FRENCH, FRENCH])).of_row[0] == "French"


RUSSIAN = "Моя карта не работает в Москве уже два дня, помогите пожалуйста"
GREEK = "Η κάρτα μου δεν λειτουργεί εδώ και δύο μέρες, βοηθήστε με"


@pytest.mark.parametrize(
    "text",
    [
        "Please send the parcel to Анна Петрова, улица Ленина 5, Москва",
        "My name is 田中太郎 and I cannot log in",
        "Could you deliver it to Μεγάλη Άμμος 184, Λεμεσός instead?",
        "This is محمد علي and my card was lost",
    ],
)
def test_a_name_in_another_script_leaves_an_english_message_english(text: str) -> None:
    texts = pl.Series([text, *[ENGLISH] * 8, *[RUSSIAN] * 5, *[GREEK] * 5])
    assert text_kinds(texts).of_row[0] == MESSAGES
    assert for_learnt_reader(texts)[0]


@pytest.mark.parametrize(
    "text",
    [
        RUSSIAN,
        GREEK,
        "Моя карта Visa Gold не работает",
        "не работает wifi и login на сайте",
        "请把我的 iPhone 寄到 New York",
        "名前は Anna です",
    ],
)
def test_a_text_in_another_script_is_no_english_message(text: str) -> None:
    texts = pl.Series([*[ENGLISH] * 300, text])
    assert text_kinds(texts).of_row[-1] != MESSAGES
    assert for_learnt_reader(texts).to_list() == [True] * 300 + [False]


@pytest.mark.parametrize(
    ("closing", "name"),
    [
        ("LG", "Anke Schäfer"),
        ("Danke im Voraus", "Günther Hofmann"),
        ("Salutations distinguées", "Amélie Roussel"),
        ("Merci d'avance,", "Chloé Gauthier"),
        ("Gracias de antemano", "Íñigo Zubiri"),
        ("Thanks in advance<br>", "Nkechi Okonkwo"),
    ],
)
def test_the_line_below_the_end_of_a_letter_is_a_name(closing: str, name: str) -> None:
    text = f"{GERMAN}\n{closing}\n{name}"
    found = detect(pl.Series([text]), only=["name"])
    assert [text[start:end] for start, end in found.select("start", "end").iter_rows()] == [name]


@pytest.mark.parametrize("text", [
    "Bill A-55289 carries the wrong company name",
    "Kind regards\n\nSent from my phone",
    "Vielen Dank Ihnen Allen",
    "Thanks in advance\nplease answer",
    "Dear Hurricane Sandy, go away",
    "I.B.M. Supercomputers are for sale",
    "The P.M. Office has called",
    "Somebody should talk to Me or speak with Them",
    "Dear Storm Ciarán, leave my roof alone",
])  # fmt: skip
def test_words_that_open_or_close_are_no_names(text: str) -> None:
    assert detect(pl.Series([text]), only=["name"]).is_empty()


def mails(folder: Path) -> Path:
    """Forty mails with an address and a card number in each, and a copy with another label."""
    file = folder / "mails.csv"
    rows = [
        (f"{what} number {n}, write to ann{n}@example.org or use 4111 1111 1111 1111", label)
        for n in range(20)
        for what, label in (("return my money", "refund"), ("where is my parcel", "delivery"))
    ]
    rows += [(rows[n][0], "delivery" if n < 10 else rows[n][1]) for n in range(0, 20, 2)]
    file.write_text("\n".join(["text,label", *(f'"{text}",{label}' for text, label in rows)]))
    return file


@pytest.fixture
def project(tmp_path: Path) -> Project:
    goal = "Sort mails into two classes with at least 80 percent accuracy"
    made = Project.init(tmp_path / "task", data=mails(tmp_path), goal=goal)
    made.split()
    made.audit()
    return made


def train(project: Project) -> pl.DataFrame:
    return Project(project.folder)._workspace.part("train")


@pytest.mark.parametrize(
    ("accept", "gone", "stays"),
    [
        (["personal.email=redact"], "@", "4111"),
        (["personal.card=redact"], "4111", "@"),
        (["personal.email=redact", "personal.card=redact"], "@|4111", "mails?|number"),
    ],
)
def test_only_what_was_accepted_is_redacted(
    project: Project, accept: list[str], gone: str, stays: str
) -> None:
    project.curate(accept=accept)
    texts = train(project)["input"]
    assert not texts.str.contains(gone).any() and texts.str.contains(stays).all()


def test_copies_that_carry_another_label_are_left_to_a_person(project: Project) -> None:
    before = train(project)
    key = before.group_by("input").agg(pl.len(), labels=pl.col("expected").n_unique())
    several = set(key.filter(pl.col("labels") > 1)["input"])
    same = int(key.filter(pl.col("labels") == 1).select(pl.col("len") - 1).sum().item())
    assert several and same, "the split left some copies of both kinds in train"
    arguments = ["curate", "-C", str(project.folder), "--accept", "copies"]
    done = CliRunner().invoke(application, arguments)
    assert done.exit_code == 0 and "carries several labels" in done.output
    after = train(project)
    assert len(before) - len(after) == same
    assert several <= set(after["input"])


def test_after_a_curation_the_next_one_asks_for_an_audit(project: Project) -> None:
    project.curate(accept=["personal.card=redact"])
    arguments = ["curate", "-C", str(project.folder), "--accept", "personal.email=redact"]
    done = CliRunner().invoke(application, arguments)
    assert done.exit_code == 1 and "Run `rungwise audit" in str(done.exception)
    project.audit()
    assert CliRunner().invoke(application, arguments).exit_code == 0
