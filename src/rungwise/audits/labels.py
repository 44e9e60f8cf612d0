"""Labels as people type them: spellings, slips, placeholders, several in a cell, their number."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from rungwise.data.class_count import classes_named
from rungwise.data.label_spelling import Spellings, rare_neighbours, spelling_key, spellings
from rungwise.data.together import references, together
from rungwise.evaluation.wording import counted
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import MERGES, Finding, Numbers, Severity

SHOWN = 3
WIDEST = 80
"""Characters of a label that a message shows."""
WRITTEN = (
    "n/a; #n/a; na; n.a.; n. a.; n\\a; null; nil; none; nan; unknown; unk; tbd; tbc; tba; "
    "todo; undefined; missing; blank; empty; not available; not applicable; not known; "
    "not given; not sure; unsure; idk; dunno; i don't know; don't know; no data; no value; "
    "no answer; no response; unlabeled; unlabelled; no label; not labelled; not labeled; "
    "unspecified; not specified; not set; uncategorized; uncategorised; please select; xxx; "
    "#ref!; #value!; #name?; #div/0!; #num!; #null!; #error!; unbekannt; k.a.; k. a.; "
    "keine angabe; nicht zugeordnet; nicht bekannt; keine daten; weiß nicht; inconnu; "
    "inconnue; non renseigné; non renseignée; aucun; aucune; sans étiquette; desconocido; "
    "desconocida; sin etiqueta; no aplica; ninguno; ninguna; sin datos; sin clasificar; "
    "sconosciuto; sconosciuta; nessuno; non disponibile; n.d.; desconhecido; desconhecida; "
    "nenhum; não informado; onbekend; geen; niet bekend; nieznane; nieznany; brak; "
    "brak danych; okänd; saknas; ukendt; neznámé; necunoscut; ismeretlen; bilinmiyor; "
    "неизвестно; нет данных; не указано; невідомо; 不明; 未知; 未定; 无; 無; なし; 없음"
)
PLACEHOLDERS = frozenset(WRITTEN.split("; "))
"""What people and programs write into a cell when they have no label."""
HAS_TEXT = re.compile(r"[^\W_]")
NAMES_NOTHING = re.compile(r"[-–—_?.…*#/\\]+")
BRACKETS = re.compile(r"^[\s(\[{<*-]+|[\s)\]}>*-]+$")
SEPARATORS = (
    "|", ";", "\n", ",", "/", "&", "+", ">", " and ", " or ", " und ", " oder ", " et ", " ou ",
    " y ", " e ", " en ", " i ",
)  # fmt: skip
STRONG = "|;\n"
"""Names of classes seldom hold one of these; the others count when the parts are classes too."""
FOUND = r"column `(.+)` of .* is taken as the label"
LISTED = re.compile(r"\[.*[,;].*\]", re.S)


class Labels:
    """Looks at the labels themselves; the rows of the test part are not read.

    A spelling that only the test part has is known from the list of classes.
    """

    requirement: ClassVar[str] = "R13"
    title: ClassVar[str] = "Labels as people type them"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """Findings on spellings, slips, placeholders, several labels in a cell, and the number."""
        if not kind_of(context.task).labels:
            return []
        rows = together({"train": context.train, "validation": context.validation})
        given = rows["expected"].drop_nulls().value_counts().sort("expected")
        counts = dict.fromkeys(context.split.classes, 0) | dict(given.iter_rows())
        labels = _Labels(rows, counts, _column(context), frozenset(context.policy.distinct_labels))
        found = [
            _spelling(labels),
            _rare_neighbour(labels),
            _placeholder(labels),
            _several(labels),
            _count(labels, context.task.task.goal),
        ]
        return [finding for finding in found if finding]


@dataclass(frozen=True)
class _Labels:
    """Rows outside the test part, label → rows, the column's name, and what is left as it is."""

    rows: pl.DataFrame
    counts: Mapping[str, int]
    column: str
    distinct: frozenset[str]

    @property
    def placeholders(self) -> list[str]:
        """Labels that usually mean that nobody gave one, the most frequent first."""
        named = sum(HAS_TEXT.search(label) is not None for label in self.counts)
        signs = named > len(self.counts) / 2  # else the classes themselves are signs
        found = [
            label
            for label in self.counts
            if label not in self.distinct
            and (
                not PLACEHOLDERS.isdisjoint(_written(label))
                or (signs and NAMES_NOTHING.fullmatch(label))
            )
        ]
        return sorted(found, key=lambda label: (-self.counts[label], label))

    @property
    def spellings(self) -> list[Spellings]:
        empty = set(self.placeholders)
        return spellings({k: n for k, n in self.counts.items() if k not in empty}, self.distinct)

    def finding(
        self, code: str, labels: Iterable[str], title: str, advice: str, numbers: Numbers,
        severity: Severity = "warn",
    ) -> Finding:  # fmt: skip
        """A finding about the rows of some labels."""
        chosen = self.rows.filter(pl.col("expected").is_in(list(labels)))
        return Finding(
            code=code,
            severity=severity,
            title=title,
            advice=advice,
            requirement=Labels.requirement,
            count=len(chosen) or len(list(labels)),
            rows=references(chosen),
            numbers=numbers,
        )


