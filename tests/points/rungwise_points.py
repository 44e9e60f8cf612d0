"""A modality in one file, as another package would add it: points in a plane, written `x,y`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise import checkpoints
from rungwise.protocols import Found, Keep, NearPairs, searched
from rungwise.records import Numbers

CLOSE = 0.001
"""Points nearer than this are near copies."""


def places(values: pl.Series) -> NDArray[np.float64]:
    """Coordinates (n, 2); NaN for what is no point."""
    cells = values.str.strip_chars().str.split_exact(",", 1).struct.unnest()
    return cells.select(pl.all().str.strip_chars().cast(pl.Float64, strict=False)).to_numpy()


@dataclass(frozen=True)
class Coordinates:
    """Model inputs: each point is a sequence of its two coordinates."""

    values: NDArray[np.float32]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.values.tobytes()).hexdigest()

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.full(len(self.values), 2)

    @property
    def cut(self) -> NDArray[np.bool_]:
        return np.zeros(len(self.values), bool)

    @property
    def truncated(self) -> int:
        return 0

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return self.values[rows][:, :, None], np.ones((len(rows), 2), np.int64)


class Prepared:
    """The same in a release."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def encode(self, values: pl.Series) -> Coordinates:
        return Coordinates((places(values) / self.scale).astype(np.float32))


class PointBackbone:
    """A small network over the coordinates."""

    modality = "points"
    pooling, normalised = "mean", False
    notes: tuple[str, ...] = ()

    def __init__(self, checkpoint: checkpoints.Checkpoint) -> None:
        self._checkpoint = checkpoint
        self.name, self.digest = checkpoint.name, checkpoint.digest
        self._prepared = Prepared(checkpoint.configuration["scale"])

    def encode(self, values: pl.Series, limit: int) -> Coordinates:
        return self._prepared.encode(values)

    def network(self, attention: str | None = None) -> Any:
        from safetensors.torch import load_file

        network = make(self._checkpoint.configuration)
        network.load_state_dict(load_file(self._checkpoint.folder / "model.safetensors"))
        return network.eval()

    def export_preprocessing(self, folder: Path, limit: int) -> Numbers:
        (folder / "scale.json").write_text(json.dumps(self._prepared.scale))
        return {"modality": self.modality}


class Points:
    """What `rungwise.protocols.Modality` asks, for points."""

    modality = "points"
    examples: ClassVar[tuple[str, str]] = ("0.5,-0.25", "1,1")

    def open(self, name: str, folder: Path) -> PointBackbone:
        return PointBackbone(checkpoints.find(name, folder, self.modality))

    def problems(self, values: pl.Series) -> pl.Series:
        bad = pl.Series(~np.isfinite(places(values)).all(axis=1))
        return pl.select(pl.when(bad).then(pl.lit("no point: not written as x,y"))).to_series()

    def content(self, values: pl.Series) -> pl.Series:
        digests = [hashlib.sha256(row.tobytes()).hexdigest() for row in places(values)]
        return pl.Series("content", digests, pl.String)

    def copy_keys(self, values: pl.Series) -> pl.Series:
        return self.content(values).hash(seed=3)

    def near(
        self, values: pl.Series, depth: Any, progress: Any, keep: Keep = searched
    ) -> NearPairs:
        found = places(values)
        distinct, number = np.unique(found, axis=0, return_inverse=True)
        near = keep(_close, pl.Series([f"{x},{y}" for x, y in distinct.tolist()]), depth, progress)
        return NearPairs(number.reshape(-1).astype(np.int64), near.pairs, near.score)

    def preparation(self, files: Callable[[str], bytes], settings: Numbers) -> Prepared:
        return Prepared(json.loads(files("scale.json")))


def _close(distinct: pl.Series, depth: Any, progress: Any) -> Found:
    found = places(distinct)
    apart = np.hypot(*(found[:, None] - found[None]).transpose(2, 0, 1))
    one, other = np.nonzero(np.triu(apart < CLOSE, 1))
    pairs = np.stack([one, other], axis=1).astype(np.int64)
    return Found(pairs, np.full(len(pairs), 0.99, np.float32))


def make(configuration: Any) -> Any:
    """The network: an embedding of a coordinate, blocks that mix the two, a norm."""
    import torch
    from torch import nn
    from transformers import PretrainedConfig
    from transformers.modeling_outputs import BaseModelOutput

    width = configuration["hidden_size"]

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mix, self.out = nn.Linear(2 * width, width), nn.Linear(width, width)

        def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
            beside = torch.cat([hidden_states, hidden_states.flip(1)], -1)
            mixed: torch.Tensor = hidden_states + self.out(torch.tanh(self.mix(beside)))
            return mixed

    class Network(nn.Module):
        main_input_name = "points"

        def __init__(self) -> None:
            super().__init__()
            self.config = PretrainedConfig(
                hidden_size=width, num_hidden_layers=configuration["num_hidden_layers"]
            )
            self.axis = nn.Parameter(torch.randn(2, width))
            self.embed = nn.Linear(1, width)
            self.layers = nn.ModuleList([Block() for _ in range(self.config.num_hidden_layers)])
            self.norm = nn.LayerNorm(width)

        def forward(self, points: torch.Tensor) -> Any:
            hidden = self.embed(points) + self.axis
            for layer in self.layers:
                hidden = layer(hidden)
            return BaseModelOutput(last_hidden_state=self.norm(hidden))

    return Network()


def write_model(folder: Path) -> Path:
    """A model folder with random weights."""
    import torch
    from safetensors.torch import save_file

    told = {"model_type": "points", "hidden_size": 16, "num_hidden_layers": 2, "scale": 1.0}
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(told))
    torch.manual_seed(0)
    save_file(make(told).state_dict(), folder / "model.safetensors")
    return folder


def write_rows(path: Path, rows: Sequence[tuple[str, str]]) -> Path:
    """A file of points and their labels."""
    pl.DataFrame(rows, schema=["place", "label"], orient="row").write_csv(path)
    return path
