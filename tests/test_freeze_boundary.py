"""Networks of any modality are cut exactly at every block, or say that they cannot be cut."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers
from torch import Tensor, nn

from rungwise.training.encoder import Encoder, Form, activations, separable_blocks, upper

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
}
PIXELS = {**SMALL, "image_size": 32, "patch_size": 8}


def text() -> tuple[nn.Module, Tensor]:
    found = transformers.BertConfig(**SMALL, vocab_size=50)
    return transformers.BertModel(found, add_pooling_layer=False), torch.randint(1, 50, (2, 9))


def vit() -> tuple[nn.Module, Tensor]:
    return transformers.ViTModel(transformers.ViTConfig(**PIXELS)), torch.randn(2, 3, 32, 32)


def dinov2() -> tuple[nn.Module, Tensor]:
    return transformers.Dinov2Model(transformers.Dinov2Config(**PIXELS)), torch.randn(2, 3, 32, 32)


def whisper() -> tuple[nn.Module, Tensor]:
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    found = transformers.WhisperConfig(
        d_model=32, encoder_layers=3, encoder_attention_heads=4, encoder_ffn_dim=48,
        num_mel_bins=8, max_source_positions=20,
    )  # fmt: skip
    return WhisperEncoder(found), torch.randn(2, 8, 40)


def wav2vec2() -> tuple[nn.Module, Tensor]:
    found = transformers.Wav2Vec2Config(
        **SMALL, conv_dim=(16, 16), conv_stride=(5, 2), conv_kernel=(10, 3),
        num_feat_extract_layers=2, num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=4,
        layerdrop=0.0,
    )  # fmt: skip
    return transformers.Wav2Vec2Model(found), torch.randn(2, 400)


def ast() -> tuple[nn.Module, Tensor]:
    found = transformers.ASTConfig(**SMALL, patch_size=8, max_length=32, num_mel_bins=16)
    return transformers.ASTModel(found), torch.randn(2, 32, 16)


def encoder_of(made: tuple[nn.Module, Tensor]) -> tuple[Encoder, Tensor, Tensor]:
    """An encoder of random weights, a batch, and a mask over what comes out of its blocks."""
    network, values = made[0].eval(), made[1]
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        found: Any = network(values)
    mask = torch.ones(found.last_hidden_state.shape[:2], dtype=torch.int64)
    if values.shape == mask.shape:
        mask[1, 5:] = 0
    return Encoder(network, "mean", False, Form.of(values, mask)).eval(), values, mask


@pytest.mark.parametrize("network", [text, vit, dinov2, whisper, wav2vec2, ast])
def test_a_network_is_cut_exactly_at_every_block(network: Any) -> None:
    torch.manual_seed(3)
    encoder, values, mask = encoder_of(network())
    assert separable_blocks(encoder, values, mask) == 3


@pytest.mark.parametrize("network", [text, wav2vec2])
def test_only_what_lies_above_the_boundary_is_trained_and_kept(network: Any) -> None:
    torch.manual_seed(3)
    encoder, values, mask = encoder_of(network())
    part = upper(encoder, 2).requires_grad_(True)
    below = activations(encoder, lambda: encoder(values, mask), [2])[2].detach()
    part(below, mask).sum().backward()
    named = dict(part.named_parameters())
    assert all(p.grad is not None for name, p in named.items() if "layer" in name)
    assert any(".2." not in name and ".0." in name for name in named)  # the last block alone
    assert not any(".1." in name or "embeddings" in name or "conv" in name for name in named)
    blocks = sum(p.numel() for p in named.values())
    assert blocks < sum(p.numel() for p in encoder.parameters()) / 2


class Stages(nn.Module):
    """A network without one list of blocks, such as MobileNet."""

    main_input_name = "pixel_values"

    def __init__(self) -> None:
        super().__init__()
        self.config = transformers.PretrainedConfig()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, pixel_values: Tensor) -> Any:
        hidden = self.second(self.first(pixel_values))
        return transformers.modeling_outputs.BaseModelOutput(last_hidden_state=hidden)


def test_a_network_without_a_list_of_blocks_is_not_cut() -> None:
    values, mask = torch.randn(2, 3, 4), torch.ones(2, 3, dtype=torch.int64)
    encoder = Encoder(Stages(), "mean", False, Form.of(values, mask))
    assert separable_blocks(encoder, values, mask) == 0
