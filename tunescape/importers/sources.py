"""Files and data frames as tables: csv, JSON lines, parquet, recognised by their content."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunescape.errors import InputError, MissingExtraError
from tunescape.importers.cells import bounded, foreign_cells, own_cells, plain
from tunescape.importers.sheet import ABOUT, Sheet, check_names, own_columns, stack

if TYPE_CHECKING:
    import pandas as pd

_DELIMITERS = (",", "\t", ";", "|")
_FORMULA_OR_QUOTE = ("'=", "'+", "'-", "'@", "'\t", "'\r", "''")


def read_sheet(source: Any) -> Sheet:
    """Read a table.

    Args:
        source: A pandas DataFrame, the path of a csv, JSON lines or parquet file (gzipped or not),
            or a list of such paths, which are put under one another.

    Raises:
        InputError: It is none of these, cannot be read, or has no rows.
        MissingExtraError: A parquet file, and pyarrow is not installed.
    """
    if hasattr(source, "columns") and hasattr(source, "itertuples"):
        sheet = _frame(source)
    elif isinstance(source, str | os.PathLike):
        sheet = _file(Path(source))
    elif isinstance(source, Sequence) and source and all(isinstance(s, str | os.PathLike) for s in source):
        sheet = stack([_file(Path(s)) for s in source])
    else:
        raise InputError(
            f"A table must be a DataFrame, the path of a csv, jsonl or parquet file, or a list of paths. "
            f"Got {type(source).__name__}."
        )
    if not len(sheet):
        raise InputError(f"{sheet.origin} has no rows.")
    return replace(sheet, columns={name: bounded(values) for name, values in sheet.columns.items()})


def _frame(frame: pd.DataFrame) -> Sheet:
    """A data frame; a named index is a column too."""
    named = [n for n in frame.index.names if n is not None and n not in frame.columns]
    if named and len(set(named)) == len(named):
        frame = frame.reset_index(level=named)
    names = ["_".join(map(str, n)) if isinstance(n, tuple) else str(n) for n in frame.columns]
    names = check_names(names, "The table")
    missing = frame.isna().to_numpy()
    columns = {
        name: plain([None if gone else v for v, gone in zip(frame.iloc[:, j].tolist(), missing[:, j])])
        for j, name in enumerate(names)
    }
    return Sheet("table", "The table", ["DataFrame"], columns)


def _file(path: Path) -> Sheet:
    """A file, by its first bytes."""
    origin = f"{str(path)!r}"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no file {origin}.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{origin} cannot be read ({error}).") from None
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{origin} is a damaged gzip file ({error}).") from None
    return _recognised(content, path, origin)


def _recognised(content: bytes, path: Path, origin: str) -> Sheet:
    name = path.name.removesuffix(".gz")
    name = name.rsplit(".", 1)[0] or name
    if content[:4] == b"PAR1":
        return _parquet(content, name, origin, path.name)
    if content[:16] == b"SQLite format 3\x00":
        raise InputError(f"{origin} is a SQLite database, not a table.")
    if content[:2] == b"PK":
        raise InputError(f"{origin} is a zip archive or a workbook; save the table as csv.")
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{origin} is neither parquet nor text in UTF-8; save it as csv in UTF-8.") from None
    if text.lstrip()[:1] in ("{", "["):
        return _json(text, name, origin, path.name)
    return _csv(text, name, origin, path.name)


def _csv(text: str, name: str, origin: str, file: str) -> Sheet:
    """A csv file; the delimiter is the one that cuts the first line into most cells."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False))
    except csv.Error as error:
        raise InputError(f"{origin} is not a readable csv file: {error}.") from None
    numbered = [(i, row) for i, row in enumerate(rows, 1) if row]
    if not numbered:
        raise InputError(f"{origin} is empty.")
    head = numbered[0][1]
    body = [row for _, row in numbered[1:]]
    for i, row in numbered[1:]:
        if len(row) != len(head):
            raise InputError(
                f"{origin} is not a table: row {i} has {len(row)} cells and the first row has {len(head)}."
            )
    filled = [row for row in body if any(cell.strip() for cell in row) and row != head]
    left_out = _counted("empty row", sum(not any(cell.strip() for cell in row) for row in body))
    left_out += _counted("repeated header line", sum(row == head for row in body))
    names = check_names([n[1:] if n.startswith(_FORMULA_OR_QUOTE) else n for n in head], origin)
    convert = own_cells if own_columns(names[-len(ABOUT) :]) else foreign_cells
    values = zip(*filled) if filled else ([] for _ in names)
    columns = {n: convert(list(column)) for n, column in zip(names, values)}
    return Sheet(name, origin, [file], columns, left_out)


def _counted(reason: str, count: int) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": count}] if count else []


def _json(text: str, name: str, origin: str, file: str) -> Sheet:
    """JSON lines, or one list of objects; an object inside another becomes ``outer.inner``."""
    try:
        if text.lstrip()[0] == "[":
            records = json.loads(text)
        else:
            records = [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        raise InputError(
            f"{origin} looks like JSON and is not: write one object on each line, or a list of them."
        ) from None
    for record in records:
        if not isinstance(record, dict):
            raise InputError(f"{origin} must hold one object a row. Got {str(record)[:60]!r}.")
    flat = [dict(_flattened(r)) if dict in map(type, r.values()) else r for r in records]
    names = list(dict.fromkeys(chain.from_iterable(flat)))
    named = check_names(names, origin)
    columns = {n: plain([r.get(key) for r in flat]) for n, key in zip(named, names)}
    return Sheet(name, origin, [file], columns)


def _flattened(record: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterable[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict) and value and depth < 8:
            yield from _flattened(value, f"{prefix}{key}.", depth + 1)
        else:
            yield prefix + key, value


def _parquet(content: bytes, name: str, origin: str, file: str) -> Sheet:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("Reading parquet files needs pyarrow: pip install 'tunescape[parquet]'") from None
    try:
        table = pq.read_table(pa.BufferReader(content))
        lists = [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{origin} is a damaged parquet file ({str(error).splitlines()[0]}).") from None
    names = check_names([str(n) for n in table.column_names], origin)
    header = (table.schema.metadata or {}).get(b"tunescape")
    columns = {n: plain(column) for n, column in zip(names, lists)}
    return Sheet(name, origin, [file], columns, header=json.loads(header) if header else {})
