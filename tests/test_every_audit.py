"""One suite over every audit there is, those of other packages included."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data_made import frame, reading, task
from tests.documentation import BLOCK, DOCS, HEADING
from tests.letters import letters, longer
from tests.sentences import edited, sentences

from rungwise import plugins
from rungwise.data.read import Reading, read
from rungwise.data.seal import seal
from rungwise.data.split import split
from rungwise.objects import Objects, canonical
from rungwise.progress import Silent
from rungwise.protocols import Audit, AuditContext, Stage
from rungwise.records import FailureGroup, Finding, Rating, RowReference, from_json, to_json
from rungwise.table import Predictions
from rungwise.task import Task

NAMES = plugins.names("audits")
PAGE = DOCS / "audits.md"
FRAMES = ("train", "validation", "test", "quarantine")

CLEAN = [(f"{w} order {n}", label) for n in range(400) for w, label in (("pay", "a"), ("go", "b"))]
MIXED = [
    *CLEAN[:60],
    *CLEAN[:20],
    *[(text.upper() + "!", label) for text, label in CLEAN[:10]],
    *[("same words", label) for label in "ab"] * 3,
    *[(f"rare {n}", "c") for n in range(2)],
    *[(f"write to user{n}@example.org", "a") for n in range(9)],
]
SAMPLES = {
    "alike": [f"{word} order {n}" for n in range(60) for word in ("pay", "go")],
    "another": [f"{word} my zoo {n % 7}" for n in range(60) for word in ("jazz", "fuzz")],
    "mixed": ["pay order 7", *["вернуть деньги"] * 40, *["ZZZ vvv"] * 20],
    "one": ["pay order 7"],
    "identical": ["pay order 7"] * 200,
    "hostile": ["\u202e\u200b", "a" * 100_000, "((((((((", "go order 1", "  "],
}


# One in six of either is answered as the other; ten are labelled as the other.
CONFUSED = [
    (f"{w} {'odd ' if n % 6 == 0 else ''}order {n}", label)
    for n in range(300)
    for w, label in (("pay", "a"), ("go", "b"))
]
TYPED = [
    (text, typed)
    for n, (text, label) in enumerate(CLEAN[:300])
    for typed in [
        ("a label", "A  label", "a lable", "n/a", "a|b")[min(n // 60, 4)] if n % 2 else label
    ]
]
WRONG = [(f"pay order {n}", "b") for n in range(900, 910)]
# Cid errs in every fourth row.
RATED = [
    (text, "ba"["ab".index(label)] if who == "cid" and n % 8 < 2 else label, who)
    for n, (text, label) in enumerate(CLEAN[:120])
    for who in ("ann", "bob", "cid")
]


def answers(context: AuditContext) -> Callable[[], Predictions]:
    """What a model might say that knows pay from go, unless the order is odd."""
    rows = pl.concat([context.train, context.validation])
    classes = context.split.classes
    scores = np.full((len(rows), len(classes)), 0.04, np.float32)
    for place, text in enumerate(rows["input"].str.to_lowercase()):
        said = text.startswith("pay") != ("odd" in text)
        scores[place, 0 if said else 1] = 1
    scores /= scores.sum(1, keepdims=True)
    outputs = pl.Series(classes, dtype=pl.String).gather(scores.argmax(1))
    return lambda: Predictions(rows["id"], outputs, scores, classes)


def with_answers(context: AuditContext) -> AuditContext:
    return replace(context, out_of_fold=answers(context))


def rated(rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    told = frame([row[:2] for row in rows])
    return told.with_columns(annotator=pl.Series([row[2] for row in rows], dtype=pl.String))


ALIKE = [
    *[
        (f"{text} {number} {turn}", "ab"[number % 2])
        for number, text in enumerate(sentences(40, seed=8, length=6))
        for turn in range(5)
    ],
    *[(text, "a") for text in sentences(20, seed=9)],
    *[(edited(text, 2, seed=1), "a") for text in sentences(20, seed=9)],
]


def context_of(folder: Path, task: Task, reading: Reading) -> AuditContext:
    """What the workflow would hand to an audit."""
    parts = split(reading, task)
    record = seal(parts, reading, task, Objects(folder / "o"), Objects(folder / "s"))
    return AuditContext(
        task=task,
        policy=task.policy,
        split=record,
        train=parts.train,
        validation=parts.validation,
        test=parts.test.with_columns(expected=pl.lit(None, pl.String)),
        quarantine=parts.quarantine,
        given=parts.given,
        progress=Silent(),
    )


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, AuditContext]:
    """Ordinary, tiny, empty and odd splits."""
    folder = tmp_path_factory.mktemp("audits")
    given = task(test="t.csv", validation="v.csv", group="g")
    straddling = [(text, label, f"group {n % 30}") for n, (text, label) in enumerate(CLEAN[:60])]
    ordinary = with_answers(context_of(folder, task(), reading(source=frame(MIXED))))
    people = task(annotator="who")
    made = {
        "clean": with_answers(context_of(folder, task(), reading(source=frame(CLEAN)))),
        "doubtful": with_answers(
            context_of(folder, task(), reading(source=frame(CONFUSED + WRONG)))
        ),
        "rated": context_of(folder, people, reading(source=rated(RATED))),
        "rated by one": context_of(folder, people, reading(source=rated(RATED[::3]))),
        "rated apart": context_of(
            folder, people, reading(source=rated([RATED[n] for n in range(0, 300, 4)]))
        ),
        "ordinary": ordinary,
        "given": context_of(
            folder,
            given,
            reading(
                source=frame(straddling),
                validation=frame([("pay order 3", "a"), ("new", "d"), ("else", "b")]),
                test=frame([("PAY order 4", "a", "group 1"), ("other", "d", "group 2")]),
            ),
        ),
        "typed": context_of(folder, task(), reading(source=frame(TYPED))),
        "tiny": context_of(
            folder, task(), reading(source=frame([(f"text {n}", "ab"[n % 2]) for n in range(6)]))
        ),
        "generate": context_of(
            folder, task(kind="generate"), reading(source=frame([(t, t) for t, _ in CLEAN[:50]]))
        ),
        "licensed": context_of(
            folder, task(licence="CC-BY-4.0", origin="support desk"), reading(source=frame(CLEAN))
        ),
        "alike": context_of(folder, task(), reading(source=frame(ALIKE))),
        "alike, given": context_of(
            folder, task(test="t.csv"), reading(source=frame(ALIKE[:220]), test=frame(ALIKE[220:]))
        ),
        "large": context_of(
            folder, task({"audit_quality_above": 100}), reading(source=frame(CLEAN))
        ),
    }
    days = [f"2026-{1 + n // 280:02}-{1 + n // 10 % 28:02}" for n in range(len(CLEAN))]
    dated = frame(CLEAN).with_columns(time=pl.Series(days))
    made["dated"] = context_of(folder, task(time="at"), reading(source=dated))
    failing = (
        FailureGroup("c taken for a", "c", "a", 5, 0.5, ("1",)),
        FailureGroup("a taken for b", "a", "b", 3, 0.3, ("3",)),
        FailureGroup("other mistakes", "", "", 2, 0.2, ("5",)),
    )
    made["failures"] = replace(ordinary, failures=failing)
    made["no model"] = replace(ordinary, embeddings=lambda _: "no model", cut=lambda _: "no model")
    odd = [*CLEAN, *[("QZX", "a"), ("обед", "b"), ("昼", "b"), ("\u202e\u200b 7", "a")] * 5]
    asked = context_of(folder, task(), reading(source=frame(odd)))
    asked = replace(asked, failures=failing, embeddings=letters, cut=longer)
    for about, texts in SAMPLES.items():
        lines = pl.int_range(2, len(texts) + 2, eager=True)
        sample = pl.DataFrame({"id": lines.cast(pl.String), "input": texts, "line": lines})
        made[f"production: {about}"] = replace(asked, production=sample)
    made["asked"] = asked
    for part in ("train", "validation"):
        rows = getattr(asked, part)
        made[f"one row of {part}"] = replace(asked, **{part: rows.head(1)})
        made[f"asked, empty {part}"] = replace(asked, **{part: rows.clear()})
        same = rows.with_columns(input=pl.lit("the same"))
        made[f"{part} identical"] = replace(asked, **{part: same})
    made["unnamed columns"] = replace(
        made["alike, given"],
        unnamed=lambda rows: {"customer": pl.Series(f"c{line % 40}" for line in rows["line"])},
    )
    page = "## a\n\n**Means:** pays\n\n## b\n\n**Means:** …\n"
    made["half a guideline"] = replace(made["clean"], guideline=page)
    made["no guideline"] = replace(made["clean"], guideline="")
    made["rated blind"] = replace(
        made["clean"], ratings={str(line): Rating("a", "ann") for line in range(2, 90)}
    )
    made["unanswered"] = replace(made["clean"], out_of_fold=lambda: "there is no model called m-1")
    for part in ("validation", "test", "train"):
        made[f"empty {part}"] = replace(ordinary, **{part: getattr(ordinary, part).clear()})
        made[f"given, empty {part}"] = replace(
            made["given"], **{part: getattr(made["given"], part).clear()}
        )
    return made


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_the_protocol(name: str) -> None:
    audit: Audit = plugins.load("audits", name)
    assert re.fullmatch(r"R\d{1,2}", audit.requirement)
    assert audit.stage in ("structure", "content")
    assert audit.title and audit.title[0].isupper() and not audit.title.endswith(".")
    assert type(audit).__doc__


@pytest.mark.parametrize("name", NAMES)
def test_it_never_fails_says_the_same_twice_and_leaves_the_rows_alone(
    name: str, contexts: Mapping[str, AuditContext]
) -> None:
    audit: Audit = plugins.load("audits", name)
    found = {}
    for about, context in contexts.items():
        before = {part: getattr(context, part).clone() for part in FRAMES}
        found[about] = audit.examine(context)
        assert found[about] == audit.examine(context)
        assert all(getattr(context, part).equals(rows) for part, rows in before.items())
    assert any(found.values()), "no context of the suite makes it find anything"
    assert not all(found.values()), "it finds something everywhere, so it says nothing"


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_is_complete_and_can_be_put_on_record(
    name: str, contexts: Mapping[str, AuditContext]
) -> None:
    audit: Audit = plugins.load("audits", name)
    for context in contexts.values():
        findings = audit.examine(context)
        codes = [finding.code for finding in findings]
        assert len(set(codes)) == len(codes)
        for finding in findings:
            assert finding.code == name or finding.code.startswith(f"{name}.")
            assert finding.severity in ("block", "warn", "info")
            assert re.fullmatch(r"R\d{1,2}", finding.requirement)
            assert re.search(r"\d", finding.title), finding.title
            assert "\n" not in finding.title and not finding.title.endswith(".")
            assert not re.search(r"\b(nan|inf|None)\b", finding.title + finding.advice), finding
            assert finding.advice.endswith(".")
            assert finding.numbers
            assert not finding.rows or finding.count == len(finding.rows)
            again = from_json(Finding, json.loads(canonical(to_json(finding))))
            assert again == finding


@pytest.mark.parametrize("name", NAMES)
def test_its_rows_are_rows_of_the_split(name: str, contexts: Mapping[str, AuditContext]) -> None:
    audit: Audit = plugins.load("audits", name)
    for context in contexts.values():
        known = {
            (row, part, line)
            for part in FRAMES
            for row, line in getattr(context, part).select("id", "line").iter_rows()
        }
        if context.production is not None:
            sample = context.production.select("id", pl.lit(None), "line")
            known |= set(sample.iter_rows())
        for finding in audit.examine(context):
            for row in finding.rows:
                assert place(row) in known
                assert row.other is None or place(row.other) in known


def place(row: RowReference) -> tuple[str, str | None, int | None]:
    return row.id, row.split, row.line


# ── the page ─────────────────────────────────────────────────────────────────────────────
def sections() -> dict[str, str]:
    """Heading → the Python below it, up to the next heading."""
    text = PAGE.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    fences = [match.span() for match in BLOCK.finditer(text)]
    marks = [
        match
        for match in HEADING.finditer(text)
        if not any(begin <= match.start() < end for begin, end in fences)
    ]
    for match, following in zip(marks, [*marks[1:], None], strict=True):
        body = text[match.end() : following.start() if following else None]
        python = [block["code"] for block in BLOCK.finditer(body) if block["language"] == "python"]
        found[match["title"]] = "\n".join(python)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_a_heading_and_an_example_that_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = sections()
    assert name in examples, f"{PAGE.name} has no heading {name!r}"
    assert f'audit("{name}"' in examples[name] and "assert " in examples[name]
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    exec(compile(examples["Audits"], PAGE.name, "exec", dont_inherit=True), space)
    exec(compile(examples[name], f"{PAGE.name} {name}", "exec", dont_inherit=True), space)


def test_the_page_names_no_audit_that_is_not_there() -> None:
    assert set(sections()) - {"Audits"} == set(NAMES)


def test_a_head_that_does_not_know_the_classes_doubts_no_label(
    contexts: Mapping[str, AuditContext],
) -> None:
    doubtful = contexts["doubtful"]
    assert {one.code for one in plugins.load("audits", "mislabelled").examine(doubtful)} == {
        "mislabelled"
    }
    (found,) = plugins.load("audits", "mislabelled").examine(doubtful)
    wrong = sum(row.score for row in found.rows if row.score)
    assert 1 < wrong < found.count
    assert f"{found.count} of " in found.title and f"about {wrong:.0f} of them" in found.title
    strict = replace(
        doubtful, policy=doubtful.policy.model_copy(update={"doubting_agreement": 0.9})
    )
    (told,) = plugins.load("audits", "mislabelled").examine(strict)
    assert told.code == "mislabelled.unchecked" and "fewer than 90 %" in told.title
    assert plugins.load("audits", "confused_pairs").examine(strict) == []


# ── what they find in real data ──────────────────────────────────────────────────────────
def findings_on(
    folder: Path, scratch: Path, stage: Stage = "structure", **data: str
) -> dict[str, Finding]:
    asked = task(None, **data)
    context = context_of(scratch, asked, read(asked, folder, Silent()))
    audits = [one for one in plugins.load_all("audits").values() if one.stage == stage]
    return {finding.code: finding for audit in audits for finding in audit.examine(context)}


def test_banking77_warns_of_its_copies_and_does_not_block(
    shared_data: Path, tmp_path: Path
) -> None:
    """Its README: 25 test rows are also in train, 4 extra copies in test."""
    found = findings_on(shared_data / "banking77", tmp_path, source="train.csv", test="test.csv")
    assert {finding.severity for finding in found.values()} == {"warn"}
    overlap = found["overlap.test"]
    assert (overlap.count, len(overlap.rows), overlap.numbers["exact"]) == (25, 25, 0)
    assert {row.other.split for row in overlap.rows if row.other} == {"test"}
    copies = found["copies"].numbers
    assert (copies["exact"], copies["test"]) == (0, 4)
    assert len(found["conflicts"].rows) == found["conflicts"].count
    assert found["sizes.small_class"].count == 77
    # Validation is drawn as the test was, which nearly repeats train by nature.
    for part in ("test", "validation"):
        assert 0.1 < found[f"near_copies.{part}"].numbers["share"] < 0.4


def test_sms_spam_has_its_published_copies(shared_data: Path, tmp_path: Path) -> None:
    """Its README: 403 exact extra copies, 444 after normalisation, none disagrees on the label."""
    found = findings_on(shared_data / "sms_spam", tmp_path, source="sms_spam.csv")
    structural = [code for code in found if not code.startswith(("provenance", "personal"))]
    assert structural == ["copies", "invisible.entities", "near_copies.repeated"]
    texts = pl.read_csv(shared_data / "sms_spam" / "sms_spam.csv")["text"]
    assert found["invisible.entities"].count == texts.str.contains("&(lt|gt|amp);").sum()
    numbers = found["copies"].numbers
    # Five of the 444 differ in a sign: 18 and 18+ (twice), +£1.50, a final &, and two smileys.
    assert (numbers["exact"], numbers["normalised"], found["copies"].count) == (403, 439, 439)
    assert numbers["train"] + numbers["validation"] + numbers["test"] == 439


def test_sms_spam_has_telephone_numbers(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "sms_spam"
    assert "personal.phone" in findings_on(folder, tmp_path, source="sms_spam.csv")


def test_ag_news_is_nearly_free_of_copies(shared_data: Path, tmp_path: Path) -> None:
    found = findings_on(
        shared_data / "ag_news_test", tmp_path, source="ag_news_test.csv", input="description"
    )
    texts = pl.read_csv(shared_data / "ag_news_test" / "ag_news_test.csv")["description"]
    structural = [code for code in found if not code.startswith(("provenance", "personal"))]
    assert structural == ["copies", "invisible.entities", "near_copies.repeated"]
    assert found["invisible.entities"].count >= texts.str.contains("&(lt|gt|amp|quot);").sum() > 0
    assert found["near_copies.repeated"].numbers["share"] < 0.03
    assert found["copies"].numbers["exact"] == len(texts) - texts.n_unique()
