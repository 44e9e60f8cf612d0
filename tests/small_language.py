"""A decoder of the Llama kind that the tests make themselves: four blocks, letters as tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

VOCABULARY = 260
TEMPLATE = (
    "{% for message in messages %}<{{ message['role'][0] }}>{{ message['content'] }}\n"
    "{% endfor %}{% if add_generation_prompt %}<a>{% endif %}"
)


def write_language_model(folder: Path, seed: int = 5) -> Path:
    """A Hugging Face folder with random weights, a byte tokenizer and a chat template."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    configuration = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        eos_token_id=1,
        bos_token_id=0,
        pad_token_id=1,
        initializer_range=0.3,  # so that what is most probable is no tie
    )
    network = LlamaForCausalLM(configuration)
    network.save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    known = {token: place for place, token in enumerate(["<begin>", "<end>", *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=known, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<begin>",
        eos_token="<end>",
        pad_token="<end>",
        chat_template=TEMPLATE,
    )
