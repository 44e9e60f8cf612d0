"""Tokens in serving: the tokenizer that lies beside the exported network, and nothing heavier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rungwise.errors import RungwiseError
from rungwise.modalities.text import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from rungwise.records import Numbers

TOKENIZER = "tokenizer.json"


class TextPreparation:
    """See `Text.preparation`."""

    def __init__(self, files: Callable[[str], bytes], settings: Numbers) -> None:
        most, pad_id = settings.get("max_tokens"), settings.get("pad_id")
        prefix = settings.get("prefix", "")
        if (
            not isinstance(most, int)
            or most <= 0
            or not isinstance(pad_id, int)
            or not isinstance(prefix, str)
        ):
            raise ValueError("serving.json does not hold what an export writes")
        self._pad_id, self._prefix = pad_id, prefix
        self._tokenizer = _tokenizer(files, most)

    def encode(self, values: pl.Series) -> tokens.Tokens:
        """Token ids of the texts, what is put before each included."""
        told = tokens.behind(self._prefix, values)
        return tokens.encode(told, self._tokenizer, self._pad_id)


def _tokenizer(files: Callable[[str], bytes], most: int) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_buffer(files(TOKENIZER))
    except RungwiseError:
        raise
    except Exception as error:  # the Rust library raises bare Exception
        raise ValueError(f"{TOKENIZER} is not a tokenizer: {str(error).splitlines()[0]}") from error
    tokenizer.no_padding()
    if (tokenizer.truncation or {}).get("max_length") != most:
        tokenizer.enable_truncation(most)
    return tokenizer