def _written(label: str) -> set[str]:
    """A label as it may stand in the list of placeholders: `(none)` and `-- none --` as `none`."""
    bare = BRACKETS.sub("", label).lower()
    return {label.lower(), bare, f"{bare}.", spelling_key(label), spelling_key(bare)}


def _column(context: AuditContext) -> str:
    """The label column: as the task names it, else as it was found when the rows were read."""
    found = (re.fullmatch(FOUND, said) for said in context.split.assumptions)
    name = context.task.data.label or next((match[1] for match in found if match), None)
    return "The label" if name is None else f"Column {name!r}"


def _spelling(labels: _Labels) -> Finding | None:
    groups = labels.spellings
    if not groups:
        return None
    merges = {label: one.kept for one in groups for label in one.rows if label != one.kept}
    values = sum(len(one.rows) for one in groups)
    first = groups[0]
    if len(groups) == 1:
        title = f"{labels.column} has {values} values that differ only in {_in_what(first)}: "
        title += _quoted(first.rows)
    else:
        shown = [f"{_quoted(one.rows)} ({_in_what(one)})" for one in groups[:SHOWN]]
        title = f"{labels.column} has {values:,} values that are spellings of {len(groups):,} "
        title += f"classes: {'; '.join(shown)}{'; …' if len(groups) > SHOWN else ''}"
    kept = f"{_shown(first.kept)}, {first.rows[first.kept]:,} of {sum(first.rows.values()):,} rows"
    return labels.finding(
        "labels.spelling",
        list(merges),
        title,
        "Merge them with `rungwise curate --accept labels.spelling=merge`: the most frequent "
        f"spelling stays ({kept}), in the test part too when it is opened. If they are classes of "
        "their own, list them in `policy.distinct_labels`.",
        {
            MERGES: merges,
            "labels": {label: n for one in groups for label, n in one.rows.items()},
            "classes": len(labels.counts) - len(merges),
        },
        "block",
    )


def _rare_neighbour(labels: _Labels) -> Finding | None:
    merges = rare_neighbours(labels.counts, {*labels.distinct, *labels.placeholders})
    if not merges:
        return None
    pairs = [
        f"{_shown(rare)} ({_rows(labels.counts[rare])}) beside {_shown(frequent)} "
        f"({labels.counts[frequent]:,})"
        for rare, frequent in merges.items()
    ]
    more = f"; and {len(pairs) - SHOWN:,} more" if len(pairs) > SHOWN else ""
    what = "1 rare label is" if len(pairs) == 1 else f"{len(pairs):,} rare labels are"
    return labels.finding(
        "labels.rare_neighbour",
        list(merges),
        f"{what} one letter from a frequent one: {'; '.join(pairs[:SHOWN])}{more}",
        "If these are slips, `rungwise curate --accept labels.rare_neighbour=merge` mends them. If "
        "they are classes of their own, list them in `policy.distinct_labels`.",
        {MERGES: merges, "labels": {label: labels.counts[label] for label in merges}},
    )


