"""What is wrong with a text is named, and what no rule names is grouped by what it is about."""

from __future__ import annotations

from functools import partial

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.data.languages import languages
from rungwise.data.near.vectors import vectors
from rungwise.evaluation.json_validity import validity
from rungwise.evaluation.text_clusters import Likeness
from rungwise.evaluation.text_failures import Known, group
from rungwise.evaluation.text_lessons import lessons
from rungwise.evaluation.text_mistakes import (
    UNNAMED,
    WORDED,
    Answer,
    faults,
    field_of,
    kind_of,
    mistake,
    says_what_is_right,
)
from rungwise.evaluation.text_wording import another_wording
from rungwise.table import Predictions


def wrong(expected: str, output: str) -> str:
    return mistake(Answer(expected, output))


def answered(outputs: list[str | None]) -> Predictions:
    ids = pl.Series("id", [str(place) for place in range(len(outputs))])
    return Predictions(ids, pl.Series("output", outputs, dtype=pl.String), None, ())


@pytest.mark.parametrize(
    ("expected", "output", "name"),
    [
        ('{"a": 1}', '```json\n{"a": 1}\n```', "JSON with words around it"),
        ('{"a": 1}', "{'a': 1}", "JSON cut short or broken"),
        ('{"a": 1}', '{"a": ', "no JSON, and not all that was asked"),
        ('{"a": 1}', "It is 1", "no JSON"),
        ('{"a": 1}', "one", "no JSON, and not all that was asked"),
        ('{"a": 1}', "I'm sorry, I cannot do that.", "refusal"),
        ('{"a": 1, "b": 2}', '{"a": 1}', "field missing: b"),
        ('{"a": 1}', '{"a": 1, "b": 2}', "field too many: b"),
        ('{"a": {"b": 1}}', '{"a": {"b": 2}}', "wrong value: a/b"),
        ("Paris", "", "no answer"),
        ("Paris", "It is Paris.", "the right answer with words around it"),
        ("Paris", "paris.", "another spelling: case, punctuation or articles"),
        ("Paris", "Rome", "another text"),
        ("Paris", "Rome, or perhaps some other place", "another text"),
        ("Paris", " Paris ", ""),
    ],
)
def test_what_is_wrong_is_named(expected: str, output: str, name: str) -> None:
    assert wrong(expected, output) == name


FACTS = "name[The Eagle], food[French], priceRange[less than £20], familyFriendly[no]"
OTHER = "A French place called The Eagle: not family friendly, less than £20."
SENTENCE = "The Eagle is a French place, less than £20 and not family friendly."


@pytest.mark.parametrize(
    ("asked", "expected", "output", "holds"),
    [
        (FACTS, SENTENCE, OTHER, 1),
        (FACTS, SENTENCE, FACTS, 1),  # copied
        (FACTS, SENTENCE, "The Eagle is French, less than £20 and family friendly.", 0),
        (FACTS, SENTENCE, "The Eagle is French, less than £30 and not family friendly.", 0),
        (FACTS, SENTENCE, "The Eagle is a French place, not family friendly.", 0),
        (FACTS, SENTENCE, f"In London, {SENTENCE}", 0),  # a place of which nothing was said
        (None, SENTENCE, OTHER, 0),
        ("capital of France?", "France's capital is Paris.", "France's capital is big.", 0),
        ("Who wrote the book?", "The book is by Mr. Smith.", "The book is by Mr. Jones.", 0),
        ("The capital of it?", "The capital: Paris", "The capital: Rome", 0),
        ("The price?", "The price is £20.", "The price is $20.", 0),
        ("The price?", "The price is 1,000.", "1000 is the price.", 1),
        ("Is the Caf\u00e9 near?", "The Caf\u00e9 is near.", "Near is the Cafe\u0301.", 1),
        ("Is the shop open?", "The shop is open.", "The shop, I think, is open.", 1),
        ("Is it open?", "Yes, till ten.", "Of course, until ten.", 0),  # nothing of it is quoted
        ("My card is lost.", "Sorry about your card!", "We regret that the card is lost.", 1),
        ("My card is lost.", "Sorry about your card!", "We can't help you with a card.", 0),
    ],
)  # fmt: skip
def test_other_words_keep_names_numbers_and_negation(
    asked: str | None, expected: str, output: str, holds: int
) -> None:
    name = mistake(Answer(expected, output, asked))
    assert (name == WORDED) == bool(holds)


