"""What a release offers to whoever serves and watches it: `rungwise.protocols.Served`."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import polars as pl
import pytest
from tests.small_encoder import context, examples
from tests.small_export import CLASSES, WEIGHTS, export, facts, probabilities

from rungwise import plugins
from rungwise.errors import DataError, ModelError
from rungwise.progress import Silent
from rungwise.protocols import Served
from rungwise.release import reference
from rungwise.release.build import build
from rungwise.release.opened import opened
from rungwise.release.package import Package
from rungwise.training import linear
from rungwise.training.random_projection import RandomProjection

TEXTS = ["still waiting", "gone missing", "crack", "", "in in in still crack gone"]
TRAIN, VALIDATION = examples(0, 72), examples(72, 24)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A release whose graph gives probabilities alone, as earlier versions wrote it."""
    return opened(build(tmp_path_factory.mktemp("releases"), facts(), export, "# Parcels\n"))


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> tuple[Served, np.ndarray]:
    """An export of the rung `frozen`, and the embeddings that torch computed."""
    folder = tmp_path_factory.mktemp("frozen")
    about = context(tmp_path_factory.mktemp("cached"), encoder)
    rung = plugins.load("rungs", "frozen")
    fitted = rung.fit({"class_weights": None}, 0, TRAIN, VALIDATION, about)
    fitted.export(folder)
    return opened(folder, exported=True), fitted._embed(VALIDATION.inputs, Silent())


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("linear")
    labels = tuple(sorted(set(TRAIN.expected)))
    about = dataclasses.replace(context(folder, "none"), classes=labels)
    linear.fit(TRAIN, VALIDATION, about, None).export(folder)
    return opened(folder, exported=True)


def test_probabilities_are_those_of_the_model_on_paper(old: Served) -> None:
    expected = np.array([probabilities(text) for text in TEXTS])
    assert old.probabilities(TEXTS) == pytest.approx(expected, abs=1e-6)
    assert old.classes == CLASSES
    assert old.sizes(TEXTS).tolist() == [2, 2, 1, 1, 6]
    assert len(old.digest) == 64 and old.version == "v1.0"
    assert old.probabilities([]).shape == (0, len(CLASSES))
    old.warm()


def test_a_release_of_an_earlier_version_has_no_embeddings_and_no_reference(old: Served) -> None:
    assert old.embed(TEXTS) is None
    assert old.both(TEXTS)[1] is None
    assert old.reference is None


def test_a_null_is_refused_by_its_place(old: Served) -> None:
    with pytest.raises(DataError, match="Value 1 has no input"):
        old.probabilities(["gone", None])  # type: ignore[list-item]


def test_the_second_output_is_what_torch_pooled(frozen: tuple[Served, np.ndarray]) -> None:
    served, pooled = frozen
    texts = VALIDATION.inputs.values.to_list()
    scores, embedded = served.both(texts)
    assert embedded is not None
    assert embedded == pytest.approx(pooled, abs=1e-4)
    assert (scores == served.probabilities(texts)).all()
    assert embedded == pytest.approx(served.embed(texts), abs=0)


