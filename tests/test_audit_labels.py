"""Labels as people type them: what is one class, what is two, and the command that mends it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.data_made import frame, reading, task
from tests.small_task import GOAL, rows, write
from tests.test_every_audit import context_of

from rungwise import Project
from rungwise.audits.labels import Labels
from rungwise.data.class_count import classes_named
from rungwise.data.label_spelling import spelling_key, spellings
from rungwise.data.seal import open_test
from rungwise.errors import GateHolds, TaskError
from rungwise.protocols import AuditContext
from rungwise.records import Finding

SAME = [
    ("Refund", "REFUND"),
    ("card arrival", "card\u00a0arrival"),  # no-break space
    ("refund", "re\u200bfund"),  # zero-width space
    ("refund", "\ufeffrefund"),  # a byte order mark in the middle of a file
    ("refund  due", "refund due"),
    ("caf\u00e9", "cafe\u0301"),  # NFC, NFD
    ("\uff32efund", "Refund"),  # full width
    ("\ufb01nance", "finance"),  # a ligature
    ("card_arrival", "Card-arrival"),
    ("don\u2019t know", "don't know"),
    ("\u201cspam\u201d", "spam"),
    ("spam.", "spam"),
    ("1", "1.0"),
    ("-1", "\u22121.00"),  # minus sign
    ("ΣΊΓΜΑΣ", "σίγμας"),
]
DISTINCT = [
    ("C", "C++"),
    ("C", "C#"),
    ("+1", "-1"),
    ("1", "-1"),
    ("<5", ">5"),
    ("<5", "<=5"),
    ("A", "A-"),
    ("A+", "A-"),
    ("10", "10%"),
    ("$10", "€10"),
    ("1", "1,000"),
    ("1.5", "15"),
    ("2.1", "2.10"),  # versions
    ("1-2", "12"),
    ("ok!", "ok?"),
    (".", ","),
    (":)", ":("),
    ("x²", "x2"),
    ("①", "1"),
    ("½", "12"),
    ("resume", "résumé"),
    ("Masse", "Maße"),
    ("ısı", "isi"),
    ("🙂", "🙁"),
    ("level 1", "level 2"),
    ("5'", '5"'),
    (".NET", "NET"),
]


@pytest.mark.parametrize("pair", SAME)
def test_spellings_of_one_class_are_found(pair: tuple[str, str]) -> None:
    (found,) = spellings(dict(zip(pair, (1, 2), strict=True)))
    assert found.kept == pair[1], "the more frequent spelling stays"
    assert found.differences
    assert spellings(dict.fromkeys(pair, 1), distinct=pair) == []


@pytest.mark.parametrize("pair", DISTINCT)
def test_what_tells_two_classes_apart_is_no_spelling(pair: tuple[str, str]) -> None:
    assert spelling_key(pair[0]) != spelling_key(pair[1])
    assert spellings(dict.fromkeys(pair, 1)) == []


@pytest.mark.parametrize(
    "pair",
    [
        ("e-mail", "email"),
        ("log in", "login"),
        ("Check-In", "checkin"),
        ("card.arrival", "card_arrival"),
        ("(refund)", "refund"),
        ("[refund]", "refund"),
        ("#refund", "refund"),
        ("- refund", "refund"),
        ("Q & A", "Q&A"),
        ("a , b", "a, b"),
        ("A / B", "A/B"),
        ("Level 1", "level1"),
        ("level_1", "level 1"),
        ("10 %", "10%"),
        ("don't know", "dont know"),
        ("Refund!", "refund"),
        ("1,5", "1.5"),
    ],
)
def test_what_people_write_between_words_or_leave_out_is_asked_about(pair: tuple[str, str]) -> None:
    (found,) = spellings(dict(zip(pair, (1, 2), strict=True)))
    assert found.kept == pair[1] and "spaces or signs between words" in found.differences


@pytest.mark.parametrize("label", ["R\u0435fund", "refu\u0578d", "\u03a1ay"])
def test_a_letter_of_another_script_is_asked_about(label: str) -> None:
    latin = label.translate({0x435: "e", 0x578: "n", 0x3A1: "P"})
    (found,) = spellings({label: 1, latin: 2})
    assert found.kept == latin and found.differences == ("letters of another script",)
    assert spelling_key(label) != spelling_key(latin)


@pytest.mark.parametrize("pair", [("refund!", "refund?"), ("1,5", "15"), ("оса", "oca")])
def test_marks_decimals_and_words_of_another_script_stay_apart(pair: tuple[str, str]) -> None:
    assert spellings(dict.fromkeys(pair, 1)) == []


@pytest.mark.parametrize(
    "pair", [("A B", "AB"), ("A+", "A"), ("A*", "A"), ("level -1", "level-1"), ("1 000", "1000")]
)
def test_short_labels_and_signs_stay_apart(pair: tuple[str, str]) -> None:
    assert spellings(dict.fromkeys(pair, 1)) == []


@pytest.mark.parametrize(
    ("goal", "count"),
    [
        ("Classify online-banking questions into 77 intents with 90 percent accuracy", 77),
        ("Route customer requests to one of three teams with 80 percent accuracy", 3),
        ("Classify 10,000 tickets into 5 departments at 92 % accuracy", 5),
        ("Classify texts into 1,000 classes", 1000),
        ("Predict which of our twelve product categories a text is about", 12),
        ("Klassifiziere Mails in drei Klassen mit mindestens 90 %", 3),
        ("Classify reviews within 24 hours with 90 percent accuracy", None),
        ("Find spam in 2 languages with at least 95% accuracy", None),
        ("Sort 200 mails into four piles", 4),
        ("Classify mails into 3-5 classes", None),
        ("Sort into 3 classes and then 9 labels", None),
        ("3-class sentiment with 90 percent accuracy", 3),
        ("A binary classifier for spam", 2),
        ("Route mail to twelve teams", 12),
        ("Classify mails into at most 5 classes", None),
        ("Classify mails into more than 10 classes", None),
        ("Classify mails into 20 to 30 topics", None),
        ("Classify tickets written by two groups of customers", None),
        ("Detect hate in three types of media", None),
        ("Classify tickets from 3 teams into 5 classes", 5),
    ],
)
def test_the_number_of_classes_is_read_from_the_goal(goal: str, count: int | None) -> None:
    assert classes_named(goal) == count


@pytest.fixture(scope="module")
def any_context(tmp_path_factory: pytest.TempPathFactory) -> AuditContext:
    folder = tmp_path_factory.mktemp("any")
    return context_of(folder, task(label="label"), reading(source=frame(rows()[:40])))


def audit(context: AuditContext, labels: list[str], **policy: object) -> dict[str, Finding]:
    """What the audit says where train has rows with these labels."""
    train = frame([(f"text {number}", label) for number, label in enumerate(labels)])
    given = replace(
        context,
        policy=context.policy.model_copy(update=policy),
        split=replace(context.split, classes=tuple(sorted(set(labels)))),
        train=train,
        validation=train.clear(),
    )
    return {finding.code: finding for finding in Labels().examine(given)}


USUAL = ["billing"] * 120 + ["delivery"] * 120


def test_the_usual_labels_give_no_finding(any_context: AuditContext) -> None:
    assert audit(any_context, [*USUAL, *["export", "import", "level 1", "level 2"] * 20]) == {}


def test_a_slip_is_rare_beside_its_neighbour_whatever_its_rows(any_context: AuditContext) -> None:
    found = audit(any_context, [*USUAL, *["biling"] * 12])
    assert found["labels.rare_neighbour"].numbers["merges"] == {"biling": "billing"}
    assert audit(any_context, [*USUAL, *["biling"] * 13]) == {}, "no longer rare"


def test_a_rare_label_one_edit_from_a_frequent_one_is_named(any_context: AuditContext) -> None:
    slips = ["biling", "billling", "bililng", "billinc", "filling"]
    found = audit(any_context, [*USUAL, *slips, "building", "x1", "delivery 2"])
    assert set(found) == {"labels.rare_neighbour"}
    (finding,) = found.values()
    assert finding.severity == "warn"
    assert finding.numbers["merges"] == dict.fromkeys(slips, "billing")
    left = audit(any_context, [*USUAL, *slips], distinct_labels=slips)
    assert left == {}, "the user has said that they are classes"


@pytest.mark.parametrize(
    "label",
    [
        "n/a",
        "N/A",
        "-",
        "--",
        "unknown",
        "?",
        "None",
        "TBD",
        "null",
        "N\\A",
        "(none)",
        "[blank]",
        "-- please select --",
        "#REF!",
        "not sure",
        "No data",
        "keine Angabe",
        "Aucun",
        "sin datos",
        "brak",
        "неизвестно",
        "不明",
        "…",
    ],
)
def test_placeholders_are_named(any_context: AuditContext, label: str) -> None:
    found = audit(any_context, [*USUAL, *[label] * 9])
    assert set(found) == {"labels.placeholder"}
    assert found["labels.placeholder"].numbers["labels"].keys() == {label}


def test_signs_that_are_the_classes_are_no_placeholders(any_context: AuditContext) -> None:
    assert audit(any_context, ["+", "-"] * 60) == {}
    assert audit(any_context, [".", ",", "?", "!"] * 60) == {}


@pytest.mark.parametrize("separator", ["|", ";", ",", ", ", " / ", " & ", " and ", " und ", "\n"])
def test_several_labels_in_a_cell_are_named(any_context: AuditContext, separator: str) -> None:
    both = separator.join(["billing", "delivery"])
    found = audit(any_context, [*USUAL, *[both] * 9])
    assert set(found) == {"labels.several"}
    assert found["labels.several"].count + 0 <= 9
    assert repr(both) in found["labels.several"].title
    assert found["labels.several"].numbers["of_classes"] == 1


def test_labels_as_long_as_texts_take_no_time(any_context: AuditContext) -> None:
    """A text column that is named as the label by mistake: half a million letters a label."""
    words = [f"{'word ' * 100_000}{n}, and {n}; {n}" for n in range(20)]
    found = audit(any_context, [*USUAL, *words])
    assert set(found) == {"labels.several"}
    assert len(found["labels.several"].title) < 300


def test_a_comma_in_the_name_of_a_class_is_none_of_several(any_context: AuditContext) -> None:
    assert audit(any_context, [*USUAL, *["Washington, DC"] * 20]) == {}


# ── the whole way ────────────────────────────────────────────────────────────────────────
def spelt(number: int, label: str) -> str:
    """One label in three spellings, the middle one most frequent; the others in NFC and NFD."""
    if label == "refund":
        return ("Refund", "refund", "refund", "REFUND")[number % 4]
    return label


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spelt")
    content = [(text, spelt(number, label)) for number, (text, label) in enumerate(rows())]
    Project.init(folder / "task", data=write(folder / "requests.csv", content), goal=GOAL).split()
    return folder


@pytest.fixture
def project(split: Path, tmp_path: Path) -> Project:
    shutil.copytree(split, tmp_path / "mine")
    return Project(tmp_path / "mine" / "task")


def test_nothing_is_measured_before_spellings_are_merged(project: Project) -> None:
    found = next(one for one in project.audit() if one.code == "labels.spelling")
    # 180 rows of the class: 90 lower, 45 of each other spelling, some of them in the test part.
    assert found.title.startswith(
        "Column 'label' has 3 values that differ only in case: 'refund', 'R"
    )
    assert not any(one.code == "labels.count" for one in project.audit()), "three when merged"
    with pytest.raises(GateHolds, match=r"rungwise curate --accept labels\.spelling=merge"):
        project.climb(rungs=["majority"])

    version = project.curate(accept=["labels.spelling=merge"])
    assert version.classes == ("access", "delivery", "refund")
    assert version.merged == {"Refund": "refund", "REFUND": "refund"}
    workspace = Project(project.folder)._workspace
    for part in ("train", "validation"):
        assert set(workspace.part(part)["expected"]) == set(version.classes)
    record = workspace.state.split
    assert record is not None
    opened = open_test(record, workspace.objects, workspace.sealed)
    assert set(opened["expected"]) == set(version.classes)

    assert not any(one.code.startswith("labels.") for one in project.audit())
    gates = {gate["code"]: gate["verdict"] for gate in project.status()["gates"]}
    assert gates["data_audited"] == "pass"
    project.verify()


def test_the_code_alone_merges_and_drops_nothing(project: Project) -> None:
    project.audit()
    before = project.status()["splits"]["train"]
    version = project.curate(accept=["labels.spelling"])
    assert [step.action for step in version.chain] == ["merge"]
    assert version.rows["train"] == before
    with pytest.raises(TaskError, match="No audit of this data has found"):
        project.curate(accept=["labels.spelling=merge"])


def test_classes_that_are_meant_to_differ_are_named_in_the_policy(project: Project) -> None:
    file = project.folder / "rungwise.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "policy:\n  distinct_labels: [Refund, REFUND]\n", encoding="utf-8")
    again = Project(project.folder)
    codes = {one.code for one in again.audit()}
    assert "labels.spelling" not in codes and "labels.count" in codes
    assert again.climb(rungs=["majority"]).attempts


def test_one_text_under_two_spellings_is_no_conflict(tmp_path: Path) -> None:
    from rungwise.audits.conflicts import Conflicts

    texts = [(f"text {number}", "ab"[number % 2]) for number in range(200)]
    texts += [("the same text", label) for label in ("a", "A")] * 5
    context = context_of(tmp_path, task(), reading(source=frame(texts)))
    assert Conflicts().examine(context) == []


def test_a_test_file_in_another_spelling_is_read(tmp_path: Path) -> None:
    texts = [
        (f"{label} request {number}", label) for number in range(80) for label in ("pay", "go")
    ]
    data = write(tmp_path / "data.csv", texts)
    other = [
        (f"{label} order {number}", label.upper())
        for number in range(40)
        for label in ("pay", "go")
    ]
    project = Project.init(
        tmp_path / "task",
        data=data,
        test=write(tmp_path / "test.csv", other),
        goal="Route requests to two teams with at least 90 percent accuracy",
    )
    project.split()
    found = next(one for one in project.audit() if one.code == "labels.spelling")
    assert found.severity == "block" and not found.rows, "the test part's rows stay sealed"
    version = project.curate(accept=["labels.spelling=merge"])
    assert version.classes == ("go", "pay")
