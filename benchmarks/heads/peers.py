"""How a head on a frozen encoder is usually trained."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.banking import Banking
from rungwise.training.logistic import STRENGTHS

Floats = NDArray[np.float32]


def sentence_transformers_and_scikit_learn(data: Banking, encoder: str) -> float:
    """Encode with sentence-transformers' defaults, then the grid; accuracy on the test."""
    return grid_search(data, *embeddings(data, encoder))


def embeddings(data: Banking, encoder: str) -> tuple[Floats, Floats, Floats]:
    """Train, validation and test as sentence-transformers embeds them."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(encoder, device="cpu")
    train, validation, test = (
        np.asarray(model.encode(part.texts, show_progress_bar=False), np.float32)
        for part in (data.train, data.validation, data.test)
    )
    return train, validation, test


def grid_search(data: Banking, train: Floats, validation: Floats, test: Floats) -> float:
    """The same strengths, each fitted from the start; the best on validation answers the test."""
    from sklearn.linear_model import LogisticRegression

    fitted = [
        LogisticRegression(C=strength, max_iter=1000).fit(train, data.train.labels)
        for strength in STRENGTHS
    ]
    scores = [one.score(validation, data.validation.labels) for one in fitted]
    return float(fitted[int(np.argmax(scores))].score(test, data.test.labels))


def setfit(data: Banking, encoder: str) -> float:
    """SetFit's differentiable head with the trainer's default arguments; accuracy on the test.

    It chooses nothing on validation rows, so it learns from those too. It pads every batch to
    256 tokens and runs the encoder in each of its 16 epochs.
    """
    from setfit import SetFitModel, TrainingArguments

    model = SetFitModel.from_pretrained(
        encoder, use_differentiable_head=True, head_params={"out_features": len(data.classes)}
    ).to("cpu")
    told = TrainingArguments()
    model.fit(
        data.train.texts + data.validation.texts,
        [*data.train.labels.tolist(), *data.validation.labels.tolist()],
        num_epochs=told.classifier_num_epochs,
        batch_size=told.classifier_batch_size,
        body_learning_rate=told.body_classifier_learning_rate,
        head_learning_rate=told.head_learning_rate,
        l2_weight=told.l2_weight,
        max_length=told.max_length,
        end_to_end=told.end_to_end,
        show_progress_bar=False,
    )
    answers = np.asarray(model.predict(data.test.texts, as_numpy=True))
    return float((answers == data.test.labels).mean())
