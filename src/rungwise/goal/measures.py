"""The metrics that a goal's sentence names, in the words of eight languages.

What is no metric here, such as top-5 accuracy or a false positive rate, is recognised as well,
so that its number is not taken for the number of another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rungwise.goal.amounts import UNIT
from rungwise.goal.subject import FILLER

ACCURACY = (
    r"accurac(?:y|ies)|accurate(?:ly)?|acc\b\.?|(?:treffer|mindest)?genauigkeit|"
    r"korrektklassifikationsrate|exactitude|exactitud|taux de bonne classification|"
    r"tasa de aciertos?|accuratezza|"
    r"acurácia|acuracidade|exatidão|nauwkeurigheid|noggrannhet|nøjagtighed|"
    r"dokładno(?:ść|ści|ścią)|celno(?:ść|ści|ścią)"
)
PRECISION = r"precision|präzision|précision|precisión|precisione|precisão|precisie|precyzj[aęąi]"
RECALL = (
    r"recall|sensitivity|sensitivität|trefferquote|rappel|sensibilidad|richiamo|revocação|"
    r"sensibilidade|czuło(?:ść|ści|ścią)"
)
ERRORS = (
    r"(?:mis)?classification error(?: rate)?|error rate|misclassification rate|misclassifications?|"
    r"fehlerrate|fehlerquote|"
    r"taux d['’]erreurs?|tasa de error(?:es)?|tasso di errore|taxa de erros?|"
    r"fout(?:en)?percentage|stop[aęy] błędów|odset(?:ek|kiem) błędów|"
    r"(?:wrong|incorrect) (?:labels|answers|predictions)|"
    r"max(?:imum|imal\w*|\.)? (?:error|mistakes|fehler)"
)
MISTAKES = r"errors?|mistakes|fehlern?|erreurs?|errores|errori|erros|fouten|błędów"
"""Everyday words: an error rate only with "at most" before its number."""
F1 = r"f[- ]?1(?:[- ]?(?:scores?|measure|maß|wert))?|f[- ](?:score|measure)|f₁"

BALANCED = (
    r"(?:class[- ])?balanced|ausgewogene[rnm]?|balancierte[rnm]?|équilibrée?|equilibrad[oa]|"
    r"balancead[oa]|bilanciat[oa]|gebalanceerde"
)
WEIGHTED = r"weighted|gewichtete[rnsm]?|pondérée?|ponderad[oa]|pesat[oa]|gewogen|ważon\w+"
MICRO, MACRO = r"mi[ck]ro", r"ma[ck]ro|unweighted|ungewichtete[rnsm]?"
BINARY = r"binary|binär\w*|binaire|binari[oa]"


def _averaged(way: str, metric: str) -> str:
    """A metric with the word for how it is averaged before or behind it: "F1 (weighted)"."""
    way = rf"(?:{way})(?:[- ]averaged?)?"
    behind = r"(?=\s*(?:[,;.:)=≥>≤<]|$|of\b|at\b|von\b|de\b|di\b|da\b|over\b|across\b|by\b))"
    return rf"{way}[ -]?(?:{metric})|(?:{metric})(?:[ -]|,? ?\(|, ){way}\)?{behind}"


NAMES = (
    "answer_f1", "exact_match", "final_answer", "final_number", "json_f1", "json_valid",
    "normalised_match", "rouge_l",
)  # fmt: skip
"""Of metrics of texts, as `task.metric` has them."""
METRICS = (
    (_averaged(BALANCED, ACCURACY), "balanced_accuracy"),
    (_averaged(WEIGHTED, F1), "weighted_f1"),
    (_averaged(MICRO, F1), "micro_f1"),
    (_averaged(MACRO, F1), "macro_f1"),
    (r"(?:json )?field (?:" + F1 + r")|json (?:" + F1 + ")", "json_f1"),
    (r"answer (?:" + F1 + ")", "answer_f1"),
    (r"(?:roc[ -]?auc|auc[ -]?roc|auroc|area under the (?:roc )?curve|auc)(?: score)?", "roc_auc"),
    (r"average precision|pr[ -]?auc|auc[ -]?pr|auprc", "average_precision"),
    (r"log[ -]?loss|cross[ -]entropy", "log_loss"),
    (r"(?:expected )?calibration error|ece", "expected_calibration_error"),
    (r"exact[ -]match(?:es)?", "exact_match"),
    (r"normali[sz]ed[ -]match", "normalised_match"),
    (rf"final numbers? (?:match(?:es)?|{ACCURACY})", "final_number"),
    (rf"final answers? (?:match(?:es)?|{ACCURACY})", "final_answer"),
    (r"valid json|json validity", "json_valid"),
    (r"rouge[ -]?l", "rouge_l"),
    (r"bleu", "bleu"),
    (r"chrf", "chrf"),
    (r"mcc|matthews correlation(?: coefficient)?", "mcc"),
    *((name, name) for name in NAMES),
)
FOREIGN = (
    (r"top[ -]?(?:[2-9]|\d\d+|k|two|three|five|ten)[ -](?:" + ACCURACY + r"|errors?|error rate)",
     "accuracy"),
    (r"(?:accuracy|precision|recall|hits?|ndcg|map|mrr|p|r)\s?@\s?\w+", "accuracy"),
    (r"f(?:0?[.,]5|2|3|beta|[- ]beta)(?:[- ]?(?:score|measure))?", "macro F1"),
    (r"(?:token|word|character|char|subset|field|sentence|slot|class[- ]wise|pixel)s?"
     r"[ -](?:" + ACCURACY + r"|error rate)", "accuracy"),
    (r"(?:(?:macro|mean|average|balanced)(?:[- ]averaged?)?[ -])?(?:per[- ]class[ -](?:"
     + ACCURACY + r"|recall))|(?:macro|mean|average|balanced)(?:[- ]averaged?)?[ -]recall",
     "balanced accuracy"),
    (r"(?:macro|micro|mean|average|weighted)(?:[- ]averaged?)?[ -](?:recall|precision|" + F1 + ")",
     "macro F1"),
    (rf"(?:{MACRO}|{WEIGHTED})(?:[- ]averaged?)?[ -](?:{ACCURACY})", "balanced accuracy"),
    (rf"(?:{BINARY})[ -](?:{F1})", "F1 on CLASS"),
    (r"(?:equal|balanced|bit|frame|phone(?:me)?|syllable|diari[sz]ation|relative|edit|match)"
     r"[ -]error rate", "accuracy"),
    (r"(?:false|true)[ -](?:positive|negative|alarm)s?(?: rate)?", "precision on CLASS"),
    (r"specificity", "recall on CLASS"),
    (r"rouge(?:[ -]?[12n])?|meteor|bert[ -]?score", "ROUGE-L"),
    (r"wer|cer|perplexity", "exact match"),
    (r"(?:cohen's )?kappa", "MCC"),
    (r"r²|r2|rmse|mse|mae|mape|jaccard(?: index)?|hamming loss|ndcg|mrr|hit rate|coverage|latency",
     "accuracy"),
)  # fmt: skip
"""What is no metric here, and the nearest that is."""
UNKNOWN = "not "
KINDS = (
    *((f"(?:top[ -]?1[ -])(?:{ACCURACY})", "accuracy"), *METRICS),
    *((pattern, f"{UNKNOWN}{nearest}") for pattern, nearest in FOREIGN),
    (F1, "f1"), (ERRORS, "errors"), (MISTAKES, "mistakes"), (ACCURACY, "accuracy"),
    (PRECISION, "precision"), (RECALL, "recall"),
)  # fmt: skip
MENTION = re.compile(
    "|".join(rf"(?P<k{i}>(?<![\w@])(?:{p})(?![\w@]))" for i, (p, _) in enumerate(KINDS)), re.I
)
FORMS = {
    "errors": "accuracy", "mistakes": "accuracy", "recall": "recall on CLASS",
    "precision": "precision on CLASS", "bleu": "BLEU", "rouge_l": "ROUGE-L", "chrf": "chrF",
    "mcc": "MCC", "roc_auc": "ROC AUC",
}  # fmt: skip
ERROR_KINDS = frozenset({"errors", "mistakes"})
OF_CLASS = frozenset({"recall", "precision", "f1"})
LOWER = frozenset({"log_loss", "expected_calibration_error", "errors", "mistakes"})
UNBOUNDED = "log_loss"

AVERAGING = re.compile(
    rf"[\s,;(–-]*(?P<way>{BALANCED}|{WEIGHTED}|{MICRO}|{MACRO}|{BINARY})(?!\w)", re.I
)
"""How a metric is averaged, said behind its number: "F1 of 0.9, weighted"."""

SCOPE = re.compile(
    r"\s+(?P<preposition>on|for|of|in|over|across|auf|für|bei|von|pour|sur|de|para|en|per|su|di|"
    r"op|voor|na|dla)"
    r"\s+(?:(?:the|die|der|das|den|la|le|les|el|los|las|il|lo|gli|os?|as?|het|"
    r"class(?:es)?|label|category|klasse|clase|classe|klasy|klasę)\s+)*"
    r"(?P<phrase>[\"'“‘`«„](?P<quoted>[^\"'”’`»“]+)[\"'”’`»“]|[^\W\d][^\s,;:()]*|\d[^\s,;:()%]*)",
    re.I,
)
"""What a metric is measured on: a class, or rows."""
BRACKETS = re.compile(r"\[(?P<square>[^\]]+)\]|\((?P<round>(?!\s*[\d.,])[^()%=<>≥≤]+)\)")
NAMED = re.compile(r"(?:class|label|category|klasse|clase|classe|klasy)\s+\S+$", re.I)
PERCENT = re.compile(rf"\s*{UNIT}", re.I)
NO_CLASS = re.compile(
    r"(?:all|every|each|any|both|unseen|new|held|test|validation|average|minimum|no|not|more|less|"
    r"over|above|below|under|about|around|roughly|approximately|circa|ca\.?|most|up|their|his|her|"
    r"measured|reach|reaching|high|macro|micro|mean|overall|total|per|pct|prozent|procent|ciento|"
    r"cento|cent|mindestens|au|al|como|pelo|almeno|minstens|ten|co|przynajmniej|einem|um|uma|uno|"
    r"moins|plus|menos|meno|production|points?|score)$",
    re.I,
)
"""Words after or before a metric that begin a number, or name rows and not a class."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A metric in a sentence.

    Attributes:
        kind: A metric's name; `recall`, `precision` or `f1`, which may be about one class;
            `errors` or `mistakes`, which are accuracy from the other side; "" for what cannot be
            measured here.
        span: Where it stands.
        text: As the sentence writes it.
        form: What to write instead, or the metric in plain words.
    """

    kind: str
    span: tuple[int, int]
    text: str
    form: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The words after a metric that say on what it is measured, and where they end.

    `whole` is True if they are set apart by quotes or brackets, so that no word follows.
    """

    words: str
    end: int
    whole: bool = False


