"""What a model card says of the kind of answers: labels, or text from weights or an endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from rungwise.plugins import kind_named
from rungwise.release.manifest import Manifest
from rungwise.reporting.guideline import escaped

ENDPOINT = "endpoint:"


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of a card that depend on the kind.

    Attributes:
        pipeline: As the Hugging Face hub names the kind.
        library: What loads the files.
        intended: For which inputs, and with which answers.
        use: How to ask it without Rungwise.
    """

    pipeline: str
    library: str
    intended: str
    use: str


def words(manifest: Manifest) -> Words:
    """Those of a release."""
    if kind_named(manifest.task["task"].get("kind", "classify")).labels:
        return _labels(manifest)
    if not manifest.model["name"]:
        return COPIED
    return _endpoint(manifest) if manifest.model["name"].startswith(ENDPOINT) else _text(manifest)


def _labels(manifest: Manifest) -> Words:
    intended = (
        f"One of {len(manifest.classes)} labels for each input like those it learnt from.\n"
        "Not for inputs of another kind, source or language, and not for labels outside this "
        f"list:\n{', '.join(escaped(label) for label in manifest.classes)}."
    )
    if manifest.rung == "linear":
        return Words("text-classification", "numpy", intended, LINEAR)
    use = (
        "`model.onnx` also runs in ONNX Runtime alone: `tokenizer.json` is a file of the "
        "`tokenizers`\nlibrary, `serving.json` says how inputs become tensors, `labels.json` names "
        "the columns of\n`probabilities`. No file of this release is a pickle."
    )
    return Words("text-classification", "onnx", intended, use)


LINEAR = (
    "It answers with numpy alone. `vocabulary.json` has the terms, `linear.safetensors` a weight "
    "for\neach term and class, a bias for each class, and in how many training rows each term "
    "occurs;\n`labels.json` names the classes. The features are those of scikit-learn's "
    "`TfidfVectorizer` with\n`sublinear_tf`. No file of this release is a pickle."
)

INTENDED = (
    "A text for each input like those it was measured on, asked under the prompt in\n"
    "`prompt.json` and no other. Not for inputs of another kind, source or language. What it\n"
    "writes may be wrong where it reads well: see the mistakes below."
)


COPIED = Words(
    "text-generation",
    "rungwise",
    "A text for each input like those it was measured on, copied from a training row or a document "
    "that\nis in this release. Not for inputs of another kind, source or language, and not where "
    "the right\nanswer was never written before.",
    "No model is in this release: `copied.json` has the training rows, or `retrieval/` the "
    "documents,\nthat answers are copied from. No file of this release is a pickle.",
)


def _text(manifest: Manifest) -> Words:
    adapter = (
        "\n`adapter/` is what was trained, as a PEFT folder for the base model; `model/` has it "
        "merged in."
        if any(name.startswith("adapter/") for name in manifest.files)
        else ""
    )
    use = (
        "`model/` is a Hugging Face folder (`AutoModelForCausalLM.from_pretrained`), asked "
        "greedily in\nfloat32; `prompt.json` holds the system prompt and the examples, "
        f"`serving.json` the longest answer.{adapter}\nNo file of this release is a pickle."
    )
    return Words("text-generation", "transformers", INTENDED, use)


def _endpoint(manifest: Manifest) -> Words:
    place = escaped(manifest.model["name"])
    intended = (
        f"{INTENDED}\n\n"
        f"**The weights are not in this release.** They lie behind {place} and can\nchange "
        "without notice; what is frozen is the prompt, the examples and the evidence."
    )
    use = (
        "`prompt.json` holds the system prompt and the examples, `serving.json` the endpoint and "
        "the longest\nanswer. No key is in this release: it is read from the environment."
    )
    return Words("text-generation", "openai", intended, use)
