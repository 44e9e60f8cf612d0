"""The section `monitoring:` of a task: how a release is watched, and what makes a refresh due."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, field_validator

from rungwise.errors import TaskError
from rungwise.section import LATER, Section

VARIABLE = re.compile(r"\$\{([A-Z_][A-Z0-9_]{0,63})\}")
"""A value of the environment in a webhook's URL: `${OPERATIONS_TOKEN}`."""
KEY = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{16,}")
"""A part of a path that is no word: letters and digits, 16 or more."""
SECRET = re.compile(r"auth|key|pass|secret|sig|token", re.I)
"""Names of parameters whose value is a secret."""
WRITE = (
    "Write the secret part as a variable of the environment, such as "
    "`https://hooks.example.com/${OPERATIONS_HOOK}`, or the whole URL as `${OPERATIONS_HOOK}`."
)


class Notices(Section):
    """Where notices of alarms go besides standard output."""

    file: str | None = Field(None, description="A file that each notice is appended to.")
    webhook: str | None = Field(
        None, description="A URL that each notice is posted to; secrets only as ${VARIABLE}."
    )

    @field_validator("webhook")
    @classmethod
    def _holds_no_secret(cls, url: str | None) -> str | None:
        if url is not None:
            _check(url)  # not a ValueError: pydantic would show the value
        return url


class Monitoring(Section):
    """The plan that `ship` asks operations to confirm (R75, R78)."""

    drop: float = Field(
        0.03,
        gt=0,
        allow_inf_nan=False,
        description="The tolerated drop X, in the metric's units: more makes a refresh due.",
    )
    weekly_rows: int = Field(
        100, ge=1, description="Rows of production that people label each week (R74)."
    )
    refresh_weeks: int = Field(
        13, ge=1, description="Weeks after which a refresh is considered whatever was seen (R73)."
    )
    promise: float | None = Field(
        None,
        gt=0,
        lt=1,
        json_schema_extra=LATER,
        description="Share of right answers that is promised. None: the low end of the test.",
    )
    owner: str | None = Field(None, description="Who is told of alarms. None: `owners.operations`.")
    notices: Notices | None = Field(
        None, json_schema_extra=LATER, description="Where notices of alarms go besides the screen."
    )


def _check(url: str) -> None:
    """Refuse a URL that cannot be one, or that holds a secret; no message shows it."""
    if VARIABLE.fullmatch(url):
        return
    plain = VARIABLE.sub("", url)
    try:
        parts = urlsplit(plain)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a broken IPv6 address
        usable = False
    if not usable or not plain.isprintable() or " " in plain:
        raise TaskError("`monitoring.notices.webhook` is no URL of http or https", WRITE)
    given = [value for name, value in parse_qsl(parts.query) if SECRET.search(name)]
    words = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    if parts.username is not None or given or any(KEY.fullmatch(word) for word in words):
        raise TaskError("`monitoring.notices.webhook` seems to hold a password or a key", WRITE)