WORDS = st.lists(
    st.sampled_from(["card", "Paris", "not", "£20", "1,000", "is", "Café"]), max_size=6
)


@given(WORDS, WORDS)
def test_a_text_keeps_its_own_names_and_no_other_number(asked: list[str], said: list[str]) -> None:
    question, text = " ".join(["the", *asked]), " ".join(["the", *said])
    assert another_wording(question, text, text)
    assert not another_wording(question, text, f"{text} 4711")


def test_groups_count_every_wrong_answer_once() -> None:
    expected = pl.Series(['{"a": 1}'] * 5)
    outputs: list[str | None] = ['{"a": 1}', "no", "nothing", '{"a": 2}', None]
    found = group(expected, answered(outputs), limit=2)
    assert [(one.name, one.count) for one in found] == [
        ("no JSON, and not all that was asked", 2), ("no answer", 1), ("other mistakes", 1),
    ]  # fmt: skip
    assert sum(one.share for one in found) == pytest.approx(1)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (Answer("Paris", "It was long ago that people", cut=True), "cut off at the longest answer"),
        (Answer('{"a": 1}', '{"a": ', cut=True), "cut off at the longest answer"),
        (Answer("Paris", "Paris, as", cut=True), "the right answer with words around it"),
        (Answer("Paris", "to be or " * 5, cut=True), "another text"),
        (Answer("Paris", "Paris, " * 5, cut=True), "the same words again and again"),
        (Answer("no no no no", "no no no no no"), "the right answer with words around it"),
        (Answer("Guten Morgen", "Good morning", foreign=True), "another language"),
    ],
)  # fmt: skip
def test_what_else_is_known_of_an_answer_names_its_mistake(answer: Answer, name: str) -> None:
    assert mistake(answer) == name


@pytest.mark.parametrize(
    ("asked", "output", "name"),
    [
        ("book a table at Ritz", "Savoy", "invented value: place"),
        ("book a table at Ritz, not at Savoy", "Savoy", "wrong value: place"),
        ("book a table at the usual place", "Savoy", "wrong value: place"),
        (None, "Savoy", "wrong value: place"),
    ],
)
def test_a_value_is_invented_only_where_the_right_one_can_be_read(
    asked: str | None, output: str, name: str
) -> None:
    """The last but one: the right value is not in the input either, so it is no quotation."""
    answer = Answer('{"place": "Ritz"}', f'{{"place": "{output}"}}', asked)
    assert mistake(answer) == name
    assert field_of(name) == "place"


@pytest.mark.parametrize(
    ("expected", "output", "kinds"),
    [
        ('{"a": 1}', '{"a"', ["content", "form"]),
        ('{"a": 1}', 'so: {"a": 1}', ["form"]),
        ('{"a": 1}', 'so: {"a": 2}', ["content", "form"]),
        ('{"a": 1}', "[1]", ["structure"]),
        ('{"a": 1}', "{}", ["content", "structure"]),
        ("Paris", "paris!", ["form"]),
        ("Paris", "So Paris", ["form"]),
        ("Paris", "R", ["content", "form"]),
        ("Paris", "Rome " * 9, ["content", "form", "form"]),
        ("Paris", "I'm sorry, no.", ["content"]),
        ("42", "It is 42.", ["form"]),
        ("42", "It is 41.", ["content", "form"]),
    ],
)
def test_what_is_said_is_looked_at_before_how_it_is_written(
    expected: str, output: str, kinds: list[str]
) -> None:
    found = faults(Answer(expected, output))
    assert [one.kind for one in found] == kinds
    assert [kind_of(one.name) for one in found] == kinds, "a name on record tells its kind"
    assert says_what_is_right(Answer(expected, output)) == ("content" not in kinds)


