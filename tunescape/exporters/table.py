"""A study as a table in a file: csv, JSON lines, parquet."""

from __future__ import annotations

import io
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tunescape.errors import InputError, MissingExtraError
from tunescape.exporters.cells import cell, json_cell, name_cell
from tunescape.space import to_dict
from tunescape.study import Study
from tunescape.study.columns import columns


def export_table(study: Study, path: str | os.PathLike[str]) -> None:
    """Write the trials of a study, one row a trial; the file appears whole or not at all.

    One column a hyperparameter under its own name (empty where inactive), then the objective and
    the other metrics under theirs, then ``status``, ``seed``, ``budget``, ``started``, ``seconds``,
    ``note``, ``replicate``, ``trajectory``, ``number``, ``reason``. Learning curves are not written.
    `tunescape.importers.import_table` reads all three formats back.

    Args:
        study: The study.
        path: The file; its ending says the format: ``.csv``, ``.jsonl`` or ``.parquet``.

    Raises:
        InputError: The ending is another, or the file cannot be written.
        MissingExtraError: A parquet file, and pyarrow is not installed.
    """
    path = Path(path)
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        known = ", ".join(WRITERS)
        raise InputError(f"The ending of an exported file must be one of {known}. Got {str(path)!r}.")
    _write_whole(path, lambda file: write(study, file))


def _write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file beside its place and move it there when it is complete."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            with draft.open("xb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written ({error}).") from None


@contextmanager
def _as_text(file: IO[bytes]) -> Iterator[IO[str]]:
    """A binary file as one for text; it stays open at the end."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield text
    finally:
        text.detach()


def _csv(study: Study, file: IO[bytes]) -> None:
    found = columns(study)
    with _as_text(file) as text:
        text.write(",".join(map(name_cell, found)) + "\n")
        for row in zip(*([cell(v) for v in values] for values in found.values())):
            text.write(",".join(row) + "\n")


def _jsonl(study: Study, file: IO[bytes]) -> None:
    found = columns(study)
    keys = [json.dumps(name, ensure_ascii=False) for name in found]
    with _as_text(file) as text:
        for row in zip(*([json_cell(v) for v in values] for values in found.values())):
            text.write("{" + ", ".join(map(": ".join, zip(keys, row))) + "}\n")


def _parquet(study: Study, file: IO[bytes]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("Writing parquet files needs pyarrow: pip install 'tunescape[parquet]'") from None

    def array(values: list[Any]) -> Any:
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # kinds are mixed: as words
            return pa.array([None if v is None else str(v) for v in values])

    found = columns(study)
    table = pa.table({name: array(values) for name, values in found.items()})
    header = {
        "name": study.name, "task": study.task, "seed": study.seed, "space": to_dict(study.space),
        "objective": list(found)[len(study.space.parameters)], "direction": study.objective.direction,
        "settings": study.settings, "attributes": study.attributes,
    }  # fmt: skip
    metadata = {b"tunescape": json.dumps(header, default=str).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), file)


WRITERS: dict[str, Callable[[Study, IO[bytes]], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
