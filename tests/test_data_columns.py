"""Columns: as the user says, else by name, and every guess in words."""

from __future__ import annotations

import pytest
from tests.data_made import task

from rungwise.data.columns import find
from rungwise.errors import DataError


@pytest.mark.parametrize(
    ("available", "input_", "label"),
    [
        (["text", "label"], "text", "label"),
        (["Category", "Utterance"], "Utterance", "Category"),
        (["id", "sentence", "intent", "date"], "sentence", "intent"),
        (["title", "description", "text", "class"], "text", "class"),
        (["label", "what they wrote"], "what they wrote", "label"),
        (["question", "team"], "question", "team"),
        (["id", "message", "queue"], "message", "queue"),
    ],
)
def test_columns_are_found_by_name_or_by_being_the_only_choice(
    available: list[str], input_: str, label: str
) -> None:
    columns, said = find(available, task().data, "a.csv")
    assert (columns.input, columns.label) == (input_, label)
    assert said == (
        f"column `{input_}` of a.csv is taken as the input",
        f"column `{label}` of a.csv is taken as the label",
    )


def test_named_columns_go_without_saying() -> None:
    asked = task(input="b", label="a", id="c", group="d", time="e", annotator="f").data
    columns, said = find(list("abcdef"), asked, "a.csv")
    assert (columns.input, columns.label, columns.id, columns.group) == ("b", "a", "c", "d")
    assert (columns.time, columns.annotator, said) == ("e", "f", ())


def test_a_column_named_otherwise_is_not_guessed_too() -> None:
    columns, _ = find(["text", "label", "answer"], task(group="text", input="answer").data, "a.csv")
    assert (columns.input, columns.label, columns.group) == ("answer", "label", "text")


@pytest.mark.parametrize("role", ["input", "label", "id", "group", "time", "annotator"])
def test_a_wrong_name_names_the_columns_found_and_the_nearest(role: str) -> None:
    asked = task().data.model_copy(update={role: "Customr"})
    with pytest.raises(DataError) as caught:
        find(["text", "label", "customer"], asked, "a.csv")
    assert str(caught.value) == (
        "a.csv has no column `Customr`; it has `text`, `label`, `customer`. "
        "Did you mean `customer`?"
    )


def test_no_sensible_choice_lists_the_columns() -> None:
    with pytest.raises(DataError, match="told to be the input; it has `a`, `b`, `c`"):
        find(["a", "b", "c"], task().data, "a.csv")
    with pytest.raises(
        DataError, match=r"told to be the label; it has `text`\. Name it \(`--label"
    ):
        find(["text"], task().data, "a.csv")
    with pytest.raises(
        DataError, match=r"it has `ham`, `Go until \[\.\.\.\]`.*first line of the file"
    ):
        find(["ham", "Go until " + "x" * 90], task().data, "a.csv")


def test_the_users_other_files_may_lack_the_group_and_say_so() -> None:
    columns, said = find(["text", "label"], task(group="customer").data, "b.csv", first=False)
    assert columns.group is None
    assert said[0] == "b.csv has no column `customer` (group)"


def test_inputs_need_no_label() -> None:
    columns, _ = find(["text"], task(label="label").data, "new.csv", first=False, label=False)
    assert (columns.input, columns.label) == ("text", None)
    columns, _ = find(["anything"], task().data, "new.csv", first=False, label=False)
    assert (columns.input, columns.label) == ("anything", None)
