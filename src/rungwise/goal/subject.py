"""Whether a goal's sentence says what is predicted from what (R1)."""

from __future__ import annotations

import re

VERBS = (
    r"classif(?:y|ies|ied|ying)|predict\w*|detect\w*|rout(?:e|es|ed|ing)|label\w*|assign\w*|"
    r"recogni[sz]\w+|decid\w+|sort\w*|flag\w*|identif\w+|categori[sz]\w+|tag\w*|tell\w*|"
    r"distinguish\w*|separat\w+|spot\w*|find\w*|recommend\w*|rat(?:e|es|ing)|scor(?:e|es|ing)|"
    r"filter\w*|map\w*|extract\w*|translat\w+|summari[sz]\w+|answer\w*|generat\w+|writ\w+|"
    r"rewrit\w+|turn(?:s|ed|ing)?|convert\w*|transform(?:s|ed|ing)?|pars(?:e|es|ed|ing)|match\w*|triag\w+|estimat\w+|determin\w+|judg\w+|group\w*|screen\w*|moderat\w+|"
    r"(?:para|re)phras\w+|comput(?:e|es|ed|ing)|calculat(?:e|es|ed|ing)|solv\w+|repl(?:y|ies|ied|ying)|"
    r"respond\w*|draft(?:s|ed|ing)?|compos\w+|transcrib\w+|redact\w*|anonymi[sz]\w+|normali[sz]\w+|"
    r"simplif\w+|shorten\w*|(?:work|add|figur|sum|fill|pull|look|read)\w*\s+(?:out|up|in)|"
    # stems in other languages
    r"\w*klassif\w+|\w*clasif\w+|\w*classific\w+|class(?:er|ez|e)|klasyf\w+|klasif\w+|"
    r"erkenn\w*|vorhersag\w*|zuordn\w*|ordne\w*|einteil\w*|einordn\w*|sortier\w*|bestimm\w*|"
    r"prédi\w+|détect\w*|reconna\w+|attribu\w+|tri(?:er|ez)|prede\w+|recono\w+|asign\w+|"
    r"preved\w+|prever|rileva\w*|ricono\w+|assegn\w+|smist\w+|dete(?:c)?tar|reconhec\w+|"
    r"atribu\w+|voorspel\w*|herken\w*|detecteer\w*|bepaal\w*|sorteer\w*|przewid\w+|wykry\w+|"
    r"rozpozn\w+|przypis\w+|określ\w*|förutsäg\w*|классиф\w+|определ\w+|распозн\w+|предсказ\w+|"
    r"sınıfland\w+"
)
NOUNS = (
    r"classification|prediction|detection|recognition|analysis|extraction|categori[sz]ation|"
    r"routing|tagging|labell?ing|flagging|grading|screening|spotting|scoring|sorting|assignment|triage|moderation|filtering|identification|summari[sz]ation|translation|"
    r"classifier|detector|predictor|recogni[sz]er|tagger|router|filter|"
    r"\w*(?:erkennung|analyse|vorhersage|zuordnung|einordnung|sortierung|detectie|herkenning)|"
    r"analyse|détection|prédiction|reconnaissance|análisis|detección|predicción|clasificador|"
    r"reconocimiento|analisi|rilevamento|previsione|riconoscimento|análise|dete(?:c)?ção|previsão|"
    r"reconhecimento|voorspelling|analiza|wykrywanie|rozpoznawanie|przewidywanie"
)
FIRST = re.compile(
    r"\s*(?:please\s+)?(?:correct|fix|complete|describe|explain|produce|return|state|name|list|count|"
    r"format|structure|caption|title)\s",
    re.I,
)
"""Verbs that are something else too; they count as the first word of a sentence alone."""
VERB_LAST = re.compile(
    r"(?<![\w-])(?:klassifizieren|sortieren|zuordnen|einordnen|einteilen|erkennen|vorhersagen|"
    r"bestimmen|zuweisen|classificeren|sorteren|herkennen|detecteren|voorspellen|toewijzen|indelen|"
    r"bepalen|klassificera|klassificere|sortera|sortere|"
    r"(?:sınıflandır|belirle|tahmin et|tespit et|ayır)\w*)(?!\w)",
    re.I,
)
"""Verbs of languages that put what is classified before them: "Anfragen klassifizieren"."""
HOW_WORDS = (
    "genau gut richtig korrekt automatisch zuverlässig schnell goed juist correct automatisch "
    "betrouwbaar snel wir soll sollen will möchte wil moet we en az"
)
HOW = frozenset(HOW_WORDS.split())
"""Words before such a verb that do not say what is classified."""
OFTEN_NOUNS = re.compile(
    r"answers?|labels?|tags?|scores?|rates?|rating|match(?:es)?|maps?|filters?|flags?|spots?|finds?|"
    r"sorts?|routes?|writing|groups?|screens?|finding|mapping|scoring",
    re.I,
)
NOUN_BEFORE = re.compile(
    r"(?:^|\W)(?:an?|the|our|my|your|their|its|his|her|this|these|those|every|each|no|some|any|of|"
    r"with|by|for|in|on|about|from|better|best|good|great|right|correct|wrong|smart|exact|error|"
    r"more|most|many|few|all)\s+$",
    re.I,
)
VERB = re.compile(rf"(?<![\w-])(?:{VERBS})(?!\w)", re.I)
NOUN = re.compile(rf"(?<!\w)(?:{NOUNS})(?!\w)", re.I)
UNSPACED = re.compile(r"分類|分类|予測|預測|预测|判定|検出|識別|识别|检测|분류|예측")
FILLER_WORDS = (
    "a an the to of in on for with and or by it them that this is be very more most really at "
    "least smart good better best great intelligent clever powerful modern ai ml model "
    "classifier system machine learning things stuff something everything data well using use "
    "our my your build make train create percent accuracy correctly reliably automatically "
    "quickly accurately perfectly properly "
    "der die das den dem ein eine einer von zu mit und oder für nach in im es ist "
    "le la les un une des de du et ou pour avec en dans el los las y con para una "
    "il lo gli i di per e o os as do da com het een van voor naar met z w na do i o"
)
FILLER = frozenset(FILLER_WORDS.split())
WORD = re.compile(r"[^\W\d_][\w'-]*")


