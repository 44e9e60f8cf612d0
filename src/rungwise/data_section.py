"""The section `data:` of a task: where rows are, what columns mean, how rows are divided."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from rungwise.section import Section

Division = Literal["time", "random"]
"""Whether the test part is the newest rows, or rows drawn at random."""
Depth = Literal["fast", "deep"]
"""How hard to look for near copies."""


class Data(Section):
    """Where the rows are; columns that are None are found, and the guess is said aloud."""

    source: str
    input: str | tuple[str, ...] | None = Field(
        None, description="The column that is read, or several: joined, each under its name."
    )
    label: str | None = None
    id: str | None = None
    group: str | None = None
    time: str | None = None
    time_format: str | None = Field(
        None, description="How times are written, such as %d/%m/%Y. None: it is found."
    )
    split: Division | None = Field(
        None, description="Divide by time (the test is the newest rows) or at random, the default."
    )
    annotator: str | None = None
    added: tuple[str, ...] = Field(
        (), description="Files whose labelled rows joined the source later: `rungwise add`."
    )
    validation: str | None = Field(None, description="The user's own validation file.")
    test: str | None = Field(None, description="The user's own test file.")
    licence: str | dict[str, str] | None = Field(
        None, description="Of all files, or of each by its path (R18): an SPDX name or your own."
    )
    origin: str | dict[str, str] | None = Field(
        None, description="Where all files, or each, come from (R18, R19)."
    )
    production: str | None = Field(
        None, description="An unlabelled sample of what will be asked in production (R16)."
    )
    general: str | None = Field(
        None, description="Your own general examples, JSONL with input and output (R53)."
    )
    probe: str | None = Field(
        None,
        description="General questions that join the probe, JSONL with input and output (R53).",
    )
    documents: str | None = Field(
        None, description="What answers can be looked up in: a file, or a folder of texts (R39)."
    )
    encoding: str | dict[str, str] | None = Field(
        None, description="Of text files that are not UTF-8, or of each by its path: cp1250."
    )
    delimiter: str | dict[str, str] | None = Field(
        None, description="Between the cells of a delimited file: one character, or `tab`."
    )
    quote: str | dict[str, str] | None = Field(
        None, description="Around its cells: one character, or `none` where it is text."
    )
    sheet: str | dict[str, str] | None = Field(
        None, description="Of a workbook; the first that has rows unless given."
    )
    document: str | None = Field(
        None, description="The column that names the document which answers a row."
    )
    depth: Depth | None = Field(
        None, description="How hard to look for near copies (R21). None: by the number of rows."
    )

    @property
    def by_time(self) -> bool:
        """Whether rows of the source are divided by time; the user's own parts are not."""
        return self.split == "time" and None in (self.validation, self.test)

    @field_validator("input")
    @classmethod
    def _names_each_column_once(cls, given: Any) -> Any:
        if not isinstance(given, tuple):
            return given
        if not given or not all(given):
            raise ValueError("a list of input columns names at least one, and none is empty")
        if twice := sorted({column for column in given if given.count(column) > 1}):
            raise ValueError(f"column {twice[0]!r} is named twice")
        return given if len(given) > 1 else given[0]

    @model_validator(mode="after")
    def _reads_no_label(self) -> Data:
        if isinstance(self.input, tuple) and self.label in self.input:
            raise ValueError(f"the label {self.label!r} is among the columns of the input")
        return self

    @model_validator(mode="after")
    def _has_times_to_divide_by(self) -> Data:
        if self.split == "time" and self.time is None:
            raise ValueError("split is time, and no column of times is named (data.time)")
        return self

    @model_validator(mode="after")
    def _names_files_of_the_task(self) -> Data:
        files = {self.source, self.validation, self.test, self.documents}
        written = (self.encoding, self.delimiter, self.quote, self.sheet)
        files |= {self.production, self.general, self.probe}
        for given in (self.licence, self.origin, *written):
            if strange := sorted(set(given) - files if isinstance(given, dict) else ()):
                raise ValueError(f"{strange[0]!r} is no file of the task")
        return self
