"""A store in one SQLite file: the only place that knows SQLite.

Write-ahead log, so that readers and the one writer do not wait for each other; synchronous FULL, so
that what was acknowledged is on the disk; foreign keys on; a writer takes the lock when it begins,
so that none fails half-way. The head of the file carries our application id: a file is known as ours
or as foreign by its first hundred bytes, without being touched.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from tunescape.errors import InputError
from tunescape.stores.schema import METADATA, MIGRATIONS, check_version, migrate, version_of
from tunescape.stores.sql import SQL

APPLICATION_ID = 0x74756E65  # "tune"
WAIT = 30.0
"""Seconds that a writer waits for another one."""

_MAGIC = b"SQLite format 3\x00"


class SQLite(SQL):
    """Studies in a SQLite file, which is made when the first study is written.

    Args:
        path: The file.
        must_exist: Only open a file that is there.

    Raises:
        InputError: The file is not one of our databases, is damaged, cannot be made, or is absent
            and must exist. Nothing is written then.
    """

    def __init__(self, path: str | os.PathLike[str], *, must_exist: bool = False) -> None:
        self._path = Path(path)
        self._engine: Engine | None = None
        if must_exist and not self._path.exists():
            raise InputError(f"There is no store {str(path)!r}.")
        if _inspect(self._path):
            self._open()

    def __repr__(self) -> str:
        return f"SQLite({str(self._path)!r})"

    def reading(self) -> Engine:
        """The engine for reading; that of an empty database where the file is not there."""
        if self._engine is None and not _inspect(self._path):
            return _empty()
        return self._engine or self._open()

    def writing(self, new: bool = False) -> Engine:
        """The engine for writing; that of an empty database where the file need not be made."""
        if self._engine is None and not new:
            return self.reading()
        return (self._engine or self._open()).execution_options(tunescape_writes=True)

    def close(self) -> None:
        """Close the file; the log is folded into it when the last process does so."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def explain_error(self, error: Exception) -> Exception | None:
        """Say what to do about an error of SQLite."""
        return _explain(self._path, error)

    def _open(self) -> Engine:
        """Connect, making the file and its tables where they are not there."""
        engine = create_engine("sqlite://", creator=lambda: _connect(self._path, "rw"), poolclass=QueuePool)
        event.listen(engine, "begin", _begin)
        try:
            _prepare(self._path)
            with engine.begin() as connection:
                version = version_of(connection)
            check_version(version)
            if version < len(MIGRATIONS):
                migrate(engine.execution_options(tunescape_writes=True))
        except (DBAPIError, sqlite3.Error) as error:
            engine.dispose()
            raise _explain(self._path, error) or error from None
        except InputError as error:
            engine.dispose()
            raise InputError(f"{str(self._path)!r}: {error}") from None
        self._engine = engine
        return engine


def _inspect(path: Path) -> bool:
    """Whether a file holds something of ours; False where it is absent or empty and can be made.

    Raises:
        InputError: It is something else, or cannot be made where it should be.
    """
    try:
        if not path.exists():
            _check_folder(path)
            return False
        if not path.is_file():
            raise InputError(f"The store {str(path)!r} must be a file, as in {str(path / 'tunescape.db')!r}.")
        with path.open("rb") as file:
            head = file.read(100)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"The store {str(path)!r} cannot be read ({error}).") from None
    if head and not head.startswith(_MAGIC[: len(head)]):
        raise InputError(f"The store {str(path)!r} is not a SQLite database. Name another file.")
    if head and len(head) < 100:
        raise _damaged(path)
    if head and int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise InputError(f"The store {str(path)!r} is a database of another application. Name another file.")
    return bool(head)


def _check_folder(path: Path) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InputError(f"The store {str(path)!r} cannot be made: there is no folder {str(folder)!r}.")
    if not os.access(folder, os.W_OK):
        raise _unwritable(path)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """One connection; transactions begin and end where SQLAlchemy says."""
    where = f"{path.absolute().as_uri()}?mode={mode}"
    if not os.access(path.absolute().parent, os.W_OK) and not _in_use(path):
        where += "&immutable=1"  # nobody writes there, and the log's index cannot be made
    connection = sqlite3.connect(where, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _in_use(path: Path) -> bool:
    """Whether somebody has the file open, or died with it: a log or a journal stands beside it."""
    return any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal"))


def _probe(path: Path) -> None:
    """Read a little of a file that nobody has open: a damaged one is left without new files beside it."""
    where = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(where, uri=True)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            connection.execute(f'SELECT * FROM "{table}" LIMIT 1').fetchall()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tunescape_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(path: Path) -> None:
    """Make the file ours and switch its write-ahead log on, where that is still to be done.

    The id comes first, while the log is off: so it stands in the file itself from the beginning. It is
    asked of SQLite, as a file that seems ours loses it when its making was interrupted and is undone now.
    """
    fresh = not _inspect(path)
    if not fresh and not _in_use(path):
        _probe(path)
    with closing(_connect(path, "rwc" if fresh else "rw")) as connection:
        if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        with suppress(sqlite3.OperationalError):  # another process is busy with it; the next one will do it
            connection.execute("PRAGMA journal_mode = WAL")


@cache
def _empty() -> Engine:
    """A database with our tables and nothing in them: what a file that is not there yet says."""
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
    METADATA.create_all(engine)
    return engine


def _damaged(path: Path) -> InputError:
    return InputError(f"The store {str(path)!r} is a damaged SQLite database. Restore a copy of it.")


def _unwritable(path: Path) -> InputError:
    return InputError(f"The store {str(path)!r} cannot be written: the file or its folder does not allow it.")


def _explain(path: Path, error: Exception) -> Exception | None:
    """An error of SQLite as one that says what to do, by its code (https://sqlite.org/rescode.html)."""
    code = str(getattr(getattr(error, "orig", error), "sqlite_errorname", ""))
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return _damaged(path)
    if code.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return _unwritable(path)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return TimeoutError(f"Others wrote to the store {str(path)!r} for {WAIT:.0f} seconds. Try again.")
    if code.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return OSError(f"The disk of the store {str(path)!r} is full or broken: nothing was written.")
    return None
