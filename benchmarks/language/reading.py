"""What prompts share is read once: few-shot answers beside lm-evaluation-harness, labels as a tree.

Few-shot: BANKING77, 20 training questions with their intents as examples and test questions behind
them, SmolLM2-135M-Instruct, greedy, at most 12 tokens. Both get the same prompts; quality is the
share of answers that equal the peer's. The peer is timed on some of the inputs and scaled to all:
it reads every prompt whole, so its time grows with their number.

Labels: all 77 intents scored behind each of some questions. The peer scores them in batches of 32,
one sequence a label, logits at its tokens alone. The ceiling is the peer's tokens over ours. Which
of the two rounds more is settled by the peer's way in float64.

    python -m benchmarks.language.reading --inputs 200 --peer-inputs 40
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from benchmarks.banking import folder
from benchmarks.rows import Row, arguments, show
from rungwise.conversation import Conversation, Message
from rungwise.models.language import Language
from rungwise.models.language.decoding import shared_prefix
from rungwise.models.language.label_trie import Trie
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Silent

MODEL = "SmolLM2-135M-Instruct"
SHOTS, LONGEST, BATCH, SEED = 20, 12, 32, 20
SYSTEM = "Name the intent of the customer's question."


def rows(inputs: int, peer_inputs: int, scored: int) -> Iterator[Row]:
    """Every row of this comparison."""
    model = Language().open(MODEL, Path())
    train, test = (pl.read_csv(folder() / f"{part}.csv") for part in ("train", "test"))
    shown = train.sample(SHOTS, seed=SEED, shuffle=True)
    asked = test.sample(inputs, seed=SEED, shuffle=True)["text"].to_list()
    yield few_shot(model, [_prompt(shown, text) for text in asked], peer_inputs)
    labels = train["label"].unique().sort().to_list()
    short = [_prompt(train.clear(), text) for text in asked[:scored]]
    yield from label_scores(model, short, labels, "prompts of about 30 tokens")
    yield from rounding(model, short[0], labels)
    long = [_prompt(shown, text) for text in asked[:scored]]
    yield from label_scores(model, long, labels, f"prompts with {SHOTS} examples")


def few_shot(model: LocalLanguageModel, prompts: list[Conversation], peer_inputs: int) -> Row:
    """The same prompts, answered by both."""
    network = model.network  # loading is nobody's time
    began = time.perf_counter()
    told = [one.text for one in model.generate(prompts, Silent(), max_tokens=LONGEST)]
    seconds = time.perf_counter() - began
    peer_seconds, peer = _harness(model, network, prompts[:peer_inputs])
    same = float(np.mean([a == b for a, b in zip(told[:peer_inputs], peer, strict=True)]))
    return Row(
        f"{SHOTS} shots × {len(prompts)} inputs",
        "seconds",
        seconds,
        peer_seconds * len(prompts) / peer_inputs,
        f"lm-evaluation-harness, on {peer_inputs}",
        same,
        1.0,
    )


def _harness(
    model: LocalLanguageModel, network: Any, prompts: Sequence[Conversation]
) -> tuple[float, list[str]]:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    peer = HFLM(pretrained=network, tokenizer=model.tokenizer, device="cpu", batch_size=8,
                max_length=model.context, add_bos_token=False)  # fmt: skip
    settings = {"until": ["<|im_end|>"], "max_gen_toks": LONGEST, "do_sample": False}
    texts = [model.tokenizer.decode(model.tokens(prompt)) for prompt in prompts]
    asked = [
        Instance("generate_until", {}, (text, settings), place) for place, text in enumerate(texts)
    ]
    began = time.perf_counter()
    told = peer.generate_until(asked, disable_tqdm=True)
    return time.perf_counter() - began, [text.strip() for text in told]


def label_scores(
    model: LocalLanguageModel, prompts: list[Conversation], labels: list[str], name: str
) -> Iterator[Row]:
    """Both ways of scoring, and the ceiling that the numbers of tokens allow."""
    coded = [model.tokenizer(one, add_special_tokens=False)["input_ids"] for one in labels]
    began = time.perf_counter()
    ours = model.score(prompts, labels, Silent())
    seconds = time.perf_counter() - began
    ids = [model.tokens(prompt) for prompt in prompts]
    few = ids[: max(1, len(ids) // 8)]
    began = time.perf_counter()
    peer = np.stack([_one_by_one(model, prompt, coded) for prompt in few])
    peer_seconds = (time.perf_counter() - began) * len(ids) / len(few)
    furthest = float(np.abs(ours[: len(few)] - peer).max())
    shared = shared_prefix(ids)
    nodes = len(Trie.of(coded).token)
    read = shared + sum(len(prompt) - shared + nodes for prompt in ids)
    whole = sum(len(prompt) + len(label) for prompt in ids for label in coded)
    yield Row(f"77 labels, {len(ids)} {name}", "seconds", seconds, peer_seconds,
              f"one sequence a label, on {len(few)}")  # fmt: skip
    yield Row(
        f"77 labels, {name}: ceiling by tokens", "tokens", read, whole, "one sequence a label"
    )
    yield Row(f"77 labels, {name}: furthest apart", "nats", furthest, None, "")


def rounding(model: LocalLanguageModel, prompt: Conversation, labels: list[str]) -> Iterator[Row]:
    """How far both are from float64, behind one prompt."""
    coded = [model.tokenizer(one, add_special_tokens=False)["input_ids"] for one in labels]
    ids = model.tokens(prompt)
    ours, peer = model.score([prompt], labels, Silent())[0], _one_by_one(model, ids, coded)
    model.network.double()
    exact = _one_by_one(model, ids, coded)
    model.network.float()
    apart, theirs = (float(np.abs(one - exact).max()) for one in (ours, peer))
    yield Row("77 labels: furthest from float64", "nats", apart, theirs, "one sequence a label")


def _one_by_one(
    model: LocalLanguageModel, prompt: Sequence[int], coded: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    stop = int(model.tokenizer.eos_token_id)
    found = []
    with torch.no_grad():
        for start in range(0, len(coded), BATCH):
            part = [[*label, stop] for label in coded[start : start + BATCH]]
            longest = max(map(len, part))
            padded = [[*prompt, *label, *[stop] * (longest - len(label))] for label in part]
            logits = model.network(
                input_ids=torch.tensor(padded), logits_to_keep=longest + 1
            ).logits.log_softmax(dim=-1)
            for row, label in enumerate(part):
                told = logits[row, torch.arange(len(label)), torch.tensor(label)]
                found.append(float(told.sum()))
    return np.array(found)


def _prompt(shown: pl.DataFrame, asked: str) -> Conversation:
    turns = [Message("system", SYSTEM)]
    for text, label in shown.select("text", "label").iter_rows():
        turns += [Message("user", text), Message("assistant", label)]
    return (*turns, Message("user", asked))


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--inputs", type=int, default=200, help="questions to answer")
    parser.add_argument("--peer-inputs", type=int, default=40, help="of them, by the peer")
    parser.add_argument("--scored", type=int, default=64, help="questions to score labels of")
    told = parser.parse_args()
    random.seed(SEED)
    show(rows(told.inputs, told.peer_inputs, told.scored), as_json=told.json)


if __name__ == "__main__":
    main()
