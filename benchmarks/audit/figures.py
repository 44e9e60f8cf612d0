"""The figures that the audits are held to, and where among the comparisons each is measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from benchmarks.rows import Row

Value = float | None
Held = Callable[[float, Value], bool]


def at_least(aim: float) -> Held:
    """Whatever the peer has."""
    return lambda ours, _: ours >= aim


def at_most(aim: float) -> Held:
    """Whatever the peer has."""
    return lambda ours, _: ours <= aim


def above_peer(by: float = 0.0) -> Held:
    """Better than the peer, by so much where it is said."""
    return lambda ours, peer: peer is not None and (ours > peer if not by else ours >= peer + by)


def times_faster(by: float) -> Held:
    """Of seconds: the peer needs so many times ours."""
    return lambda ours, peer: peer is not None and peer >= by * ours


def same_as_peer(within: float) -> Held:
    """The same number but for rounding."""
    return lambda ours, peer: peer is not None and abs(ours - peer) <= within


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: What is measured, in words.
        aim: What is asked of it, in words.
        part: The comparison that measures it.
        workload: Pattern of the workloads of its rows; of several rows one that does not reach the
            aim counts, else the one whose peer is best.
        held: Whether our value, beside the peer's, reaches the aim; None where it is only told.
        seconds: The value is the seconds themselves, not the quality beside them.
        peer: Only rows beside this peer, where the workload does not tell.
    """

    name: str
    aim: str
    part: str
    workload: str
    held: Held | None
    seconds: bool = False
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """What was measured of a figure; `ours` is None where nothing was."""

    figure: Figure
    ours: Value = None
    peer: Value = None
    seconds: Value = None
    peer_seconds: Value = None
    peer_name: str = ""

    @property
    def reached(self) -> bool | None:
        """None where it was not measured, and where nothing is asked."""
        held = self.figure.held
        return None if self.ours is None or held is None else held(self.ours, self.peer)


def _edits() -> Iterable[Figure]:
    for rate, recall in (("15%", 0.999), ("30%", 0.98), ("50%", 0.85)):
        where = rf"ag_news_test, {rate} of words edited"
        yield Figure(f"near copies, {rate} of words edited: precision", "at least .97",
                     "near_copies", f"^{where}: precision", at_least(0.97))  # fmt: skip
        yield Figure(f"near copies, {rate} of words edited: recall", f"at least {recall}",
                     "near_copies", f"^{where}: recall", at_least(recall))  # fmt: skip
        yield Figure(f"near copies, {rate} of words edited: rows a second", "told", "near_copies",
                     f"^{where}: rows", None, seconds=True)  # fmt: skip


def _judged() -> Iterable[Figure]:
    ways = {"the peer's threshold set as ours": "set as ours", "the peer at its best": "best thres"}
    for way, pattern in ways.items():
        for name, data in (("plagiarised answers", "plagiarised"), ("DBLP-ACM", "dblp_acm")):
            yield Figure(f"judged pairs, {name}, F1, {way}", "above MinHash", "judged_pairs",
                         f"^{data}.*{pattern}", above_peer())  # fmt: skip


def _labels() -> Iterable[Figure]:
    sets = {"20news": "20news", "IMDB": "imdb", "CIFAR-10": "cifar10"}
    for name, data in sets.items():
        where = rf"(?i)^label_errors, {data}"
        yield Figure(f"label errors, {name}: precision at cleanlab's count", "cleanlab + .05",
                     "labels", rf"{where}: [\d,]+ of [\d,]+ rows", above_peer(0.05))  # fmt: skip
        yield Figure(f"label errors, {name}: average precision", "cleanlab + .05", "labels",
                     f"{where}: reviewed rows", above_peer(0.05))  # fmt: skip


FIGURES = (
    *_edits(),
    *_judged(),
    Figure("leakage: official test rows that train has", "25 of 25", "leakage",
           "official: test rows in train", at_least(25), seconds=True),
    *(
        Figure(f"leakage: planted in disguise, {way}", "1.000", "leakage",
               f"planted, {way}: recall", at_least(1.0))
        for way in ("capitals", "look-alikes", "no width")
    ),
    Figure("leakage: planted, 30% of words edited", "at least .98", "leakage",
           "planted, 30% of words edited", at_least(0.98)),
    Figure("leakage: test rows called copies of other intents alone", "at most .005", "leakage",
           "official: test rows called near copies of other intents", at_most(0.005)),
    *_labels(),
    Figure("personal data: F2 of the personal kinds", "at least .93", "personal",
           "learnt reader: F2 of the personal kinds|F2 of the personal kinds, both",
           at_least(0.93)),
    Figure("personal data: recall of the structured kinds", "at least .99", "personal",
           "(learnt reader: |pii_presidio, )recall of the structured kinds", at_least(0.99)),
    Figure("personal data: false hits in 1,000 questions", "at most 1", "personal",
           "1,000 rows of BANKING77", at_most(1)),
    Figure("personal data: false rows in 1,000 of four public sets", "at most 3",
           "personal_verdicts", "^all .* rows: false in 1,000$", at_most(3)),
    *(
        Figure(f"personal data: false rows in 1,000 {language} rows that name nobody", "told",
               "personal_languages", f"^{language}: false rows", None)
        for language in ("German", "French", "Spanish")
    ),
    Figure("agreement: Krippendorff's alpha", "equal to 1e-12", "agreement",
           "ratings: alpha, equal to 1e-12", same_as_peer(1e-12)),
    Figure("speed: 1,000,000 rows, all audits", "at most 60 s", "million", "audits together",
           at_most(60), seconds=True),
    Figure("memory: 1,000,000 rows, all audits", "at most 4 GB", "million", "highest memory",
           at_most(4096), seconds=True),
    Figure("speed: near copies beside datasketch, seconds", "15 times faster", "near_speed",
           "20,000 short rows", times_faster(15), seconds=True, peer="datasketch"),
    Figure("representativeness: regions of dropped intents named", "at least 70 of 77",
           "representative", "among the first 20 regions", at_least(70), seconds=True),
    Figure("hidden groups: score by groups found, below at random", "as by hand (within .03)",
           "hidden_groups", ": grouped", same_as_peer(0.03)),
)  # fmt: skip
"""All of them, in the order of the table."""


def measured(rows: Mapping[str, Iterable[Row]]) -> list[Reached]:
    """Look each figure up.

    Args:
        rows: Comparison → its rows.
    """
    return [_one(figure, list(rows.get(figure.part, ()))) for figure in FIGURES]


def _one(figure: Figure, rows: list[Row]) -> Reached:
    found = [
        Reached(figure, row.ours, row.peer, None, None, row.peer_name)
        if figure.seconds or row.quality_ours is None
        else Reached(figure, row.quality_ours, row.quality_peer, *_seconds(row), row.peer_name)
        for row in rows
        if re.search(figure.workload, row.workload) and figure.peer in row.peer_name
    ]
    # Of several peers the hardest: the one that holds the figure back, if any does.
    found.sort(key=lambda one: (bool(one.reached), -(one.peer or 0)))
    return found[0] if found else Reached(figure)


def _seconds(row: Row) -> tuple[Value, Value]:
    return (row.ours, row.peer) if row.metric == "seconds" else (None, None)