def test_only_outputs_that_are_needed_are_asked_for(
    frozen: tuple[Served, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    run = onnxruntime.InferenceSession.run

    def watched(session: object, names: list[str], feeds: object) -> object:
        asked.append(names)
        return run(session, names, feeds)

    monkeypatch.setattr(onnxruntime.InferenceSession, "run", watched)
    frozen[0].probabilities(["one"])
    frozen[0].both(["one"])
    assert asked == [["probabilities"], ["probabilities", "embedding"]]


def test_a_linear_release_embeds_close_texts_close(words: Served) -> None:
    """Cosines of the projection are those of the TF-IDF vectors, up to about 1/sqrt(1024)."""
    texts = VALIDATION.inputs.values.to_list()
    embedded = words.embed([*texts, "???????? zzzzz"])
    assert embedded is not None and embedded.shape == (len(texts) + 1, 1024)
    lengths = np.linalg.norm(embedded, axis=1)
    assert lengths[:-1] == pytest.approx(np.ones(len(texts)), abs=0.35)
    assert words.both(texts)[1] == pytest.approx(embedded[:-1], abs=0)


def test_a_projection_keeps_distances() -> None:
    """The expected square of a projected length is the square of the length (Achlioptas 2003)."""
    generator = np.random.default_rng(1)
    lengths = []
    for seed in range(200):
        places = generator.choice(5000, 40, replace=False).astype(np.int32)
        values = generator.normal(size=40).astype(np.float32)
        embedded = RandomProjection(5000, 64, seed).embed(places, values)
        lengths.append(float(embedded @ embedded / (values @ values)))
    assert np.mean(lengths) == pytest.approx(1, abs=4 * np.sqrt(2 / 64 / 200))
    with pytest.raises(ValueError, match="65 columns"):
        RandomProjection(10, 65)


@pytest.mark.parametrize("name", ["old", "words"])
def test_threads_share_a_release(name: str, request: pytest.FixtureRequest) -> None:
    served: Served = request.getfixturevalue(name)
    texts = [" ".join(["still", "gone", "crack"][: 1 + at % 3]) for at in range(60)]
    alone = served.probabilities(texts)
    with ThreadPoolExecutor(4) as pool:
        for given in pool.map(served.probabilities, [texts] * 12):
            assert (given == alone).all()


def test_distances_are_cosines_to_the_third_nearest() -> None:
    """Unit vectors at 0, 10, 20, …, 80 degrees, so distances are 1 - cos of the angle between."""
    angles = np.radians(np.arange(0, 90, 10))
    bank = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32) * 7
    left_out = reference.distances(bank, bank, 3, leave_one_out=True)
    assert left_out[0] == pytest.approx(1 - np.cos(np.radians(30)), abs=1e-6)
    assert left_out[4] == pytest.approx(1 - np.cos(np.radians(20)), abs=1e-6)
    found = reference.distances(bank[:1], bank, 3)
    assert found[0] == pytest.approx(1 - np.cos(np.radians(20)), abs=1e-6)
    assert reference.distances(np.zeros((1, 2), np.float32), bank, 3) == pytest.approx([1])
    assert len(reference.distances(bank[:2], bank[:2], 3, leave_one_out=True)) == 2


def test_a_draw_is_bounded_and_the_same_each_time() -> None:
    places = reference.drawn(5000, 1024)
    assert len(set(places)) == 1024 and places.tolist() == sorted(places)
    assert (places == reference.drawn(5000, 1024)).all()
    assert reference.drawn(3, 1024).tolist() == [0, 1, 2]


def test_a_reference_comes_back_as_it_was_written(words: Served, tmp_path: Path) -> None:
    train, held_out = TRAIN.inputs.values, VALIDATION.inputs.values
    made = reference.of_rows(words, train, {"x": 1.0}, held_out, Silent())
    assert made.embeddings is not None and made.probabilities is not None
    assert (made.probabilities == words.probabilities(train.to_list())).all()
    assert made.held_out.distances is not None and len(made.held_out.distances) == len(held_out)
    reference.write(made, tmp_path)
    kept = reference.read(Package(tmp_path, exported=True))
    assert kept is not None and kept.embeddings is not None
    assert (kept.characters, kept.shares, kept.rows) == (made.characters, {"x": 1.0}, len(train))
    assert np.array_equal(kept.embeddings, made.embeddings)
    assert kept.held_out.distances is not None
    assert np.array_equal(kept.held_out.distances, made.held_out.distances)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(text.encode() in content for text in train), "no text is kept"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (reference.FACTS, b"{}"), (reference.FACTS, b"\xff"), (reference.ARRAYS, b"no tensors"),
        (reference.FACTS, None), (reference.ARRAYS, None),
    ],
)  # fmt: skip
def test_a_damaged_reference_is_refused(
    words: Served, tmp_path: Path, name: str, content: bytes | None
) -> None:
    made = reference.of_rows(words, pl.Series(TEXTS), {}, pl.Series(TEXTS), Silent())
    reference.write(made, tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        reference.read(Package(tmp_path, exported=True))
    assert "\n" not in str(caught.value)


def test_serving_loads_no_training_stack(tmp_path: Path) -> None:
    release = build(tmp_path, facts(), export, "# Parcels\n")
    code = (
        "import sys, pathlib\n"
        "from rungwise.release.opened import opened\n"
        f"served = opened(pathlib.Path({str(release)!r}))\n"
        "served.warm(); served.both(['gone']); served.sizes(['gone'])\n"
        "print([m for m in ('torch', 'transformers', 'sklearn', 'scipy') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert len(WEIGHTS) > len(CLASSES)
