"""The tables of a relational store, and the migrations that lead to them.

`trials` holds what was planned and `results` what came of it; rows are added to both and never
changed. Migrations are ordered: the version in the table `tunescape_schema` counts those that were
applied, and each runs in a transaction of its own together with that count. A migration, once
released, stays as it is; a change of the tables is a new one at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from tunescape.errors import InputError

METADATA = MetaData()

VERSION = Table("tunescape_schema", METADATA, Column("version", Integer, nullable=False))

STUDIES = Table(
    "studies",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("task", Text, nullable=False),
    Column("objective", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("space", Text, nullable=False),  # JSON, see tunescape.space.to_dict
    Column("seed", BigInteger, nullable=False),
    Column("settings", Text, nullable=False),  # JSON
    Column("attributes", Text, nullable=False),  # JSON
    Column("created", Float, nullable=False),  # seconds since 1970
    Column("updated", Float, nullable=False),
)

TRIALS = Table(
    "trials",
    METADATA,
    Column("study", ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("configuration", Text, nullable=False),  # JSON
    Column("replicate", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("trajectory", BigInteger, nullable=False),
    Column("budget", Float),
    Column("note", Text, nullable=False),
    sqlite_with_rowid=False,
)

RESULTS = Table(
    "results",
    METADATA,
    Column("study", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("status", SmallInteger, nullable=False),  # tunescape.study.CODES
    Column("value", Float),
    Column("metrics", Text, nullable=False),  # JSON
    Column("curve", LargeBinary),  # tunescape.stores.curves
    Column("started", Float),
    Column("seconds", Float),
    Column("reason", Text, nullable=False),
    ForeignKeyConstraint(["study", "number"], ["trials.study", "trials.number"], ondelete="CASCADE"),
    Index("results_by_status", "study", "status"),
    sqlite_with_rowid=False,
)


def first_tables(connection: Connection) -> None:
    """Version 1: studies, trials, results."""
    METADATA.create_all(connection, tables=[STUDIES, TRIALS, RESULTS])


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (first_tables,)


def version_of(connection: Connection) -> int:
    """How many migrations were applied; 0 for a database without our tables."""
    if not inspect(connection).has_table(VERSION.name):
        return 0
    return connection.scalar(select(VERSION.c.version)) or 0


def migrate(writing: Engine, migrations: Sequence[Callable[[Connection], None]] = MIGRATIONS) -> None:
    """Bring a database to the present version.

    Args:
        writing: Its transactions lock out other writers from their begin.
        migrations: All of them, in order.

    Raises:
        InputError: The database was written by a newer version.
    """
    while True:
        with writing.begin() as connection:
            version = version_of(connection)
            check_version(version, len(migrations))
            if version == len(migrations):
                return
            if version == 0:
                METADATA.create_all(connection, tables=[VERSION])
                connection.execute(insert(VERSION).values(version=0))
            migrations[version](connection)
            connection.execute(update(VERSION).values(version=version + 1))


def check_version(version: int, known: int = len(MIGRATIONS)) -> None:
    """Raise InputError where a database is newer than this code."""
    if version > known:
        raise InputError(
            f"The store has schema version {version}, and this tunescape knows up to {known}. "
            "It was written by a newer tunescape: update this one."
        )
