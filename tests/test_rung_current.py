"""The system in use today, known by its answers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.small_encoder import context, examples

from rungwise import plugins
from rungwise.errors import DataError, ModelError
from rungwise.progress import Silent
from rungwise.protocols import Fitted, Rung

TRAIN, VALIDATION = examples(0, 9), examples(9, 5)
IDS, TEXTS = VALIDATION.inputs.ids, VALIDATION.inputs.values
ANSWERS = pl.Series("output", ["refund", "access", "refund", "delivery", "other"])


def fitted(table: pl.DataFrame) -> Fitted:
    rung: Rung = plugins.load("rungs", "current")
    about = context(Path(), "encoder", imported={"rules": table})
    configuration = rung.propose(about, [])
    assert configuration == {"name": "rules"}
    return rung.fit(configuration, 1, TRAIN, VALIDATION, about)


@pytest.mark.parametrize("answer", ["output", "label"])
@pytest.mark.parametrize("keys", [("id",), ("input",), ("id", "input")])
def test_answers_find_their_rows(keys: tuple[str, ...], answer: str) -> None:
    columns = {"id": IDS, "input": TEXTS}
    table = pl.DataFrame({**{key: columns[key] for key in keys}, answer: ANSWERS})
    predictions = fitted(table.reverse()).predict(VALIDATION.inputs, Silent())
    assert predictions.outputs.to_list() == ANSWERS.to_list()
    assert predictions.scores is None


def test_the_text_decides_where_ids_are_of_another_system() -> None:
    table = pl.DataFrame({"id": ["A", "B", "C", "D", "E"], "input": TEXTS, "output": ANSWERS})
    predictions = fitted(table).predict(VALIDATION.inputs, Silent())
    assert predictions.outputs.to_list() == ANSWERS.to_list()


def test_a_row_without_an_answer_is_named() -> None:
    table = pl.DataFrame({"id": IDS[1:], "output": ANSWERS[1:]})
    with pytest.raises(DataError, match=f"rules lack 1 of 5 rows, such as row {IDS[0]}"):
        fitted(table)


def test_two_answers_for_one_row_are_refused_and_the_same_twice_is_one() -> None:
    table = pl.DataFrame({"id": IDS, "output": ANSWERS})
    assert fitted(pl.concat([table, table]))
    second = table.with_columns(output=pl.lit("delivery"))
    with pytest.raises(DataError, match="two outputs for id"):
        fitted(pl.concat([table, second]))


def test_a_table_without_answers_is_refused() -> None:
    with pytest.raises(DataError, match="have the columns id, guess"):
        fitted(pl.DataFrame({"id": IDS, "guess": ANSWERS}))


def test_without_an_import_it_is_excused() -> None:
    excuse = plugins.load("rungs", "current").excuse(context(Path(), "encoder"))
    assert "--import" in excuse


def test_every_import_is_one_attempt() -> None:
    table = pl.DataFrame({"id": IDS, "output": ANSWERS})
    about = context(Path(), "encoder", imported={"vendor": table, "rules": table})
    rung = plugins.load("rungs", "current")
    assert rung.propose(about, []) == {"name": "rules"}


def test_there_is_no_model_to_ship(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model to ship"):
        fitted(pl.DataFrame({"id": IDS, "output": ANSWERS})).export(tmp_path)
