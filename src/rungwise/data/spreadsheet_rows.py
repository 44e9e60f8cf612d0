"""Spreadsheets (Excel, OpenDocument), by calamine; a row's line is its number in the sheet."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import polars as pl

from rungwise.data.csv_rows import distinct
from rungwise.data.raw import Raw, no_bad_rows
from rungwise.errors import DataError

MOST = 1 << 30
"""Bytes that the parts of a workbook may unpack to."""


def read_spreadsheet(content: bytes, name: str, sheet: str | None = None) -> Raw:
    """Read one sheet: its first row with cells names the columns, blank rows are left out.

    Whole numbers lose the `.0` that spreadsheets give them, dates are written as ISO 8601, and a
    formula is its last result.

    Args:
        content: The file.
        name: Its name, for messages.
        sheet: Which sheet; the first visible one that has rows unless given.

    Raises:
        DataError: It is damaged or protected, or has no such sheet, or no rows.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _check_size(content, name)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            rows, said = _rows(book, name, sheet)
    except PasswordError as error:
        raise DataError(f"{name} is protected by a password", "Save it without one.") from error
    except (CalamineError, OSError) as error:
        fact = str(error).splitlines()[0]
        raise DataError(
            f"{name} is not a readable spreadsheet: {fact}", "Save it again."
        ) from error
    return _assembled(rows, said, name)


def _check_size(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        return  # an .xls file is none, and what is torn is said below
    if size > MOST:
        raise DataError(f"{name} unpacks to {size:,} bytes", "Save the rows as CSV.")


def _rows(book: Any, name: str, asked: str | None) -> tuple[list[list[Any]], list[str]]:
    """Cells of a sheet from its first row and column on, and what was inferred."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    known = book.sheet_names
    if asked is not None and asked not in known:
        listed = ", ".join(f"`{one}`" for one in known)
        raise DataError(f"{name} has no sheet `{asked}`; it has {listed}", "Correct `data.sheet`.")
    visible = [
        one.name
        for one in book.sheets_metadata
        if one.visible == SheetVisibleEnum.Visible and one.typ == SheetTypeEnum.WorkSheet
    ]
    for title in [asked] if asked is not None else visible or known:
        rows: list[list[Any]] = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
        if any(cell != "" for row in rows for cell in row):
            break
    else:
        raise DataError(f"{name} has no rows", "Give a sheet with a header and rows.")
    others = [one for one in known if one != title]
    if asked is not None or not others:
        return rows, []
    listed = ", ".join(f"`{one}`" for one in others)
    return rows, [f"sheet `{title}` of {name} is read, and not {listed} (`data.sheet` names one)"]


def _assembled(rows: list[list[Any]], said: list[str], name: str) -> Raw:
    texts = [[_text(cell) for cell in row] for row in rows]
    filled = [number for number, row in enumerate(texts) if any(_has_text(row))]
    first, *body = filled
    if first:
        said.append(f"row {first + 1} of {name} is taken as the header")
    width = 1 + max(place for at in filled for place, has in enumerate(_has_text(texts[at])) if has)
    header = [(cell or "").strip() for cell in texts[first][:width]]
    names = distinct((*header, *[""] * (width - len(header))))
    cells = {
        column: pl.Series(
            [texts[at][place] if place < len(texts[at]) else None for at in body], dtype=pl.String
        )
        for place, column in enumerate(names)
    }
    return Raw(
        pl.DataFrame(cells),
        pl.Series([at + 1 for at in body], dtype=pl.Int64),
        no_bad_rows(),
        tuple(said),
    )


def _has_text(row: list[str | None]) -> Iterator[bool]:
    return (cell is not None and bool(cell.strip()) for cell in row)


def _text(cell: Any) -> str | None:
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return None if cell is None else str(cell)
