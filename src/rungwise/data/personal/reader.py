"""`python -m rungwise.data.personal.reader MODEL`: names in texts, a line of JSON each.

The process of `deep`: it says `[]` when the model is loaded, then answers every line of standard
input (a JSON string) with `[[start, end], …]` in code points.
"""

from __future__ import annotations

import json
import os
import sys


def main(model: str) -> None:
    """Load the model and answer until standard input ends."""
    # Libraries may print; what they say must not stand between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    import tldextract

    # Without this it fetches the list of public suffixes from the network.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": model}]
    configuration = {"nlp_engine_name": "spacy", "models": models}
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    _say(answers, [])
    for line in sys.stdin:
        text = json.loads(line)
        found = analyzer.analyze(text, language="en", entities=["PERSON"])
        _say(answers, [[one.start, one.end] for one in found if _may_be(text[one.start : one.end])])


def _may_be(value: str) -> bool:
    """The small model takes codes and amounts for people; a name has a capital and no digit."""
    return any(sign.isupper() for sign in value) and not any(sign.isdigit() for sign in value)


def _say(answers: object, value: list[list[int]]) -> None:
    print(json.dumps(value), file=answers, flush=True)  # type: ignore[call-overload]


if __name__ == "__main__":
    main(sys.argv[1])
