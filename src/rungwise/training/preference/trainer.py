"""Direct preference optimisation by TRL, an epoch at a time, in weights that are already in place.

Rafailov et al. 2023, "Direct Preference Optimization: Your Language Model is Secretly a Reward
Model". TRL computes the loss and runs the steps. What it would also do is left out: it reports over
the network, reads the reference anew for every rate, and keeps its state by pickle.
"""

from __future__ import annotations

import contextlib
import copy
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rungwise.errors import ModelError
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress
from rungwise.training import machine
from rungwise.training.language.losses import PACK
from rungwise.training.language.supervised import stop_token
from rungwise.training.loop import CLIP, SOLVED
from rungwise.training.preference.likelihood import Likelihood, Sides
from rungwise.training.preference.pairs import Pairs
from rungwise.training.preference.upper import sharing

BETA = 0.1
"""How dear it is to leave the reference, as in the paper."""
PAIRS = 8
"""Pairs a step."""
AT_ONCE = (4, 2, 1)
"""Pairs that are run through the network at once: as many as fit a sequence of `PACK` tokens."""


@dataclass
class Steps:
    """Of one epoch: what each step reported.

    Attributes:
        loss: Mean of all steps.
        norms: Gradient norm before clipping, step after step.
        rates: Learning rate of each step.
        agreed: Share of pairs whose chosen answer had the larger implicit reward, step by step.
    """

    loss: float = 0.0
    norms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    agreed: list[float] = field(default_factory=list)


class Trainer:
    """TRL's trainer on modules that share the weights of a model's own.

    Args:
        model: With what is trained in place.
        boundary: Below it nothing is trained.
        pairs: What is learnt from.
        sides: The same, with hidden states at the boundary where these are kept.
        reference: What the model found of them before.
        optimiser: Of what is trained; its state stays with the caller.
        seed: Of all that TRL draws.
        checkpointed: Whether blocks are computed a second time for their gradients.
        folder: Where TRL may write; it writes nothing that is kept.
    """

    def __init__(
        self,
        model: LocalLanguageModel,
        boundary: int,
        pairs: Pairs,
        sides: Sides,
        reference: Likelihood,
        optimiser: torch.optim.Optimizer,
        seed: int,
        checkpointed: bool,
        folder: Path,
    ) -> None:
        from datasets import Dataset
        from transformers import PrinterCallback
        from trl import DPOConfig

        columns = {
            "ref_chosen_logps": reference.chosen.tolist(),
            "ref_rejected_logps": reference.rejected.tolist(),
        }
        self.rows = Dataset.from_list(
            [
                {**row, **{name: values[place] for name, values in columns.items()}}
                for place, row in enumerate(pairs.rows())
            ]
        )
        self.device = model.network.device
        self.longest = int(pairs.lengths.max())
        at_once = pairs_at_once(self.longest)
        told = DPOConfig(
            output_dir=str(folder),
            report_to=[],
            save_strategy="no",
            logging_steps=1,
            logging_nan_inf_filter=False,
            disable_tqdm=True,
            num_train_epochs=1,
            per_device_train_batch_size=at_once,
            gradient_accumulation_steps=PAIRS // at_once,
            max_grad_norm=CLIP,
            beta=BETA,
            max_length=None,
            precompute_ref_log_probs=True,
            gradient_checkpointing=None,  # its old name
            activation_checkpointing=checkpointed,
            bf16=machine.precision(self.device) == torch.bfloat16,
            use_cpu=self.device.type == "cpu",
            dataloader_pin_memory=False,
            seed=seed,
        )
        self.watch = _watch()
        tokenizer = copy.deepcopy(model.tokenizer)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.convert_ids_to_tokens(stop_token(model))
        network = sharing(model.network, sides, boundary, tokenizer.pad_token_id)
        constant = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda _: 1.0)
        with _undisturbed():
            self.trl = _quiet()(
                model=network,
                args=told,
                train_dataset=self.rows,
                processing_class=tokenizer,
                callbacks=[self.watch],
                optimizers=(optimiser, constant),
            )
        self.trl.remove_callback(PrinterCallback)

    def epoch(
        self,
        order: NDArray[np.int64],
        rate: Callable[[int], float],
        title: str,
        progress: Progress,
    ) -> Steps | None:
        """Every pair once, in `order`; None where the loss or a gradient is no longer a number.

        Args:
            order: Places of pairs.
            rate: The learning rate of each step of this epoch.
            title: What is said to be done.
            progress: Where to report.

        Raises:
            ModelError: No gradient reaches what should be trained.
        """
        steps = -(-len(order) // PAIRS)
        self.watch.begin(rate, iter(progress.over(range(steps), title, steps)), title)
        self.trl.train_dataset = self.rows.select(order)
        with _undisturbed(), machine.kernels(self.device, self.longest):
            ended = self.trl.train()
        self.watch.end()
        steps_done: Steps = self.watch.steps
        steps_done.loss = float(ended.training_loss)
        return None if self.watch.diverged else steps_done


def pairs_at_once(longest: int) -> int:
    """How many pairs whose longer side has so many tokens; one is always taken."""
    fits = (size for size in AT_ONCE if 2 * size * longest <= PACK)
    return next(fits, AT_ONCE[-1])


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """TRL seeds every generator there is; they come back as they were."""
    plain, of_numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(plain)
        np.random.set_state(of_numpy)


def _quiet() -> Any:
    """TRL's class without what is done elsewhere here, or not wanted at all."""
    from torch.utils.data import SequentialSampler
    from trl import DPOTrainer

    class Quiet(DPOTrainer):  # type: ignore[misc]
        def _send_telemetry(self) -> None:
            """Nothing is reported to anybody."""

        def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
            return dataset  # token ids already, those that are measured

        def _precompute_ref_logps(self, dataset: Any, *_: Any) -> Any:
            return dataset  # they came along

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            return SequentialSampler(train_dataset or self.train_dataset)

    return Quiet


def _watch() -> Any:
    """Sets the rate of each step, and hears what came of it."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        def begin(self, rate: Callable[[int], float], ticks: Iterator[int], title: str) -> None:
            self.rate, self.ticks, self.title = rate, ticks, title
            self.steps, self.diverged = Steps(), False
            next(self.ticks, None)

        def end(self) -> None:
            for _ in self.ticks:
                pass

        def on_step_begin(self, args: Any, state: Any, control: Any, **about: Any) -> None:
            for group in about["optimizer"].param_groups:
                group["lr"] = self.rate(state.global_step)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any, **about: Any) -> None:
            if "grad_norm" not in logs:
                return
            norm, loss = float(logs["grad_norm"]), float(logs["loss"])
            if not math.isfinite(norm) or not math.isfinite(loss):
                self.diverged = control.should_training_stop = True
                return
            if norm == 0 and loss > SOLVED:
                raise ModelError(
                    f"The gradient is 0 in {self.title}: nothing would be learnt",
                    "Name another base model; this one hands no gradient to what should be "
                    "trained.",
                )
            self.steps.norms.append(norm)
            self.steps.rates.append(self.rate(state.global_step - 1))
            self.steps.agreed.append(float(logs["rewards/accuracies"]))
            next(self.ticks, None)

    return Watch()