@pytest.mark.parametrize(
    ("expected", "output", "right"),
    [
        ("Miasma theory", "Bad air is known as the Miasma theory.", 1),
        ("Miasma theory", "The Miasma theory is known as the Plague theory.", 0),
        ("Ada Byron", "The name of the writer Ada Byron is Mary Shelley.", 0),
        ("OpenTV", "It is called OpenTV. OpenTV is a system for streams.", 1),
        ("Paris", "Paris is the capital.", 1),
        ("Paris", "It is not Paris.", 0),
        ("Paris", "Paris may be meant, but the answer is Rome.", 0),
        ("Paris", "Rome it is. Some say Paris. But Rome is where they met.", 0),
        ("9000 BP", "It was in 9000 BCE.", 0),
        ("not yet", "The shop is not yet open", 1),
        ("Paris", "Rome is the largest. However, Paris is the oldest.", 0),
        ("Paris", "There are two. So the answer is Paris.", 1),
        ("the capital", "The capital is where the capital was.", 0),  # only the question again
        ("the capital", "Answer: the capital", 1),
    ],
)
def test_right_words_count_only_where_they_are_the_answer(
    expected: str, output: str, right: int
) -> None:
    asked = "What is it? Where was the capital?"
    assert says_what_is_right(Answer(expected, output, asked)) == bool(right)


def test_a_cut_is_no_excuse_once_the_text_is_about_something_else() -> None:
    wanted = '{"place": "Ritz", "people": 4, "when": "tonight"}'
    begun, long = (
        "Let me think. The guest asks",
        "The Ritz is a hotel in London that opened in 1906. ",
    )
    assert mistake(Answer(wanted, begun, cut=True)) == "cut off at the longest answer"
    varied = "".join(long.replace("1906", str(1906 + year)) for year in range(8))
    assert kind_of(mistake(Answer(wanted, varied, cut=True))) == "content"
    assert mistake(Answer("56", varied, cut=True)) == "cut off at the longest answer"


def test_a_switch_of_language_is_named_where_both_are_beyond_doubt() -> None:
    expected = pl.Series(["The parcel was sent to your old address on Monday morning."] * 2)
    outputs: list[str | None] = [
        "Das Paket wurde am Montagmorgen an Ihre alte Adresse geschickt.",
        "Paket weg",
    ]
    found = group(expected, answered(outputs), 9, Known(languages=languages))
    assert {one.name: one.examples for one in found}["another language"] == ("0",)


def test_what_no_rule_names_is_grouped_by_what_it_is_about() -> None:
    """Two subjects, five rows each, and one row that is like no other."""
    months = ["March", "April", "May", "June", "July"]
    asked = [f"In which year, before {month}, was the castle built" for month in months]
    asked += [f"Who sang the famous song about {month} tonight" for month in months]
    asked.append("zebra")
    expected = pl.Series(["about 1200"] * 5 + ["a band"] * 5 + ["striped"])
    outputs: list[str | None] = [*["near 1300"] * 5, *["a duo"] * 5, "spotted"]
    known = Known(
        inputs=pl.Series(asked), likeness=lambda: Likeness(partial(vectors, seed=1), 0.15)
    )
    found = group(expected, answered(outputs), 9, known)
    assert [one.count for one in found] == [5, 5, 1]
    assert found[-1].name == UNNAMED
    subjects = [one.name.removeprefix(f"{UNNAMED}, about ").split(", ") for one in found[:2]]
    known_words = (
        {"famous", "sang", "song", "tonight", "who", "band", "duo"},
        {"which", "year", "before", "castle", "built", "was", "near"},
    )
    for words, own in zip(
        sorted(subjects, key=lambda one: "band" not in one), known_words, strict=True
    ):
        assert len(words) == 3 and set(words) <= own


def test_training_rows_that_teach_a_group_are_counted() -> None:
    train = pl.DataFrame({
        "input": ["a table at Ritz", "a song by Bach", "a song about rain"],
        "expected": ['{"place": "Ritz"}', '{"who": "Bach"}', '{"what": "rain"}'],
    })  # fmt: skip
    assert lessons("field missing: place", train) == 1
    assert lessons("field too many: place", train) == 2
    assert lessons("another text, about song, band, who", train) == 1
    assert lessons("no JSON", train) == 3
    assert lessons("refusal", train) is None


@pytest.mark.parametrize(
    "name", ["cut off at the longest answer", "another number", "the input copied", "no answer"]
)
def test_rows_do_not_teach_what_a_limit_or_a_base_gets_wrong(name: str) -> None:
    train = pl.DataFrame({"input": ["2 + 3?"] * 20, "expected": ["5"] * 20})
    assert lessons(name, train) is None


