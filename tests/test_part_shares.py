"""Shares of small files, and the share that settles a target (R9)."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.stats import binom
from tests import small_task
from tests.data_made import frame, parts_of, reading, task

from rungwise.data.part_shares import part_shares
from rungwise.evaluation.confirmation import fewest_right
from rungwise.evaluation.metrics import find
from rungwise.goal import one_sided
from rungwise.task import parse
from rungwise.workflow.project import Project
from rungwise.workflow.test_size import told_in_advance

NONE: frozenset[str] = frozenset()
GOAL = "Route customer requests to one of three teams with at least 95 percent accuracy"


def shares(rows: int, given: frozenset[str] = NONE, **policy: float) -> dict[str, float]:
    found = part_shares(task(policy), rows, given).parts
    return {part: round(share, 4) for part, share in found.items()}


def test_small_files_give_the_test_the_rows_that_folds_spare() -> None:
    assert shares(200) == {"train": 0.65, "validation": 0.1, "test": 0.25}
    assert shares(250) == {"train": 0.7, "validation": 0.1, "test": 0.2}
    assert shares(2_666) == {"train": 0.7, "validation": 0.1, "test": 0.2}
    assert shares(2_667) == {"train": 0.7, "validation": 0.15, "test": 0.15}
    assert shares(199) == {"train": 0.7, "validation": 0.15, "test": 0.15}
    assert shares(200, go_rows=70)["test"] == 0.35
    assert shares(200, go_rows=150)["test"] == 0.4
    assert shares(600, cross_validate_below=0)["validation"] == 0.15


def test_a_cluster_that_validation_could_not_hold_keeps_the_usual_shares() -> None:
    rows = [
        (f"text {n} of {n * 7}", "ab"[n % 2], f"customer {n // 50}")  # 12.5 percent each
        for n in range(400)
    ]
    parts = parts_of(task(), source=frame(rows))
    assert parts.numbers["shares"]["validation"] == 0.15
    assert len(parts.validation) and len(parts.test)


def test_the_users_files_and_shares_win() -> None:
    assert shares(200, frozenset({"validation"})) == {"train": 0.75, "test": 0.25}
    assert shares(200, frozenset({"test"})) == {"train": 0.9, "validation": 0.1}
    assert shares(200, test_share=0.15) == {"train": 0.75, "validation": 0.1, "test": 0.15}
    found = part_shares(task({"test_share": 0.15, "validation_share": 0.2}), 200, NONE)
    assert found.why == "as in policy.validation_share and policy.test_share"


def test_generated_text_keeps_its_validation_part() -> None:
    found = part_shares(task(kind="generate"), 200, NONE).parts
    assert found == {"train": 0.6, "validation": 0.15, "test": 0.25}


def test_200_rows_have_50_in_the_test_and_it_is_said_why() -> None:
    rows = [(f"text number {n} of {n * 7}", "ab"[n % 2]) for n in range(200)]
    parts = parts_of(task(), source=frame(rows))
    assert [len(part) for part in (parts.train, parts.validation, parts.test)] == [130, 20, 50]
    said = parts.assumptions[-1]
    assert "train 65 %, validation 10 %, test 25 %" in said
    assert "folds" in said and "50 rows (policy.go_rows)" in said


@pytest.mark.parametrize("share", [0.15, 0.2])
def test_a_share_that_was_set_is_kept_in_the_file_even_if_it_is_the_usual_one(
    share: float, tmp_path: Path
) -> None:
    data = small_task.write(tmp_path / "data.csv", small_task.rows()[:300])
    settings = (f"policy.test_share={share}",)
    made = Project.init(tmp_path / "task", data=data, goal=small_task.GOAL, settings=settings)
    assert f"test_share: {share}" in (tmp_path / "task" / "rungwise.yaml").read_text()
    assert made.split().numbers["shares"]["test"] == share


def advice(rows: int, target: float, **policy: float) -> tuple[str, dict[str, object]]:
    content = {
        "task": {"goal": "Route it", "metric": "accuracy", "target": target},
        "data": {"source": "source.csv"},
        "policy": policy,
    }
    made = frame([(f"text {n}", "ab"[n % 2]) for n in range(rows)])
    said, numbers = told_in_advance(parse(content), find("accuracy"), reading(source=made))
    return " ".join(said), dict(numbers)


def chance(rows: int, target: float, true: float) -> float:
    right = fewest_right(rows, target, 0.95)
    return 0.0 if right is None else float(binom.sf(right - 1, rows, true))


def test_the_share_that_settles_the_target_is_proposed_with_its_chance() -> None:
    said, numbers = advice(1_500, 0.90)  # 300 test rows; clearly above is 93 %
    chances = {share: chance(round(1_500 * share), 0.9, 0.93) for share in (0.2, 0.25, 0.3)}
    assert numbers["proposed"] == {
        "test_share": 0.3, "rows": 450, "chance": pytest.approx(chances[0.3]),
    }  # fmt: skip
    assert f"with a chance of {100 * chances[0.2]:.0f} %" in said
    assert (
        f"`policy.test_share: 0.3`, about 450 test rows, it is {100 * chances[0.3]:.0f} %" in said
    )
    assert "60 % of the rows are left to train" in said


def test_a_share_that_makes_it_possible_at_all_is_proposed() -> None:
    _, numbers = advice(200, 0.95)  # 73 rows without a mistake are the fewest
    assert numbers["right"] is None and numbers["least"] == 73
    assert numbers["proposed"]["test_share"] == 0.4  # type: ignore[index]


def test_what_no_share_settles_is_told_with_the_rows_that_would() -> None:
    said, numbers = advice(300, 0.90)
    assert numbers["proposed"] is None
    # 716 test rows (score test: 90 % against 93 %, four in five) at the 15 % of such a file
    assert "No division of these 300 rows" in said and "a file of about 4,800 rows" in said


def test_nothing_is_proposed_where_the_test_part_is_large_enough_or_the_users_own() -> None:
    said, numbers = advice(6_000, 0.9)
    assert numbers["proposed"] is None and "policy.test_share" not in said
    made = frame([(f"text {n}", "ab"[n % 2]) for n in range(300)])
    own = frame([(f"question {n}", "ab"[n % 2]) for n in range(105)])
    goal = parse(
        {
            "task": {"goal": "Route it", "metric": "accuracy", "target": 0.95},
            "data": {"source": "source.csv", "test": "test.csv"},
        }
    )
    said_of_own, of_own = told_in_advance(goal, find("accuracy"), reading(source=made, test=own))
    assert len(said_of_own) == 1 and "all 105 are right" in said_of_own[0]
    assert "proposed" not in of_own


def test_init_and_split_say_it_and_the_record_keeps_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from rungwise.progress import Lines

    data = small_task.write(tmp_path / "data.csv")
    Project.init(tmp_path / "task", data=data, goal=GOAL, progress=Lines())
    sentence = "With 108 test rows, accuracy of at least 95 % can be confirmed only if all 108"
    assert sentence in capsys.readouterr().err
    record = Project(tmp_path / "task", progress=Lines()).split()
    assert sentence in capsys.readouterr().err
    assert record.numbers["outlook"]["right"] == record.rows["test"] == 108


@pytest.mark.parametrize(
    ("goal", "warned"),
    [
        ("Flag toxic comments with a recall of at least 90 percent on toxic", "to every row"),
        ("Flag toxic comments with a precision of at least 90 percent on toxic", "one sure row"),
        ("Flag toxic comments with an F1 of at least 0.9 on toxic", ""),
        ("Flag toxic comments with at least 90 percent accuracy", ""),
    ],
)
def test_a_goal_of_one_side_is_warned_of_the_other(goal: str, warned: str, tmp_path: Path) -> None:
    rows = [(f"comment {n}", "toxic" if n % 4 == 0 else "fine") for n in range(120)]
    data = small_task.write(tmp_path / "data.csv", rows)
    made = Project.init(tmp_path / "task", data=data, goal=goal)
    gates = {gate["code"]: gate["reason"] for gate in made.status()["gates"]}
    reason = gates["goal_measurable"]
    assert warned in reason if warned else "alone is met" not in reason


def test_a_goal_with_a_word_on_the_other_side_is_not_warned() -> None:
    few = "Flag toxic comments, at least 90 percent recall on toxic and few false alarms"
    assert one_sided(few, "recall[toxic]") == ""
    assert "precision[toxic]" in one_sided(
        "Flag toxic comments, 90 percent recall", "recall[toxic]"
    )


@pytest.mark.parametrize(
    ("metric", "rows", "said"),
    [("accuracy", 300, ""), ("recall[rare]", 300, "what 6 test rows of 'rare' leave open"),
     ("accuracy", 120, "what 18 test rows leave open"), ("recall[rare]", 4000, "")],
)  # fmt: skip
def test_what_few_test_rows_leave_open_is_no_go_decision(metric: str, rows: int, said: str) -> None:
    """A tenth of the rows are rare; 50 of what is counted are needed (policy.go_rows)."""
    goal = "Find rare requests with at least 80 percent of what counts right"
    content = {"task": {"goal": goal, "metric": metric, "target": 0.8}, "data": {"source": "a.csv"}}
    labels = ["rare" if row % 10 == 0 else "usual" for row in range(rows)]
    made = frame([(f"text {row}", label) for row, label in enumerate(labels)])
    told = " ".join(told_in_advance(parse(content), find(metric), reading(source=made))[0])
    assert ("A go decision takes 50 rows" in told) == bool(said) and said in told