def mentions(sentence: str) -> list[Mention]:
    """Every metric that a sentence names, from left to right; `macro_f1` is read as macro F1."""
    return [
        _mention(KINDS[int(str(one.lastgroup)[1:])][1], one.span(), sentence)
        for one in MENTION.finditer(sentence.replace("_", " "))
    ]


def _mention(kind: str, span: tuple[int, int], sentence: str) -> Mention:
    text = sentence[slice(*span)]
    if kind.startswith(UNKNOWN):
        return Mention("", span, text, kind.removeprefix(UNKNOWN))
    return Mention(kind, span, text, FORMS.get(kind, kind.replace("_", " ").replace("f1", "F1")))


def scope(sentence: str, start: int) -> Scope | None:
    """What follows a metric as "on …", "for …" or "[…]", where it may name a class."""
    if brackets := BRACKETS.match(sentence, start):
        return Scope((brackets["square"] or brackets["round"]).strip(), brackets.end(), True)
    found = SCOPE.match(sentence, start)
    if found is None:
        return None
    if found["quoted"]:
        return Scope(found["quoted"].strip(), found.end(), True)
    if PERCENT.match(sentence, found.end()) or not may_be_class(found["phrase"]):
        return None
    if re.fullmatch(r"[\d.]+", found["phrase"]):  # a class named 2, or the number of the target
        named = NAMED.search(found[0]) or found["preposition"].lower() in ("on", "for")
        return Scope(found["phrase"], found.end()) if named else None
    return Scope(found["phrase"], found.end())


def may_be_class(word: str) -> bool:
    """Whether a word beside a metric could be a class."""
    return word.lower() not in FILLER and NO_CLASS.match(word) is None
