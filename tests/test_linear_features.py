"""TF-IDF features: those of scikit-learn, but for signs, marks and Unicode forms."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from rungwise.training import tfidf
from rungwise.training.linear_model import LinearModel
from rungwise.training.random_projection import RandomProjection
from rungwise.training.tfidf import Kind, Vocabulary, prepared

ODD = st.text(
    st.one_of(
        st.sampled_from("aAbBéßİıſΣς ΐǰ 0०٣ \t\n\u00a0\u2028\u200b\u200d\u0301\u0327"),
        st.sampled_from("+-#<>%€$!?.,'\"()[]_@/\\|·…—’«»。、猫犬がガ한글न्दीไทย🙂👨🇩🇪"),
        st.characters(codec="utf-8"),
    ),
    max_size=30,
)


def peer(kind: Kind, **options: object) -> TfidfVectorizer:
    """scikit-learn's vectoriser of the same terms; a sign is a word by its pattern too."""
    own = {
        "words": {"ngram_range": (1, 2), "token_pattern": r"\w+|[^\w\s]"},
        "characters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
    }[kind]
    prepare = {"preprocessor": lambda text: prepared(text, 1000)}
    return TfidfVectorizer(sublinear_tf=True, **own, **prepare, **options)


def without_marks(text: str) -> str:
    kept = (c for c in prepared(text, 1000) if c not in tfidf.JOINERS)
    return "".join(c for c in kept if not unicodedata.category(c).startswith("M"))


def dense(vocabulary: tfidf.Vocabulary, text: str) -> list[float]:
    places, values = vocabulary.weigh(prepared(text, 1000))
    row = np.zeros(len(vocabulary))
    row[places] = values
    return row.tolist()


@pytest.mark.parametrize("kind", tfidf.KINDS)
@settings(max_examples=150, deadline=None)
@given(train=st.lists(ODD, min_size=1, max_size=8), other=ODD)
def test_the_features_are_those_of_scikit_learn(kind: Kind, train: list[str], other: str) -> None:
    """Marks and joiners belong to words here alone, so words are compared without them."""
    texts = [*train, other]
    if kind == "words":
        texts = [without_marks(text) for text in texts]
    learnt = tfidf.learn(kind, [prepared(text, 1000) for text in texts[:-1]], least=1, most=10**6)
    vectoriser = peer(kind)
    try:
        vectoriser.fit(texts[:-1])
    except ValueError:  # scikit-learn refuses an empty vocabulary
        assert not len(learnt)
        return
    assert list(learnt.terms) == vectoriser.get_feature_names_out().tolist()
    for text in texts:
        expected = vectoriser.transform([text]).toarray()[0]
        np.testing.assert_allclose(dense(learnt, text), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("written in C++", "written in C#"),
        ("written in C", "written in C++"),
        ("balance -3 EUR", "balance +3 EUR"),
        ("<5", ">5"),
        ("pay 5 €", "pay 5 $"),
        ("fine :)", "fine :("),
        ("really?", "really!"),
        ("50%", "50‰"),
        ("3.5", "35"),
        ("हिन्दी", "हनद"),
        ("на", "на́"),
    ],
)
@pytest.mark.parametrize("kind", tfidf.KINDS)
def test_what_differs_has_different_features(kind: Kind, one: str, other: str) -> None:
    terms = [sorted(tfidf.TERMS[kind](prepared(text, 100))) for text in (one, other)]
    assert terms[0] != terms[1]


def test_unicode_forms_of_one_letter_are_one_feature() -> None:
    for kind in tfidf.KINDS:
        composed, decomposed = (
            tfidf.TERMS[kind](prepared(unicodedata.normalize(form, "Café Ångström"), 100))
            for form in ("NFC", "NFD")
        )
        assert composed == decomposed


def test_words_hold_their_marks_and_joiners() -> None:
    """Hindi vowels are marks, which `\\w` leaves out; Persian joins with U+200C."""
    assert tfidf.words("हिन्दी में") == ["हिन्दी", "में", "हिन्दी में"]
    assert tfidf.words("می\u200cخواهم") == ["می\u200cخواهم"]


def test_texts_without_blanks_have_runs_of_characters() -> None:
    """東京 is a term of both, though no blank stands before or behind it."""
    for text in ("私は東京に住む", "東京へ行く"):
        assert "東京" in tfidf.characters(text)


def test_a_vocabulary_is_bounded_by_how_many_rows_have_a_term() -> None:
    texts = ["a b", "a c", "a b", "d"]
    assert tfidf.learn("words", texts, least=2, most=10).terms == ("a", "a b", "b")
    assert tfidf.learn("words", texts, least=1, most=1).terms == ("a",)
    # Equally frequent: the first in order of code points.
    assert tfidf.learn("words", ["y", "x", "z"], least=1, most=2).terms == ("x", "y")


def test_memory_is_bounded_however_many_terms_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen often is kept while what is seen once is forgotten."""
    monkeypatch.setattr(tfidf, "COUNTED", 50)
    texts = [f"often {number:05}" for number in range(1000)]
    found = tfidf.learn("words", texts, least=2, most=100)
    assert "often" in found.terms
    assert len(found) <= 50


def embedding_model(seed: int, *, unknown: bool) -> LinearModel:
    """A vocabulary of two words that all nine training rows had: their idf is ln(10/10) + 1 = 1."""
    known = Vocabulary("words", ("card", "lost"), np.array([9, 9]), 9)
    weight, bias = np.zeros((2, 1), np.float32), np.zeros(1, np.float32)
    projection = RandomProjection(2, 1024, seed, unknown)
    return LinearModel((known,), 500, weight, bias, ("a",), projection)


def test_unknown_terms_make_a_row_far() -> None:
    """The cosine of an open vocabulary: "zebra" and "card zebra" weigh ln(10) + 1 beside "card"."""
    cosines = []
    for seed in range(60):
        rows = embedding_model(seed, unknown=True).answer(["card", "card zebra"], embed=True)[1]
        assert rows is not None
        card, both = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        cosines.append(float(card @ both))
    expected = 1 / np.sqrt(1 + 2 * (np.log(10) + 1) ** 2)
    assert np.mean(cosines) == pytest.approx(expected, abs=4 / np.sqrt(1024 * 60))


def test_equal_unknown_texts_are_equal_and_an_empty_one_is_nothing() -> None:
    model = embedding_model(0, unknown=True)
    rows = model.answer(["zebra", "ZEBRA", "giraffe", ""], embed=True)[1]
    assert rows is not None
    assert (rows[0] == rows[1]).all() and (rows[0] != rows[2]).any()
    assert not rows[3].any()


def test_a_release_of_before_embeds_known_terms_alone() -> None:
    rows = embedding_model(0, unknown=False).answer(["card", "card zebra", "zebra"], embed=True)[1]
    assert rows is not None
    assert (rows[0] == rows[1]).all() and not rows[2].any()
