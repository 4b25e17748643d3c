"""What all relational stores share: the statements, whatever the database."""

from __future__ import annotations

import abc
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, delete, func, insert, select, update

from tunescape.stores.base import Store, StudySummary, name_taken, number_taken, unknown_study
from tunescape.stores.rows import (
    PLAN,
    RESULT,
    check_name,
    check_unlike,
    header_row,
    plan_row,
    result_row,
    study_of,
    to_text,
    trials_of,
)
from tunescape.stores.schema import RESULTS, STUDIES, TRIALS
from tunescape.study import CODES, Study, Trial


class SQL(Store):
    """A store in a relational database.

    A subclass says how to reach its database (`reading`, `writing`) and how to let go of it
    (`close`). Writers of one study stand in line: each locks the row of its study first.
    """

    @abc.abstractmethod
    def reading(self) -> Engine:
        """The engine whose transactions see one state of the database, as it was at their begin."""

    @abc.abstractmethod
    def writing(self, new: bool = False) -> Engine:
        """The engine whose transactions write.

        Args:
            new: A study is to be added, so the database is made where it is not there yet.
        """

    def explain_error(self, error: Exception) -> Exception | None:
        """A driver's error as one that says what to do, or None where there is nothing better to say."""
        return None

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        from sqlalchemy.exc import DBAPIError

        try:
            with engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            better = self.explain_error(error)
            if better is None:
                raise
            raise better from None

    def summaries(self) -> list[StudySummary]:
        """List the studies, in the order in which they were created."""
        with self._transaction(self.reading()) as connection:
            counts: dict[int, dict[str, int]] = defaultdict(dict)
            planned = select(TRIALS.c.study, func.count()).group_by(TRIALS.c.study)
            ended = select(RESULTS.c.study, RESULTS.c.status, func.count()).group_by(
                RESULTS.c.study, RESULTS.c.status
            )
            for study, count in connection.execute(planned):
                counts[study]["waiting"] = count
            for study, status, count in connection.execute(ended):
                counts[study][CODES[status].word] = count
                counts[study]["waiting"] -= count
            rows = connection.execute(select(STUDIES).order_by(STUDIES.c.id)).mappings().all()
        return [_summary(dict(row), counts[row["id"]]) for row in rows]

    def create(self, study: Study) -> None:
        """Add a study with the trials that it has."""
        header = header_row(study)
        check_unlike(study.trials)
        plans = [plan_row(t) for t in study.trials]
        results = [result_row(t) for t in study.trials if t.status.is_final]
        now = time.time()
        with self._transaction(self.writing(new=True)) as connection:
            if _id(connection, study.name) is not None:
                raise name_taken(study.name)
            connection.execute(insert(STUDIES).values(**header, created=now, updated=now))
            key = _changed(connection, study.name)
            _add(connection, TRIALS, key, plans)
            _add(connection, RESULTS, key, results)

    def reserve(self, name: str, trials: Iterable[Trial]) -> None:
        """Add planned trials."""
        batch = list(trials)
        check_unlike(batch)
        plans = [plan_row(t) for t in batch]
        with self._transaction(self.writing()) as connection:
            study = _changed(connection, name)
            if taken := _present(connection, TRIALS, study, plans):
                raise number_taken(name, taken)
            _add(connection, TRIALS, study, plans)

    def append(self, name: str, trials: Iterable[Trial]) -> None:
        """Add the results of finished trials; the first wins."""
        batch = list(trials)
        check_unlike(batch)
        results = [result_row(t) for t in batch]
        with self._transaction(self.writing()) as connection:
            study = _changed(connection, name)
            planned = _present(connection, TRIALS, study, results)
            ended = _present(connection, RESULTS, study, results)
            _add(connection, TRIALS, study, [plan_row(t) for t in batch if t.number not in planned])
            _add(connection, RESULTS, study, [r for r in results if r["number"] not in ended])

    def load(self, name: str) -> Study:
        """Read a study with all its trials, by number."""
        columns = [TRIALS.c[c] for c in PLAN] + [RESULTS.c[c] for c in RESULT]
        same = and_(TRIALS.c.study == RESULTS.c.study, TRIALS.c.number == RESULTS.c.number)
        with self._transaction(self.reading()) as connection:
            found = connection.execute(select(STUDIES).where(STUDIES.c.name == name)).mappings().one_or_none()
            if found is None:
                raise unknown_study(name, _names(connection))
            header = dict(found)
            rows = connection.execute(
                select(*columns)
                .select_from(TRIALS.outerjoin(RESULTS, same))
                .where(TRIALS.c.study == header["id"])
                .order_by(TRIALS.c.number)
            ).fetchall()
        return study_of(header, trials_of(rows))

    def set_attribute(self, name: str, key: str, value: Any) -> None:
        """Note something about a study as a whole."""
        new = json.loads(to_text({key: value}, f"Attribute {key!r}"))
        with self._transaction(self.writing()) as connection:
            study = _changed(connection, name)
            old = connection.scalar(select(STUDIES.c.attributes).where(STUDIES.c.id == study))
            merged = to_text(json.loads(old or "{}") | new, f"Attribute {key!r}")
            connection.execute(update(STUDIES).where(STUDIES.c.id == study).values(attributes=merged))

    def delete(self, name: str) -> None:
        """Remove a study with its trials."""
        with self._transaction(self.writing()) as connection:
            study = _changed(connection, name)
            for column in (RESULTS.c.study, TRIALS.c.study, STUDIES.c.id):
                connection.execute(delete(column.table).where(column == study))

    def rename(self, old: str, new: str) -> None:
        """Give a study another name."""
        with self._transaction(self.writing()) as connection:
            study = _changed(connection, old)
            if _id(connection, check_name(new)) is not None:
                raise name_taken(new)
            connection.execute(update(STUDIES).where(STUDIES.c.id == study).values(name=new))