def test_valid_json_and_right_answers_are_counted_apart() -> None:
    wanted = '{"place": "Ritz"}'
    outputs = [wanted, '{"place": "Savoy"}', f"Sure: {wanted}", "no idea", '{"place": "ritz"}']
    found = validity([Answer(wanted, output) for output in outputs])
    assert found is not None
    assert (found.valid, found.valid_right) == (3, 2), "the last one is right but for a letter"
    assert (found.invalid, found.invalid_right) == (2, 1)
    assert found.told.startswith("3 of 5 answers are valid, and 2 of these say what is right;")
    short = validity([Answer(wanted, output) for output in outputs], lambda text: len(text) > 20)
    assert short is not None and short.valid == 1
    assert validity([Answer("Paris", "Paris")]) is None


QUESTION = "Paris is the capital of France. Lyon is a large city.\n\nWhat is the capital of France?"
ORDER = '{"intent": "book", "city": "Boston", "people": 2}'
ASKED = "please book a table in Boston for two people"


SHIPPED = "Two coat racks for Sara Fischer, to be shipped to Lund by Friday."


@pytest.mark.parametrize(
    ("asked", "output", "said"),
    [
        (SHIPPED, "The order is to be sent to Lund.", True),
        (SHIPPED, "Thank you! We will ship it to Lund today.", True),
        (SHIPPED, "It is for Sara Fischer in Lund.", False),  # another name of the input besides
        (SHIPPED, "It does not go to Lund.", False),
        (SHIPPED, "It goes to Lund or Malmo.", False),
        (SHIPPED, "It goes to Malmo.", False),
        ("Is Lund or Malmo older?", "It is about Lund.", False),  # a question that names it
        (f"{SHIPPED}\nIs Lund or Malmo older?", "It is about Lund.", False),
    ],
)
def test_what_is_taken_from_an_input_may_stand_in_a_sentence(
    asked: str, output: str, said: bool
) -> None:
    found = faults(Answer("Lund", output, asked))
    assert all(one.kind == "form" for one in found) is said, found


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (Answer("17", "<think>It is 12.</think>17"), True),
        (Answer("17", "<think>It is 17.</think>12"), False),
        (Answer(ORDER, f'<think>{{"city": "Rome"}}?</think>{ORDER}', ASKED), True),
        (Answer(ORDER, f"<think>{ORDER}</think>{ORDER.replace('Boston', 'Rome')}", ASKED), False),
        (Answer("Paris", "<think>Lyon? No, not Lyon.</think>Paris", QUESTION), True),
        (Answer("17", "17\n\nQuestion: How many pears?\nAnswer: 5"), True),
        (Answer("17", "5\n\nQuestion: How many apples?\nAnswer: 17"), False),
        (Answer("Paris", "Paris\n\nQ: And of Spain?\nMadrid", QUESTION), True),
        (Answer("Paris", "It is Paris, not Lyon.", QUESTION), True),
        (Answer("Paris", "It is Lyon, not Paris.", QUESTION), False),
        (Answer("Paris", "Paris or Lyon", QUESTION), False),
        (Answer("Paris", "Either Lyon or Paris.", QUESTION), False),
        (Answer("Paris", "La capitale est Lyon.", QUESTION, foreign=True), False),
        (Answer("Paris", "La capitale est Paris.", QUESTION, foreign=True), True),
        (Answer("no", "Yes, no doubt.", "Is it open?"), False),
        (Answer("no", "There is no answer", "Is it open?"), False),
        (Answer("no", "No, it is closed.", "Is it open?"), True),
        (Answer("12 apples", "12"), True),
        (Answer("12 apples", "She has twelve apples left."), True),
        (Answer("12 apples", "5 apples"), False),
        (Answer("12 apples", "12 pears"), False),
        (Answer("$12", "€12"), False),
        (Answer("$12", "12%"), False),
        (Answer("$12", "12 dollars"), True),
        (Answer(ORDER, ORDER.replace("2", '"two"'), ASKED), True),
        (Answer(ORDER, ORDER.replace("2", '"three"'), ASKED), False),
        (Answer(f"```json\n{ORDER}\n```", ORDER, ASKED), True),
        (Answer(f"```json\n{ORDER}\n```", ORDER.replace("Boston", "Rome"), ASKED), False),
    ],
)
def test_what_stands_around_an_answer_is_not_what_it_says(answer: Answer, right: bool) -> None:
    """Thinking, the next question, an answer that is turned down, a unit, a code block."""
    assert faults(answer)
    assert says_what_is_right(answer) is right