def _placeholder(labels: _Labels) -> Finding | None:
    found = labels.placeholders
    if not found:
        return None
    shown = ", ".join(f"{_shown(label)} {_rows(labels.counts[label])}" for label in found[:SHOWN])
    one = len(found) == 1
    some = any(labels.counts[label] for label in found)
    learnt = f"; {'it' if one else 'each'} is learnt as a class" if some else ""
    what = "1 value that usually means" if one else f"{len(found):,} values that usually mean"
    return labels.finding(
        "labels.placeholder",
        found,
        f"{labels.column} has {what} that nobody gave a label: {shown}"
        f"{', …' if len(found) > SHOWN else ''}{learnt}",
        "If nobody gave these labels, empty the cells in the file: rows without a label are set "
        "aside. `rungwise curate --accept labels.placeholder` drops the training rows. If it is a "
        "class, list it in `policy.distinct_labels`.",
        {"labels": {label: labels.counts[label] for label in found}},
    )


def _several(labels: _Labels) -> Finding | None:
    found = _combined(labels)
    if not found:
        return None
    rows = sum(labels.counts[label] for label in found)
    example = max(found, key=lambda label: (labels.counts[label], label))
    known = sum(found.values())
    one = len(found) == 1
    of_which = "its parts" if one else f"the parts of {known:,}"
    parts = f", and {of_which} are classes too" if known else ""
    what = "1 value that looks like" if one else f"{len(found):,} values that look like"
    return labels.finding(
        "labels.several",
        list(found),
        f"{labels.column} has {what} several labels in one cell, such as {_shown(example)}, in "
        f"{counted(rows, 'row')}: {'it' if one else 'each'} becomes one class of its own{parts}",
        "One label a row is learnt and predicted. Keep the main label of each row in the file, or "
        "make one task for each question. If these are names of classes, list them in "
        "`policy.distinct_labels`.",
        {"labels": {label: labels.counts[label] for label in found}, "of_classes": known},
    )


def _combined(labels: _Labels) -> dict[str, bool]:
    """Labels that look like several → whether every part is a class too."""
    empty = set(labels.placeholders)
    keys = {spelling_key(label) for label in labels.counts}
    cells = [label for label in labels.counts if label not in labels.distinct | empty]
    found: dict[str, bool] = {}
    for separator in SEPARATORS:
        parts = {label: _parts(label, separator) for label in cells if separator in label}
        parts = {label: split for label, split in parts.items() if len(split) > 1}
        used = Counter(part for split in parts.values() for part in set(split))
        for label, split in parts.items():
            known = all(part in keys for part in split)
            recurring = separator == "," and all(used[part] > 1 for part in split)
            if known or recurring or separator in STRONG or LISTED.fullmatch(label):
                found[label] = found.get(label, False) or known
    return found


def _parts(label: str, separator: str) -> list[str]:
    bare = label[1:-1] if LISTED.fullmatch(label) else label
    return [spelling_key(part) for part in bare.split(separator) if HAS_TEXT.search(part)]


def _count(labels: _Labels, goal: str) -> Finding | None:
    named, total = classes_named(goal), len(labels.counts)
    left = total - sum(len(one.rows) - 1 for one in labels.spellings)
    if named is None or named == left:
        return None
    merged = f" ({left:,} when spellings are merged)" if left != total else ""
    few = sorted(labels.counts, key=lambda label: (labels.counts[label], label))
    return Finding(
        code="labels.count",
        severity="warn",
        title=f"The goal names {named:,} classes, and {labels.column[0].lower()}"
        f"{labels.column[1:]} has {total:,}{merged}; the rarest are {_quoted(few[:SHOWN])}",
        advice="Correct the number in `task.goal`, name another label column (`data.label`), or "
        "merge classes with `rungwise curate --decisions FILE`.",
        requirement=Labels.requirement,
        count=total,
        numbers={"named": named, "classes": total, "merged": left},
    )


def _in_what(group: Spellings) -> str:
    *others, last = group.differences
    return f"{', '.join(others)} and {last}" if others else last


def _quoted(labels: Iterable[str]) -> str:
    return ", ".join(map(_shown, labels))


def _shown(label: str) -> str:
    """The label in quotes; with codes where its form is what differs, as in `'cafe\\u0301'`."""
    label = label if len(label) <= WIDEST else f"{label[: WIDEST - 1]}…"
    return repr(label) if unicodedata.is_normalized("NFC", label) else ascii(label)


def _rows(count: int) -> str:
    return counted(count, "row") if count else "in no row of train or validation"
