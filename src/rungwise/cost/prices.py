"""A small dated table of prices: what models ask for tokens and what machines cost an hour.

`prices.csv` beside this file is the project's own; a task names another under `cost.prices`.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rungwise.errors import DataError

OWN = Path(__file__).with_name("prices.csv")
NEEDED = ("name", "kind")
KINDS = ("model", "machine")
SNAPSHOT = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")
"""The date that a provider puts behind the name of a model."""


@dataclass(frozen=True, slots=True)
class Price:
    """One line of the table; US dollars.

    Attributes:
        name: Of the model, as its provider calls it, or of the machine.
        kind: `model` or `machine`.
        usd_in, usd_out: A million tokens read, and written; of a model.
        usd_hour: An hour; of a machine.
        default: The device (`cpu`, `cuda`) whose machine it stands for where none is named.
        date: When the price was true.
        source: Where it was read.
    """

    name: str
    kind: str
    usd_in: float
    usd_out: float
    usd_hour: float
    default: str
    date: str
    source: str


@dataclass(frozen=True, slots=True)
class Prices:
    """The table by name; small letters are as good as capitals."""

    rows: Mapping[str, Price]

    def model(self, name: str) -> Price | None:
        """The price of a model; the date of a snapshot may follow its name, and a maker precede."""
        plain = name.lower().rpartition("/")[2]
        for key in (plain, SNAPSHOT.sub("", plain)):
            found = self.rows.get(key)
            if found is not None and found.kind == "model":
                return found
        undated = {SNAPSHOT.sub("", row.name.lower()): row for row in self.rows.values()}
        found = undated.get(plain)
        return found if found is not None and found.kind == "model" else None

    def machine(self, name: str) -> Price | None:
        """The price of a machine."""
        found = self.rows.get(name.lower())
        return found if found is not None and found.kind == "machine" else None

    def default(self, device: str) -> Price | None:
        """The machine that stands for a device."""
        return next((row for row in self.rows.values() if row.default == device), None)


def load(path: Path = OWN) -> Prices:
    """Read a table: a CSV with `name`, `kind` and the prices; other columns are optional.

    Raises:
        DataError: It cannot be read, lacks a column, or holds what is no price.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"The prices {path} cannot be read: {error}", "Give a UTF-8 CSV.") from None
    found = {}
    for number, line in enumerate(lines, 2):
        price = _price(line, f"{path.name} line {number}")
        found[price.name.lower()] = price
    if not found:
        raise DataError(f"{path} holds no price", f"Its columns are {', '.join(COLUMNS)}.")
    return Prices(found)


COLUMNS = ("name", "kind", "usd_in", "usd_out", "usd_hour", "default", "date", "source")


def _price(line: Mapping[str, str | None], place: str) -> Price:
    told = {key: (line.get(key) or "").strip() for key in COLUMNS}
    if not told["name"] or told["kind"] not in KINDS:
        raise DataError(
            f"{place} has the name {told['name']!r} and the kind {told['kind']!r}",
            "Give each price a name and the kind model or machine.",
        )
    amounts = {
        key: _amount(told.pop(key), f"{key} in {place}")
        for key in ("usd_in", "usd_out", "usd_hour")
    }
    return Price(**told, **amounts)  # type: ignore[arg-type]


def _amount(text: str, place: str) -> float:
    try:
        value = float(text or 0)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise DataError(f"{place} is {text!r}", "Write US dollars as a plain number.")
    return value