def _summary(row: Mapping[str, Any], counts: Mapping[str, int]) -> StudySummary:
    same = ("name", "task", "objective", "direction", "created", "updated")
    return StudySummary(counts={w: n for w, n in counts.items() if n}, **{c: row[c] for c in same})


def _names(connection: Connection) -> list[str]:
    return list(connection.scalars(select(STUDIES.c.name).order_by(STUDIES.c.id)))


def _id(connection: Connection, name: str) -> int | None:
    return connection.scalar(select(STUDIES.c.id).where(STUDIES.c.name == name))


def _changed(connection: Connection, name: str) -> int:
    """Number of a study that is about to change, locked until the end of the transaction."""
    study = connection.scalar(select(STUDIES.c.id).where(STUDIES.c.name == name).with_for_update())
    if study is None:
        raise unknown_study(name, _names(connection))
    connection.execute(update(STUDIES).where(STUDIES.c.id == study).values(updated=time.time()))
    return study


def _present(connection: Connection, table: Table, study: int, rows: list[dict[str, Any]]) -> set[int]:
    """Which of the rows' numbers a table has already."""
    if not rows:
        return set()
    numbers = {row["number"] for row in rows}
    between = table.c.number.between(min(numbers), max(numbers))
    return numbers & set(connection.scalars(select(table.c.number).where(table.c.study == study, between)))


def _add(connection: Connection, table: Table, study: int, rows: list[dict[str, Any]]) -> None:
    """Insert many rows: the statement is compiled once and the driver takes the rows as they are.

    All columns are numbers, text or bytes, so nothing is lost by passing the types of SQLAlchemy by;
    it is a third faster.
    """
    if not rows:
        return
    compiled = insert(table).compile(dialect=connection.dialect)
    parameters: Sequence[Any] = [{"study": study, **row} for row in rows]
    if compiled.positiontup:  # the driver counts its parameters
        parameters = list(map(itemgetter(*compiled.positiontup), parameters))
    connection.exec_driver_sql(str(compiled), parameters)
