"""The trunk cache: exact, whole, and computed once."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.small_encoder import CLASSES, context, examples, write_encoder
from torch.nn import functional

from rungwise import plugins
from rungwise.errors import StorageError
from rungwise.progress import Silent, Tally
from rungwise.training import answers, batches, trunk
from rungwise.training.cache import Cache
from rungwise.training.encoder import Encoder, blocks, separable_blocks
from rungwise.training.trunk import Trunk

PART = examples(0, 40)
OTHER_SIZES = {
    "DistilBert": {"dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 48},
    "Electra": {"embedding_size": 16},
}


@pytest.fixture
def small(tmp_path: Path) -> Trunk:
    write_encoder(tmp_path / "encoder")
    backbone = plugins.load("modalities", "text").open("encoder", tmp_path)
    return Trunk(backbone, tmp_path / "cache", limit=32)


@pytest.mark.parametrize("boundary", [0, 1, 2])
def test_losses_are_those_of_the_whole_network(small: Trunk, boundary: int) -> None:
    encoded = small.encode(PART.inputs.values)
    kept = small.activations(encoded, boundary, Silent())
    upper = small.upper(boundary).eval()
    labels = answers.indices(PART.expected, CLASSES)
    head = torch.nn.Linear(32, len(CLASSES))
    rows = np.arange(16)
    with torch.no_grad():
        with_cache = head(upper(*small.tensors(kept, rows)))
        without = head(small.encoder(*small.tensors(encoded, rows)))
    losses = [functional.cross_entropy(each, labels[rows]).item() for each in (with_cache, without)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


def test_losses_are_equal_bit_for_bit_where_batches_have_the_same_shape(small: Trunk) -> None:
    texts = PART.inputs.values
    lengths = small.encode(texts).lengths
    alike = texts.gather(np.flatnonzero(lengths == np.bincount(lengths).argmax()))
    encoded = small.encode(alike)  # one length: the pass and the check see one and the same batch
    kept = small.activations(encoded, 2, Silent())
    rows = np.arange(len(alike))
    with torch.no_grad():
        with_cache = small.upper(2).eval()(*small.tensors(kept, rows))
        without = small.encoder(*small.tensors(encoded, rows))
    assert len(alike) > 3
    assert torch.equal(with_cache, without)


def test_gradients_above_the_boundary_are_those_of_the_whole_network(small: Trunk) -> None:
    encoded = small.encode(PART.inputs.values)
    kept = small.activations(encoded, 2, Silent())
    upper = small.upper(2).eval()
    whole = small.encoder
    _block(whole, 2).requires_grad_(True)
    rows = np.arange(8)
    for module, source in ((upper, kept), (whole, encoded)):
        module(*small.tensors(source, rows)).square().sum(0)[:5].sum().backward()
    ours = dict(upper.named_parameters())["network.encoder.layer.0.output.dense.weight"].grad
    theirs = dict(whole.named_parameters())["network.encoder.layer.2.output.dense.weight"].grad
    assert ours is not None
    assert theirs is not None
    assert ours.abs().max() > 0
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)


def test_padding_changes_nothing(small: Trunk) -> None:
    texts = pl.Series(["when", "when will the parcel with the blue jacket arrive please"])
    together = small.embeddings(small.encode(texts), Silent(), keep=False)
    alone = small.embeddings(small.encode(texts[:1]), Silent(), keep=False)
    np.testing.assert_allclose(alone[0], together[0], atol=1e-6)


def test_embeddings_are_the_masked_mean_of_the_last_layer(small: Trunk) -> None:
    """Written out with transformers alone, one text at a time, so that nothing is padded."""
    network = small.backbone.network("eager")
    encoded = small.encode(PART.inputs.values[:5])
    ours = small.embeddings(encoded, Silent())
    for row, ids in enumerate(np.split(encoded.flat, encoded.offsets[1:-1])):  # type: ignore[attr-defined]
        with torch.no_grad():
            hidden = network(torch.from_numpy(ids).long()[None]).last_hidden_state[0]
        mean = hidden.mean(0)
        np.testing.assert_allclose(ours[row], (mean / mean.norm()).numpy(), atol=1e-6)


def test_one_pass_serves_several_boundaries_and_later_processes(
    small: Trunk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = small.encode(PART.inputs.values)
    first = small.activations(encoded, 2, Silent(), also=(0, 1))
    later = Trunk(small.backbone, tmp_path / "cache", limit=32)  # has loaded no network
    monkeypatch.setattr(type(small.backbone), "network", _refuse)
    for boundary in (0, 1, 2):
        kept = later.activations(encoded, boundary, Silent())
        assert kept.flat.shape == (encoded.lengths.sum(), 32)
    again = later.activations(encoded, 2, Silent())
    assert np.array_equal(first.batch(np.arange(9))[0], again.batch(np.arange(9))[0])


def test_a_kept_pass_says_how_long_it_took(
    small: Trunk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded, tensors = small.encode(PART.inputs.values), small.tensors
    assert small.seconds(encoded) is None

    def slow(*given: Any) -> Any:
        time.sleep(0.3)
        return tensors(*given)

    monkeypatch.setattr(small, "tensors", slow)
    small.embeddings(encoded, Silent())
    taken = small.seconds(encoded)
    assert taken is not None and taken >= 0.3
    small.embeddings(encoded, Silent())  # found, not computed
    assert Trunk(small.backbone, tmp_path / "cache", limit=32).seconds(encoded) == taken


def test_a_higher_boundary_starts_from_a_lower_one(small: Trunk) -> None:
    encoded = small.encode(PART.inputs.values)
    direct = small.activations(encoded, 2, Silent()).batch(np.arange(40))[0]
    shutil.rmtree(small._cache.folder)
    small.activations(encoded, 1, Silent())
    _block(small.encoder, 0).register_forward_pre_hook(_refuse)
    stepped = small.activations(encoded, 2, Silent()).batch(np.arange(40))[0]
    np.testing.assert_allclose(stepped, direct, atol=1e-5)


def _block(encoder: Encoder, number: int) -> torch.nn.Module:
    located = blocks(encoder.network)
    assert located is not None
    return located[1][number]


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("this should not be computed again")


class Killed(Silent):
    """Ends the work like a kill, behind so many batches."""

    def __init__(self, batches: int) -> None:
        self.batches = batches

    @contextlib.contextmanager
    def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
        left = self.batches

        def end(tally: Tally) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

        yield Tally(rows, tokens, end)


@pytest.mark.parametrize("kind", ["activations", "embeddings"])
def test_a_killed_pass_is_not_read_and_is_gone_on_with(
    kind: str, small: Trunk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = small.encode(PART.inputs.values)
    monkeypatch.setattr(trunk, "POSITIONS", 32)

    def compute(progress: Silent) -> Any:
        if kind == "embeddings":
            return small.embeddings(encoded, progress)
        stored = small.activations(encoded, 1, progress, also=[2])
        return np.concatenate([stored.batch(np.arange(40))[0]])

    key = small._key(encoded, "pooled" if kind == "embeddings" else 1)
    whole = compute(Silent())
    shutil.rmtree(small._cache.folder)
    ran: list[int] = []
    network = small.encoder.network
    hook = network.register_forward_pre_hook(lambda *_: ran.append(1))
    for number in (1, 3):  # the second goes on behind the first, and is killed later
        with pytest.raises(KeyboardInterrupt):
            compute(Killed(number))
    assert small._cache.read(key) is None
    (left, *_) = small._cache.folder.glob(".unfinished-*")
    with (left / "flat.f32").open("ab") as torn:  # vectors whose line was not written any more
        torn.write(b"half a batch")
    np.testing.assert_array_equal(compute(Silent()), whole)
    hook.remove()
    count = len(batches.by_length(encoded.lengths, 32))
    assert count > 5 and len(ran) == count, "a batch was computed twice, or not at all"
    assert not list(small._cache.folder.glob(".unfinished-*"))


def test_what_does_not_fit_its_line_is_written_again(tmp_path: Path) -> None:
    cache, lengths = Cache(tmp_path), np.array([2, 1, 3])
    values = np.arange(18, dtype=np.float32).reshape(3, 3, 2)

    def write(stop: bool) -> list[bool]:
        with cache.writing("key", lengths) as writer:
            there = [writer.has(np.array([row])) for row in range(3)]
            for row in range(3):
                if not there[row]:
                    writer.add(np.array([row]), values[[row], : lengths[row]])
                if stop and row == 1:
                    raise KeyboardInterrupt
        return there

    with pytest.raises(KeyboardInterrupt):
        write(stop=True)
    (unfinished,) = tmp_path.glob(".unfinished-*")
    content = bytearray((unfinished / "flat.f32").read_bytes())
    content[-1] ^= 1
    (unfinished / "flat.f32").write_bytes(content)
    assert write(stop=False) == [True, False, False]
    stored = cache.read("key")
    assert stored is not None
    for row in range(3):
        got = stored.draw(np.array([row])).batch(np.array([0]))[0][0]
        np.testing.assert_array_equal(got, values[row, : lengths[row]])


def test_an_entry_of_a_process_that_lives_is_left_to_it(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(KeyboardInterrupt), cache.writing("key", np.ones(2, np.int64)) as writer:
        writer.add(np.array([0]), np.ones((1, 1, 2), np.float32))
        raise KeyboardInterrupt
    (ours,) = tmp_path.glob(".unfinished-*")
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ours.rename(tmp_path / f"{ours.name.rpartition('-')[0]}-{other.pid}")
    for lives in (True, False):
        with pytest.raises(KeyboardInterrupt), cache.writing("key", np.ones(2, np.int64)) as writer:
            assert writer.has(np.array([0])) is not lives
            raise KeyboardInterrupt
        if lives:
            other.communicate()
            shutil.rmtree(ours)


def test_the_key_knows_the_model_and_the_inputs(small: Trunk, tmp_path: Path) -> None:
    encoded = small.encode(PART.inputs.values)
    small.embeddings(encoded, Silent())
    other = small.encode(PART.inputs.values.reverse())
    assert small._cache.read(small._key(other, "pooled")) is None
    write_encoder(tmp_path / "deeper", sizes={"num_hidden_layers": 4})
    deeper = Trunk(
        plugins.load("modalities", "text").open("deeper", tmp_path), tmp_path / "cache", limit=32
    )
    assert deeper._cache.read(deeper._key(encoded, "pooled")) is None


def test_what_predicts_leaves_nothing_behind(small: Trunk) -> None:
    encoded = small.encode(PART.inputs.values)
    once = small.embeddings(encoded, Silent(), keep=False)
    assert not small._cache.folder.exists()
    assert np.array_equal(once, small.embeddings(encoded, Silent()))


def test_a_disk_that_refuses_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with (
        pytest.raises(StorageError, match="cannot be written"),
        Cache(tmp_path / "cache" / "trunk").writing("key", np.ones(1, np.int64)),
    ):
        raise AssertionError("never reached")


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "Electra", "DistilBert", "DebertaV2"])
def test_known_architectures_can_be_cut(kind: str, tmp_path: Path) -> None:
    write_encoder(tmp_path / "model", kind=kind, sizes=OTHER_SIZES.get(kind, {}))
    backbone = plugins.load("modalities", "text").open("model", tmp_path)
    assert Trunk(backbone, tmp_path / "cache", limit=32).blocks == 3


def test_an_architecture_that_cannot_be_cut_is_excused(tmp_path: Path) -> None:
    write_encoder(
        tmp_path / "model", kind="Albert", sizes={"embedding_size": 16}
    )  # shares one block
    about = context(tmp_path, "model")
    for name in ("unfreeze", "lora"):
        assert "cannot be divided" in (plugins.load("rungs", name).excuse(about) or "")
    for name in ("frozen", "full"):
        rung = plugins.load("rungs", name)
        assert rung.excuse(about) is None
        fitted = rung.fit(rung.propose(about, []), 1, PART, PART, about)
        assert len(fitted.predict(PART.inputs, Silent())) == 40


def test_a_cut_that_is_not_exact_is_not_used(small: Trunk) -> None:
    class Reordering(torch.nn.Module):
        """Looks like any network, but adds what no activation shows."""

        def __init__(self, network: torch.nn.Module) -> None:
            super().__init__()
            self.network, self.config = network, network.config

        def forward(self, input_ids=None, attention_mask=None, inputs_embeds=None):  # type: ignore[no-untyped-def]
            answer = self.network(
                input_ids, attention_mask=attention_mask, inputs_embeds=inputs_embeds
            )
            if input_ids is not None:
                answer.last_hidden_state = answer.last_hidden_state + input_ids[..., None]
            return answer

    encoder = Encoder(Reordering(small.backbone.network()), "mean", True)
    probe = small.encode(PART.inputs.values[:2])
    assert separable_blocks(encoder, *small.tensors(probe, np.arange(2))) == 0


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 100))
def test_batches_by_length_hold_every_row_once(lengths: list[int], positions: int) -> None:
    columns = np.array(lengths, np.int64)
    made = batches.by_length(columns, positions)
    assert sorted(row for batch in made for row in batch.tolist()) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) == 1 or len(batch) * columns[batch].max() <= positions


def test_batches_are_filled_before_the_next_begins() -> None:
    """5 rows of 2 and 3 fill 12 positions as 4 x 3; empty texts cost none."""
    lengths = np.array([2, 3, 3, 2, 9, 0, 3], np.int64)
    made = [batch.tolist() for batch in batches.by_length(lengths, 12)]
    assert made == [[5, 0, 3, 1], [2, 6], [4]]
    assert batches.by_length(np.array([], np.int64), 12) == []


def test_as_many_batches_as_rows_take_no_longer() -> None:
    """300,000 long rows, each a batch: what looks at every later row again takes minutes."""
    started = time.process_time()
    assert len(batches.by_length(np.full(300_000, 60), 60)) == 300_000
    assert time.process_time() - started < 20


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 9), st.integers(0, 5))
def test_shuffled_batches_hold_every_row_once(lengths: list[int], size: int, seed: int) -> None:
    columns = np.array(lengths, np.int64)
    made = list(batches.shuffled(columns, size, np.random.default_rng(seed)))
    assert sorted(row for batch in made for row in batch.tolist()) == list(range(len(lengths)))
    assert all(len(batch) <= size for batch in made)
    again = list(batches.shuffled(columns, size, np.random.default_rng(seed)))
    assert [batch.tolist() for batch in made] == [batch.tolist() for batch in again]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12), st.integers(0, 9))
def test_the_cache_gives_back_what_was_written_in_any_order(lengths: list[int], seed: int) -> None:
    columns = np.array(lengths, np.int64)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(lengths))
    shape = (len(lengths), max(lengths), 3)
    values: NDArray[np.float32] = generator.normal(size=shape).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        with cache.writing({"a": 1}, columns) as writer:
            for part in np.array_split(order, 3):
                writer.add(part, values[part])
        stored = cache.read({"a": 1})
        assert stored is not None
        read, mask = stored.batch(np.arange(len(lengths)))
        assert cache.read({"a": 2}) is None
    for row, length in enumerate(lengths):
        assert mask[row].sum() == length
        assert np.array_equal(read[row, :length], values[row, :length])
        assert (read[row, length:] == 0).all()


def test_only_rows_that_joined_are_embedded(small: Trunk, tmp_path: Path) -> None:
    values = PART.inputs.values
    network, ran = small.encoder.network, list[int]()
    before = small.embeddings(small.encode(values[:30]), Silent())
    hook = network.register_forward_pre_hook(
        lambda _, given, named: ran.append(len(named["input_ids"])), with_kwargs=True
    )
    grown = small.embeddings(small.encode(values), Silent())
    hook.remove()
    assert sum(ran) == len(set(values[30:]) - set(values[:30]))
    np.testing.assert_array_equal(grown[:30], before)
    shutil.rmtree(small._cache.folder)
    alone = small.embeddings(small.encode(values), Silent())
    np.testing.assert_allclose(grown, alone, atol=1e-5)
