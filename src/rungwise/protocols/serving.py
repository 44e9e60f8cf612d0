"""What a release offers to whoever serves or watches it, whatever its modality or kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from rungwise.decision_rule import Decided, DecisionRule

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from rungwise.conversation import Generated, GoesOn


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A sample of test rows, which trained nothing, as the release answers them; no text.

    Rows that a model was trained on lie nearer to each other and are answered with more confidence
    than new ones, so what is normal for a request is read from these.

    Attributes:
        rows: How many test rows it was drawn from.
        lengths: Size of each row, int64 (m).
        probabilities: float32 (m, classes); None if a language model answers.
        distances: Cosine distance of each row to its `Reference.neighbours`-th nearest row of the
            reference, float32 (m); None without embeddings.
        embeddings: float32 (m, width); None without an encoder, and in earlier releases.
        unknown: Share of each row's characters that are not in `Reference.characters`, after
            redaction, float32 (m); None in earlier releases.
        right: Whether each row is answered right (m); None if that is not known.
        written: Characters of each generated text, after redaction, int64 (m); None for labels, and
            in earlier releases.
        fault: What rules find wrong with each generated text, "" for nothing (m); None likewise.
    """

    rows: int
    lengths: NDArray[numpy.int64]
    probabilities: NDArray[numpy.float32] | None = None
    distances: NDArray[numpy.float32] | None = None
    embeddings: NDArray[numpy.float32] | None = None
    unknown: NDArray[numpy.float32] | None = None
    right: NDArray[numpy.bool_] | None = None
    written: NDArray[numpy.int64] | None = None
    fault: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A bounded, seeded sample of the training rows, as the release itself answers them.

    It holds no text. Arrays have one row for each sampled row, in the same order.

    Attributes:
        rows: How many training rows it was drawn from.
        seed: Seed of the draw.
        lengths: Size of each row, as `Served.sizes` counts it, int64 (n).
        characters: Every character of the sampled rows once, in order of code points.
        held_out: Rows that trained nothing, by the same model.
        shares: Label → share of all training rows; empty for generated text.
        probabilities: float32 (n, classes); None if a language model answers.
        embeddings: float32 (n, width); None if the release has no encoder.
        neighbours: Which neighbour `distances` are measured to, the nearest being 1.
        distances: Cosine distance of each row to that neighbour among the others (leave one out),
            float32 (n), ascending; None without embeddings.
        languages: ISO 639 code → share of the sampled rows that are long enough to say; empty in
            earlier releases.
        json: Whether its texts are to be JSON objects or lists.
    """

    rows: int
    seed: int
    lengths: NDArray[numpy.int64]
    characters: str
    held_out: HeldOut
    shares: Mapping[str, float] = field(default_factory=dict)
    probabilities: NDArray[numpy.float32] | None = None
    embeddings: NDArray[numpy.float32] | None = None
    neighbours: int = 0
    distances: NDArray[numpy.float32] | None = None
    languages: Mapping[str, float] = field(default_factory=dict)
    json: bool = False


class Served(Protocol):
    """A release that is loaded: it knows no table, ids or progress, and threads may share it.

    Attributes:
        version: Such as `v1.0`; "" for an export that is no release yet.
        digest: Sha256 of the manifest; "" for an export.
        classes: The label of each column of the probabilities; () for generated text.
        reference: What the release kept of its training rows; None if it was made before releases
            kept any.
        rule: Thresholds by which probabilities become answers.
    """

    version: str
    digest: str
    classes: tuple[str, ...]
    reference: Reference | None
    rule: DecisionRule

    def decide(self, values: Sequence[str]) -> Decided:
        """Answers by the rule, with all that is known of each row; raises as `probabilities`."""

    def probabilities(self, values: Sequence[str]) -> NDArray[numpy.float32]:
        """Calibrated probabilities (rows, classes); a row's do not depend on the other rows.

        Raises:
            DataError: A value is null.
            ModelError: The release generates text, or the model fails.
        """

    def embed(self, values: Sequence[str]) -> NDArray[numpy.float32] | None:
        """Embeddings (rows, width); None if the release has none: distance is not watched then."""

    def both(
        self, values: Sequence[str]
    ) -> tuple[NDArray[numpy.float32], NDArray[numpy.float32] | None]:
        """Probabilities and embeddings in one pass."""

    def sizes(self, values: Sequence[str]) -> NDArray[numpy.int64]:
        """Size of each value (rows), at least 1: what a budget is counted in.

        Tokens for an encoder, code points for a release without one.
        """

    def warm(self) -> None:
        """Answer once, so that the first request does not wait for what is set up lazily."""


@runtime_checkable
class Writer(Served, Protocol):
    """A release that answers with text.

    Attributes:
        longest: Tokens of an answer at most.
        concurrency: How many threads may ask it at once; 1 if the weights are here.
        together: Inputs that are best answered in one call; 1 behind an endpoint.
    """

    longest: int
    concurrency: int
    together: int

    def write(
        self, values: Sequence[str], longest: int, goes_on: GoesOn | None = None
    ) -> list[Generated]:
        """Answer each input, at most `longest` tokens each.

        Args:
            values: A question each, or a conversation as `rungwise.conversation.as_input` writes
                it.
            longest: Tokens of an answer; more than `self.longest` are as many as that.
            goes_on: Asked after each token whether more is to be written, if the weights are here.

        Raises:
            ModelError: The model cannot be loaded or reached.
        """


def writer(model: Served) -> Writer | None:
    """The release, if it answers with text; None if it answers with labels."""
    return model if not model.classes and isinstance(model, Writer) else None
