"""Sentences of goals as people write them, and what is read out of each: right, or asked about.

The expected readings are what the sentences say; `None` is what must be asked.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.small_task import rows, write

from rungwise import Project
from rungwise.errors import DataError, TaskError
from rungwise.goal import metric_of_class, read, wish
from rungwise.progress import Silent
from rungwise.task import load

MAILS = "Sort mails by folder with "
ENGLISH = [
    ("Answer each sum with at least 50 percent final number match", "final_number", 0.5),
    ("Answer each question with at least 70 % final answer accuracy", "final_answer", 0.7),
    ("Write the booking as JSON with json_f1 of at least 0.8", "json_f1", 0.8),
    ("Write a sentence from the facts with rouge_l >= 60 %", "rouge_l", 0.6),
    (MAILS + "an accuracy of at least 92,5 %", "accuracy", 0.925),
    (MAILS + "an accuracy of at least 92.5%", "accuracy", 0.925),
    (MAILS + "99.9 percent accuracy", "accuracy", 0.999),
    (MAILS + "an F1 of 0.85", "macro_f1", 0.85),
    (MAILS + "an F1 score of at least 85 per cent", "macro_f1", 0.85),
    (MAILS + "an F1-score of 0,85", "macro_f1", 0.85),
    (MAILS + "a macro-averaged F1 of .85", "macro_f1", 0.85),
    (MAILS + "F1 of at least 0.85 on our mails", "macro_f1", 0.85),
    (MAILS + "F1 for spam of 0.8", "f1[spam]", 0.8),
    (MAILS + "a recall of at least 90 percent on toxic", "recall[toxic]", 0.9),
    (MAILS + "recall on toxic of at least 90 percent", "recall[toxic]", 0.9),
    (MAILS + "recall on the toxic class >= 90%", "recall[toxic]", 0.9),
    (MAILS + "at least 90% recall for the class “card arrival”", "recall[card arrival]", 0.9),
    (MAILS + "recall on class 2 of at least 90 %", "recall[2]", 0.9),
    (MAILS + "recall on P1 of at least 95%", "recall[P1]", 0.95),
    (MAILS + "95 percent spam recall", "recall[spam]", 0.95),
    (MAILS + "accuracy >= 90%", "accuracy", 0.9),
    (MAILS + "accuracy>=0.9", "accuracy", 0.9),
    (MAILS + "accuracy ≥ .9", "accuracy", 0.9),
    (MAILS + "90%+ accuracy", "accuracy", 0.9),
    (MAILS + "90 percent or better accuracy", "accuracy", 0.9),
    (MAILS + "not less than 90 % accuracy", "accuracy", 0.9),
    (MAILS + "at least 90% overall accuracy", "accuracy", 0.9),
    (MAILS + "100 % accuracy", "accuracy", 1.0),
    (MAILS + "an error rate of at most 5 percent", "accuracy", 0.95),
    (MAILS + "less than 0.5 percent errors", "accuracy", 0.995),
    (MAILS + "a log loss of at most 0.3", "log_loss", 0.3),
    (MAILS + "at most 5 percent mistakes", "accuracy", 0.95),
    (MAILS + "balanced_accuracy >= 0.8", "balanced_accuracy", 0.8),
    (MAILS + "recall[card arrival] >= 0.9", "recall[card arrival]", 0.9),
    (MAILS + "recall of class 0 of 90 %", "recall[0]", 0.9),
    (MAILS + "a F1 of >0.85", "macro_f1", 0.85),
    (MAILS + "90 percent accuracy in 3 months", "accuracy", 0.9),
    ("Predict Python 3.11 errors from logs with 90% accuracy", "accuracy", 0.9),
    ("Is this tweet hate speech? At least 90 percent recall on hate", "recall[hate]", 0.9),
    (MAILS + "balanced accuracy of 80 percent", "balanced_accuracy", 0.8),
    (MAILS + "an AUROC of at least 0.97", "roc_auc", 0.97),
    ("Sort 1,000 mails a day into 77 intents with 90 % accuracy", "accuracy", 0.9),
    ("Classify 5-star reviews by mood with 90 % accuracy", "accuracy", 0.9),
    ("Detect product recall notices with 90 % accuracy", "accuracy", 0.9),
    ("Sentiment analysis of reviews, accuracy at least 90 percent", "accuracy", 0.9),
    ("Intent detection with 90% accuracy", "accuracy", 0.9),
    ("A classifier for support tickets with accuracy of 90 %", "accuracy", 0.9),
    ("Sort mails by folder. Metric: accuracy. Target: at least 90 percent", "accuracy", 0.9),
    (MAILS + "accuracy greater than or equal to 0.9", "accuracy", 0.9),
    ("Topic labelling with a macro-averaged F1 score above 70%", "macro_f1", 0.7),
    (MAILS + "an accuracy no worse than 90 percent", "accuracy", 0.9),
    (MAILS + "F1 (weighted) of 0.9", "weighted_f1", 0.9),
    (MAILS + "F1, weighted, of 0.9", "weighted_f1", 0.9),
    (MAILS + "F1 micro of 0.9", "micro_f1", 0.9),
    (MAILS + "accuracy (balanced) of 0.9", "balanced_accuracy", 0.9),
    (MAILS + "accuracy, balanced, of at least 0.9", "balanced_accuracy", 0.9),
    (MAILS + "accuracy at or above 90 %", "accuracy", 0.9),
    (MAILS + "F1(spam) >= 0.9", "f1[spam]", 0.9),
    (MAILS + "recall(card arrival) of at least 90 %", "recall[card arrival]", 0.9),
    (MAILS + "spam-recall of 95 %", "recall[spam]", 0.95),
    (MAILS + "a maximum error of 5 %", "accuracy", 0.95),
    ("Sort mails by 31.12.2026 with 90 % accuracy", "accuracy", 0.9),
    ("Sort logs of 10.0.0.1 with an accuracy of 90 %", "accuracy", 0.9),
    ("Sort parts of 0.5 mm by shape with an accuracy of 90 %", "accuracy", 0.9),
    ("Match our mails to teams at 90 % accuracy", "accuracy", 0.9),
    ("Sort today's mails by folder with 90 % accuracy", "accuracy", 0.9),
    ("Tell old mails from current ones with 90 % accuracy", "accuracy", 0.9),
    ("Turn mails into JSON with at least 90 % JSON F1", "json_f1", 0.9),
]
OTHER_LANGUAGES = [
    ("Klassifiziere E-Mails mit mindestens 95%iger Genauigkeit", "accuracy", 0.95),
    ("Clasificar correos con una tasa de error inferior al 5 %", "accuracy", 0.95),
    ("Klassificera ärenden efter team med minst 90 % noggrannhet", "accuracy", 0.9),
    ("Klassifiziere Tickets nach Team mit mindestens 92,5 % Genauigkeit", "accuracy", 0.925),
    ("Erkenne Spam in SMS mit einem F1-Wert von 0,85", "macro_f1", 0.85),
    ("Stimmungsanalyse von Rezensionen, Fehlerrate höchstens 5 %", "accuracy", 0.95),
    ("Ordne Anfragen Themen zu, Genauigkeit nicht unter 90 Prozent", "accuracy", 0.9),
    ("Classer les tickets avec une exactitude d'au moins 92,5\u202f%", "accuracy", 0.925),
    ("Analyse de sentiments des avis avec 90 pour cent d'exactitude", "accuracy", 0.9),
    ("Détecter la haine avec un rappel d'au moins 90 % sur toxique", "recall[toxique]", 0.9),
    ("Clasificar tickets con una exactitud de al menos el 90 %", "accuracy", 0.9),
    ("Análisis de reseñas con exactitud mínima del 85 por ciento", "accuracy", 0.85),
    ("Classificare i ticket con un'accuratezza di almeno il 90 %", "accuracy", 0.9),
    ("Classificar os tickets com acurácia de pelo menos 90%", "accuracy", 0.9),
    ("Deteção de spam em mensagens com uma exatidão de 0,95", "accuracy", 0.95),
    ("Classificeer tickets per team met minstens 90 procent nauwkeurigheid", "accuracy", 0.9),
    ("Klasyfikuj zgłoszenia z dokładnością co najmniej 92,5 %", "accuracy", 0.925),
    ("Wykrywanie spamu w wiadomościach, F1 co najmniej 0,9", "macro_f1", 0.9),
    ("Klassifiziere Tickets mit gewichtetem F1 von 0,8", "weighted_f1", 0.8),
    ("Klassifiziere Tickets mit Mikro-F1 von 0,8", "micro_f1", 0.8),
    ("Klassifiziere Tickets mit balancierter Genauigkeit von 80 %", "balanced_accuracy", 0.8),
    ("Classer les tickets avec une F1 pondérée de 0,8", "weighted_f1", 0.8),
    ("Clasificar tickets con F1 ponderado de 0,8", "weighted_f1", 0.8),
    ("Classificare recensioni con un tasso di errore massimo del 5%", "accuracy", 0.95),
    ("Klassificera ärenden med minst 90 procents noggrannhet", "accuracy", 0.9),
    ("Klassificer mails med en nøjagtighed på mindst 90 procent", "accuracy", 0.9),
    ("Clasificar reseñas con menos del 5 % de errores", "accuracy", 0.95),
    ("Anfragen klassifizieren: mindestens 99,9 % Genauigkeit", "accuracy", 0.999),
    ("Anfragen klassifizieren mit 92,5-prozentiger Genauigkeit", "accuracy", 0.925),
    ("Anfragen klassifizieren mit einer Mindestgenauigkeit von 90 %", "accuracy", 0.9),
    ("Tickets classificeren met een nauwkeurigheid van minstens 90 procent", "accuracy", 0.9),
]
ASKED = [
    (MAILS + "80 to 90 percent accuracy", "80 to 90 percent"),
    (MAILS + "accuracy between 80 and 90 percent", "80 and 90 percent"),
    (MAILS + "accuracy of 80-90%", "80-90%"),
    (MAILS + "accuracy of 92, 5 %", "92, 5 %"),
    (MAILS + "90 ± 2 percent accuracy", "90 ± 2 percent"),
    (MAILS + "90 percent accuracy and 80 percent recall on spam", "two numbers"),
    (MAILS + "90 percent accuracy on 95 percent of mails", "two numbers"),
    (MAILS + "top 5 accuracy of 90 percent", "top 5 accuracy"),
    (MAILS + "at most 1.5 percent false positives", "false positives"),
    (MAILS + "accuracy and at most 1.5 percent false positives", "false positives"),
    (MAILS + "an F0.5 of 0.8", "F0.5"),
    (MAILS + "accuracy@5 of 0.8", "accuracy@5"),
    (MAILS + "token accuracy of 90 percent", "token accuracy"),
    (MAILS + "accuracy of 120 %", "120 %"),
    (MAILS + "accuracy of 0.9 %", "0.9 %"),
    (MAILS + "accuracy of 90", "“90”"),
    (MAILS + "ninety percent accuracy", "ninety percent"),
    (MAILS + "accuracy in 9 out of 10", "9 out of 10"),
    (MAILS + "less than 90 % accuracy", "wrong way round"),
    (MAILS + "accuracy of up to 90 percent", "wrong way round"),
    (MAILS + "an error rate of at least 5 percent", "wrong way round"),
    (MAILS + "accuracy 10 percent higher than today", "how much better"),
    (MAILS + "accuracy of 90% per class", "per class"),
    (MAILS + "F1 of at least 80 percent on each class", "on each"),
    (MAILS + "90 percent +/- 2 accuracy", "90 percent +/- 2"),
    ("Sort mails better than the current 90 percent accuracy", "today"),
    (MAILS + "90 percent recall", "of which class"),
    (MAILS + "90 percent precision", "of which class"),
    (MAILS + "accuracy and F1 of at least 90 %", "two metrics"),
    ("Sort mails by folder within 2 percent of human accuracy", "2 percent"),
    ("Improve the accuracy of ticket routing by 10 percent", "10 percent"),
    ("Answer 90 percent of tickets within 24 hours", "90 percent of tickets"),
    ("Classer les tickets avec une précision de 90 %", "précision"),
    (MAILS + "an F1 of 0.9, weighted", "weighted"),
    (MAILS + "an F1 of 0.9 (micro average)", "micro"),
    (MAILS + "a binary F1 of 0.9", "binary F1"),
    (MAILS + "a macro accuracy of 0.9", "macro accuracy"),
    (MAILS + "an accuracy loss of at most 5 percent", "at most 5 percent"),
    (MAILS + "an accuracy drop of at most 2 percent", "at most 2 percent"),
    (MAILS + "an equal error rate of 5 percent", "equal error rate"),
    (MAILS + "an error rate of 95 percent", "wrong more often than right"),
    ("Mails nach Thema sortieren, 9 von 10 richtig", "9 von 10"),
    ("Sort mails by folder; no more than one in twenty may go wrong", "one in twenty"),
    (MAILS + "an accuracy of two thirds", "two thirds"),
    (MAILS + "an accuracy of 1,000 %", "1,000 %"),
    ("Beat our rules (85 % accuracy) at sorting mails", "Beat our rules (85 %"),
    ("Sort mails as well as the old system's 85 % accuracy", "old system's 85 %"),
    ("Sort mails better than 85 % accuracy of the old system", "of the old"),
    ("Today accuracy is 85 %; sort mails better", "Today accuracy is 85 %"),
    ("Sort mails; currently we reach 85 % accuracy", "currently we reach 85 %"),
    ("The old system has 85 % accuracy; sort mails better", "old system has 85 %"),
    ("Sort mails and keep the 85 % accuracy we have", "we have"),
    ("Mails sortieren; derzeit erreichen wir 85 % Genauigkeit", "derzeit erreichen wir 85 %"),
]
VAGUE = [
    "a smart classifier",
    "A better answer with 90 percent accuracy",
    "Good labels with 90 percent accuracy",
    "Reach an exact match of 90 percent",
    "Make our AI better",
    "Make it more correct",
    "A complete and smart system",
    "Compute",
]
WRITING = [
    "Work out how many are sold, at least 60 percent right",
    "Compute the result of each sum",
    "Reply to guests as the house does",
    "Rephrase the facts in one sentence",
    "Correct the spelling of addresses",
    "Fill in the form from the mail",
    "List the dishes of an order",
    "Anonymise complaints",
]


@pytest.mark.parametrize(("sentence", "metric", "target"), ENGLISH + OTHER_LANGUAGES)
def test_a_sentence_is_read(sentence: str, metric: str, target: float) -> None:
    reading = read(sentence)
    assert (reading.metric, reading.target) == (metric, target)
    assert reading.predicts and not reading.questions


@pytest.mark.parametrize(("sentence", "quoted"), ASKED)
def test_what_can_be_read_in_two_ways_is_quoted_back(sentence: str, quoted: str) -> None:
    reading = read(sentence)
    assert reading.metric is None or reading.target is None
    assert any(quoted in question.fact for question in reading.questions)
    assert all(question.form for question in reading.questions)


@pytest.mark.parametrize("sentence", WRITING)
def test_verbs_of_writing_say_what_is_asked(sentence: str) -> None:
    assert read(sentence).predicts


@pytest.mark.parametrize("sentence", VAGUE)
def test_a_noun_is_no_prediction(sentence: str) -> None:
    assert not read(sentence).predicts


@pytest.mark.parametrize(
    ("sentence", "form"),
    [
        ("Sort mails by folder; at least 87.5 % should be right", "at least 87.5 percent accuracy"),
        ("Sort mails by folder; 0,9 of them right", "at least 90 percent accuracy"),
        ("Sort mails by folder; at most 2,5 % wrong", "at most 2.5 percent error rate"),
        (MAILS + "recall spam >= 95 %", "at least 95 percent recall on CLASS"),
    ],
)
def test_the_form_to_write_has_the_number_of_the_sentence(sentence: str, form: str) -> None:
    assert form in {question.form for question in read(sentence).questions}


def test_every_percentage_of_one_decimal_is_exact() -> None:
    for tenths in range(1, 1000):
        sentence = MAILS + f"at least {tenths // 10}.{tenths % 10} percent accuracy"
        target = read(sentence).target
        if tenths < 10:  # less than one in a hundred is asked about
            assert target is None
        else:
            assert target == float(Fraction(tenths, 1000))


@pytest.mark.parametrize(
    ("sentence", "classes", "metric"),
    [
        (MAILS + "90% recall on damaged tiles", ("Damaged", "ok"), "recall[Damaged]"),
        (MAILS + "recall on card arrival of 90%", ("card_arrival", "card"), "recall[card_arrival]"),
        (MAILS + "spam F1 of at least 0.9", ("spam", "ham"), "f1[spam]"),
        (MAILS + "an F1 of 0.85", ("0", "1"), "macro_f1"),
        (MAILS + "an F1 of at least 0.85", ("at", "least"), "macro_f1"),
    ],
)
def test_a_class_is_spelled_as_in_the_data(
    sentence: str, classes: tuple[str, ...], metric: str
) -> None:
    assert metric_of_class(sentence, read(sentence), classes) == metric


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    [
        (MAILS + "90% recall on spam and ham", "two classes"),
        (MAILS + "90% accuracy on spam", "recall on spam"),
    ],
)
def test_two_classes_or_one_too_many_are_asked_about(sentence: str, quoted: str) -> None:
    with pytest.raises(TaskError, match=quoted):
        metric_of_class(sentence, read(sentence), ("spam", "ham", "news"))


def test_a_model_is_told_the_wish_without_the_target() -> None:
    assert wish("Sortiere Mails mit mindestens 92,5 % Genauigkeit.") == "Sortiere Mails."


# ── at init ──────────────────────────────────────────────────────────────────────────────
class Told(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)


def init(folder: Path, goal: str, **options: object) -> Project:
    data = write(folder / "rows.csv")
    return Project.init(folder / "task", data=data, goal=goal, **options)  # type: ignore[arg-type]


def test_with_metric_and_target_given_only_the_subject_is_asked(tmp_path: Path) -> None:
    goal = "Answer 90 to 95 percent of requests within 24 hours"
    with pytest.raises(TaskError, match="90 to 95 percent"):
        init(tmp_path, goal)
    init(tmp_path, goal, metric="accuracy", minimum=0.8)
    assert load(tmp_path / "task" / "rungwise.yaml").task.target == 0.8


def test_the_number_of_another_metric_is_not_taken(tmp_path: Path) -> None:
    for goal in ("with at most 1.5 percent false positives", "with 95 percent recall"):
        with pytest.raises(TaskError):
            init(tmp_path, f"Route requests to teams {goal}", metric="accuracy")


@pytest.mark.parametrize(
    "goal",
    [
        "Predict whether humidity is over 90%",
        "Detect customers with a discount of 60 percent",
        "Classify beers by alcohol: above or below 5.5%",
        "Detect spam with FPR below 1%",
        "Detect spam with TPR of 95%",
        "Route requests to teams with a Brier score of at most 0.1",
        "Route requests to teams, at most 5 percent",
        "Route requests to teams with 5 percent",
    ],
)
def test_a_number_that_stands_for_something_else_is_no_target(tmp_path: Path, goal: str) -> None:
    with pytest.raises(TaskError, match="does not say the target"):
        init(tmp_path, goal, metric="accuracy")


def test_a_target_without_its_metric_stands_alone(tmp_path: Path) -> None:
    init(tmp_path, "Route requests to teams, at least 80 percent", metric="accuracy")
    assert load(tmp_path / "task" / "rungwise.yaml").task.target == 0.8


def test_what_was_read_is_said(tmp_path: Path) -> None:
    told = Told()
    goal = "Route requests to teams with recall on REFUND of at least 92,5 %"
    init(tmp_path, goal, progress=told)
    assert load(tmp_path / "task" / "rungwise.yaml").task.metric == "recall[refund]"
    assert any("recall[refund]" in line for line in told.lines)
    assert any("0.925" in line and "92,5 %" in line for line in told.lines)


def test_a_plain_f1_is_said_to_be_the_mean_of_all_classes(tmp_path: Path) -> None:
    for name, goal, said in (
        ("plain", "an F1 of 0.8", True),
        ("one", "an F1 of 0.8 on refund", False),
        ("macro", "a macro F1 of 0.8", False),
    ):
        told = Told()
        (tmp_path / name).mkdir()
        init(tmp_path / name, f"Route requests to teams with {goal}", progress=told)
        line = next(line for line in told.lines if line.startswith("Metric read"))
        assert ("mean of the F1 of every class" in line) == said


def test_an_absent_class_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="refund"):
        init(tmp_path, "Route requests to teams with recall on refunds of at least 90 %")


def test_a_class_that_left_the_data_is_refused_at_split(tmp_path: Path) -> None:
    project = init(tmp_path, "Route requests to teams with 90 % recall on refund")
    renamed = [(text, {"refund": "refunds"}.get(label, label)) for text, label in rows()]
    write(tmp_path / "rows.csv", renamed)
    with pytest.raises(TaskError, match="refunds"):
        project.split()


# ── one file in two parts ────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("way", ["path", "symlink", "hard link", "bytes", "order"])
@pytest.mark.parametrize("part", ["test", "validation"])
def test_one_file_in_two_parts_is_refused(tmp_path: Path, way: str, part: str) -> None:
    data, other = write(tmp_path / "rows.csv"), tmp_path / "other.csv"
    if way == "path":
        other = data
    elif way == "symlink":
        other.symlink_to(data)
    elif way == "hard link":
        other.hardlink_to(data)
    elif way == "bytes":
        other.write_bytes(data.read_bytes())
    else:
        write(other, rows()[::-1])
    with pytest.raises(DataError, match=f"--data .* and --{part}"):
        init(tmp_path, "Route requests to teams with 80 % accuracy", **{part: other})
    assert not (tmp_path / "task").exists()
