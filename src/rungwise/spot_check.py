"""Weekly spot checks on record: which requests were drawn, and what people said of them (R74)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpotDraw:
    """The requests of one week that people label.

    Attributes:
        programme: `Programme.id`.
        version: The release that answered them.
        week: Of the programme, from 1.
        object: Digest of the drawn rows with their weights, as `workflow.spot_draws` keeps them:
            they stay when the sample is thinned.
        rows: How many were drawn; 0 if the week had no requests.
        requests: Rows of the sample in that week.
        day: ISO date of the draw, UTC.
    """

    programme: str
    version: str
    week: int
    object: str
    rows: int
    requests: int
    day: str


@dataclass(frozen=True, slots=True)
class SpotLabel:
    """What one reviewer said of one drawn request.

    Attributes:
        label: The right label, or the corrected answer; "" if the answer was only judged.
        right: Whether the release's answer is right.
        by: Who said so.
    """

    label: str
    right: bool
    by: str


@dataclass(frozen=True, slots=True)
class SpotLabels:
    """Labels of a week's spot check that one file brought.

    Attributes:
        programme: `Programme.id` of the draw.
        week: Of that programme.
        source: Name of the file.
        labels: Row → `to_json` of a `SpotLabel`.
        day: ISO date, UTC.
    """

    programme: str
    week: int
    source: str
    labels: Mapping[str, Mapping[str, str | bool]]
    day: str