def predicts(sentence: str) -> bool:
    """Whether a sentence, without its metric and target, says what is predicted.

    A sentence in a language whose words are not known here is taken at its word if it is long
    enough to say it.
    """
    if UNSPACED.search(sentence):
        return len(re.findall(r"\w", sentence)) >= 6
    verbs = (one for one in VERB.finditer(sentence) if not _is_noun(sentence, one))
    if any(_content(sentence[one.end() :]) for one in verbs):
        return True
    if (first := FIRST.match(sentence)) and _content(sentence[first.end() :]):
        return True
    if (last := VERB_LAST.search(sentence)) and _content(sentence[: last.start()], HOW):
        return True
    if NOUN.search(sentence) and _content(NOUN.sub(" ", sentence)):
        return True
    asks = re.search(r"\?|^\s*(?:is|are|does|do|which|what|whether|who)\b", sentence, re.I)
    return bool(asks and _content(sentence) >= 2) or _unknown_language(sentence)


def _is_noun(sentence: str, verb: re.Match[str]) -> bool:
    """Whether a word is used as a noun: "the answer", "with a better score"."""
    often = OFTEN_NOUNS.fullmatch(verb[0])
    return bool(often and NOUN_BEFORE.search(sentence[: verb.start()]))


def _content(text: str, others: frozenset[str] = frozenset()) -> int:
    return sum(word not in FILLER and word not in others for word in WORD.findall(text.lower()))


def _unknown_language(sentence: str) -> bool:
    words = WORD.findall(sentence.lower())
    foreign = any(not word.isascii() for word in words)
    return foreign and len(words) >= 3 and not any(word in FILLER for word in words)
