"""What the server counts, in the text format of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.responses import Response

if TYPE_CHECKING:
    from rungwise.serving.batching import Batch
    from rungwise.serving.service import Service

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Instruments:
    """Counters and histograms of one server, apart from those of other servers in the process."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.requests = Counter(
            "rungwise_requests", "Requests answered.", ["path", "status"], registry=registry
        )
        self.seconds = Histogram(
            "rungwise_request_seconds", "From the first byte of a request to the last of its "
            "answer.", ["path"], buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.answers = Counter(
            "rungwise_answers", "Rows answered.", ["release", "label"], registry=registry
        )
        self.review = Counter(
            "rungwise_review", "Rows that a person should look at.", ["release"], registry=registry
        )
        self.refused = Counter(
            "rungwise_refused", "Requests refused because they cannot meet the deadline.",
            registry=registry,
        )  # fmt: skip
        self.gone = Counter(
            "rungwise_clients_gone", "Requests whose client left before the answer.",
            registry=registry,
        )  # fmt: skip
        self.texts = Counter(
            "rungwise_texts", "Texts written.", ["release", "ended"], registry=registry
        )
        self.tokens = Counter(
            "rungwise_text_tokens", "Tokens of texts and of their prompts.",
            ["release", "kind"], registry=registry,
        )  # fmt: skip
        self._batch_rows = Histogram(
            "rungwise_batch_rows", "Rows of a batch.", buckets=ROWS, registry=registry
        )
        self._batch_seconds = Histogram(
            "rungwise_batch_seconds", "Seconds of a batch.", buckets=SECONDS, registry=registry
        )
        self._queued_rows = Gauge("rungwise_queued_rows", "Rows that wait.", registry=registry)
        self._queued = Gauge("rungwise_queued_tokens", "Tokens that wait.", registry=registry)
        self._token = Gauge("rungwise_seconds_a_token", "Fitted cost.", registry=registry)
        self._batch = Gauge("rungwise_seconds_a_batch", "Fitted cost.", registry=registry)
        self._swaps = Gauge(
            "rungwise_release_changes", "Changes of the live release.", registry=registry
        )
        self._sample = Gauge(
            "rungwise_sample_requests", "What became of requests in the sample: offered, kept, "
            "lost.", ["state"], registry=registry,
        )  # fmt: skip
        self._sample_failures = Gauge(
            "rungwise_sample_failures", "Times that the sample could not be filled or written.",
            registry=registry,
        )  # fmt: skip
        self._release = Gauge(
            "rungwise_release", "1 for the live release.", ["release", "digest"], registry=registry
        )

    def batch(self, batch: Batch) -> None:
        """Count a batch."""
        self.call(batch.rows, batch.seconds)

    def call(self, rows: int, seconds: float) -> None:
        """Count a batch of texts that were written."""
        self._batch_rows.observe(rows)
        self._batch_seconds.observe(seconds)

    def text(self, service: Service) -> Response:
        """Everything, as Prometheus reads it."""
        versions, batches = service.versions, service.batches
        a, b = service.cost.line
        self._token.set(a)
        self._batch.set(b)
        self._queued_rows.set(batches.rows + service.writing.rows)
        self._queued.set(batches.tokens)
        self._swaps.set(versions.swaps)
        if service.sample is not None:
            counts = service.sample.counts
            for name in ("offered", "kept", "lost"):
                self._sample.labels(name).set(getattr(counts, name))
            self._sample_failures.set(counts.failures)
        self._release.clear()
        self._release.labels(versions.live.version, versions.live.digest).set(1)
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
