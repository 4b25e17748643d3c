"""A csv file as a table: finds separator and header, and says what is wrong with files that are none."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tunescape.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = (",", ";", "\t", "|")
WHITESPACE = r"\s+"
_SAMPLE_ROWS = 50
_SAMPLE_BYTES = 1 << 20
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"<": "a web page or an XML document",
    b"{": "a JSON document",
    b"[": "a JSON document",
}


@dataclass(frozen=True, eq=False)
class Table:
    """A csv file that was read.

    Args:
        frame: Its rows and columns; missing values are NaN or None.
        digest: What identifies its content, 16 hexadecimal digits; compression does not count.
        notes: Sentences on how it was read that the user should know.
    """

    frame: pd.DataFrame
    digest: str
    notes: tuple[str, ...] = ()


def read_csv(path: str | Path) -> Table:
    """Read a csv file: comma, semicolon, tab, bar or blanks between columns; gzip or not; UTF-8 or UTF-16.

    A first row that looks like those below it (numbers only, or numbers and words in the same places
    with a word that comes again) is taken as data, and columns are then called ``column_1``, …
    Missing values are empty fields, ``NA``, ``NaN``, ``null``, ``None``, ``?`` and their like.

    Raises:
        InputError: The file is absent, empty, binary, in another encoding, or not a table.
    """
    content = _content(Path(path))
    sample = _sample(content)
    separator = _separator(sample)
    rows = _rows(sample, separator)
    _check_shape(path, rows)
    frame, notes = _frame(path, content, separator, rows)
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    return Table(frame, digest, notes)


def _content(path: Path) -> bytes:
    """The whole file, decompressed, as UTF-8."""
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except IsADirectoryError:
        raise InputError(f"{str(path)!r} is a folder; name the csv file in it.") from None
    except (OSError, EOFError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}.") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", errors="replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise InputError(f"{str(path)!r} is empty; give a csv file with a header and rows.")
    _check_text(path, content)
    return content


def _check_text(path: Path, content: bytes) -> None:
    """Refuse content that is no text table, or not UTF-8."""
    for magic, what in _NOT_TEXT.items():
        if content.lstrip().startswith(magic):
            raise InputError(f"{str(path)!r} is not a csv file but looks like {what}; save it as csv first.")
    if b"\0" in content[:_SAMPLE_BYTES]:
        raise InputError(f"{str(path)!r} is not a csv file but binary data; save it as csv first.")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{str(path)!r} is not UTF-8 text (line {line} has the byte 0x{content[error.start]:02x}); "
            "save it with the encoding UTF-8."
        ) from None


def _sample(content: bytes) -> str:
    """The beginning of the file, cut after a line where it is long."""
    text = content[:_SAMPLE_BYTES].decode("utf-8", errors="ignore")
    return text if len(content) <= _SAMPLE_BYTES else text[: text.rfind("\n") + 1] or text


def _rows(sample: str, separator: str) -> list[list[str]]:
    """The first rows of a sample, blank lines left out, fields stripped."""
    if separator == WHITESPACE:
        rows = [line.split() for line in sample.splitlines()[:_SAMPLE_ROWS]]
    else:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator, skipinitialspace=True)
        rows = []
        try:
            for row in reader:
                rows.append(row)
                if len(rows) == _SAMPLE_ROWS:
                    break
        except csv.Error:  # a field beyond all bounds: no table with this separator
            return []
    return [[field.strip() for field in row] for row in rows if any(field.strip() for field in row)]


def _separator(sample: str) -> str:
    """The separator that cuts most rows into equally many fields, two or more; ties go to more fields."""

    def fits(separator: str) -> tuple[float, int]:
        counts = Counter(len(row) for row in _rows(sample, separator))
        if not counts:
            return 0.0, 0
        width, often = counts.most_common(1)[0]
        return (often / counts.total(), width) if width > 1 else (0.0, 0)

    best = max(SEPARATORS, key=fits)
    if fits(best) > (0.0, 0):
        return best
    blanks = fits(WHITESPACE)
    return WHITESPACE if blanks[0] == 1.0 else ","


def _check_shape(path: str | Path, rows: list[list[str]]) -> None:
    """Refuse tables of one column or one row, and rows longer than the header."""
    if not rows or (len(rows[0]) < 2 and all(len(row) < 2 for row in rows)):
        raise InputError(
            f"{str(path)!r} has one column only; a csv file needs a target and at least one other column, "
            "between commas, semicolons, tabs, bars or blanks."
        )
    if len(rows) < 2:
        raise InputError(f"{str(path)!r} has a header but no rows.")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > len(rows[0]):
            raise InputError(
                f"{str(path)!r} is not a table: its first line has {len(rows[0])} fields, but row {number} "
                f"has {len(row)}; name every column in the first line."
            )


def _frame(
    path: str | Path, content: bytes, separator: str, rows: list[list[str]]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read the whole content with pandas, and say what is unusual."""
    import pandas as pd

    headless, decimal = _is_headless(rows), _decimal(separator, rows)
    names = [f"column_{i + 1}" for i in range(len(rows[0]))]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(content), sep=separator, decimal=decimal, index_col=False, low_memory=False,
                header=None if headless else 0, names=names if headless else None, na_values=["?"],
                skipinitialspace=True, encoding="utf-8",
            )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        reason = str(error).strip().splitlines()[0].rpartition("C error: ")[2].rstrip(".")
        raise InputError(f"{str(path)!r} is not a table: {reason}; rows must be equally long.") from None
    stripped = [str(name).strip() for name in frame.columns]
    if len(set(stripped)) == len(stripped):
        frame.columns = pd.Index(stripped)
    return frame, _notes(headless, decimal, rows[0])


def _notes(headless: bool, decimal: str, first: list[str]) -> tuple[str, ...]:
    notes = []
    if headless:
        notes.append(f"The first line holds data, so columns are called column_1 to column_{len(first)}.")
    else:
        repeated = [repr(name) for name, count in Counter(first).items() if count > 1 and name]
        if repeated:
            notes.append(f"Several columns are called {', '.join(repeated)}; later ones got a number added.")
    if decimal == ",":
        notes.append("Numbers are read with decimal commas.")
    return tuple(notes)


def _is_headless(rows: list[list[str]]) -> bool:
    """Whether the first row is data: only numbers, or the pattern of the others and a word of theirs."""
    first, others = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    numeric = [_is_number(field) for field in first]
    if all(numeric):
        return True
    same = all([_is_number(field) for field in row] == numeric for row in others)
    return same and any(numeric) and any(
        not numeric[j] and field == row[j] for j, field in enumerate(first) for row in others
    )  # fmt: skip


def _decimal(separator: str, rows: list[list[str]]) -> str:
    """The decimal sign: a comma where the separator is another, and no number has a point."""
    fields = [field for row in rows[1:] for field in row]
    comma = separator != "," and any(re.fullmatch(r"-?\d+,\d+", field) for field in fields)
    return "," if comma and not any(re.fullmatch(r"-?\d*\.\d+", field) for field in fields) else "."


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
