"""Pragmas and migrations of the SQLite store."""

import sqlite3
import threading

import pytest
from sqlalchemy import create_engine, text

from tunescape.errors import InputError
from tunescape.space import Float, SearchSpace
from tunescape.stores import open_store
from tunescape.stores.schema import MIGRATIONS, migrate, version_of
from tunescape.study import Objective, Study

STUDY = Study("a", SearchSpace({"x": Float(0, 1)}), Objective("loss"))


def asked(store, question):
    with store.reading().begin() as connection:
        return connection.exec_driver_sql(question).scalar()


def test_every_connection_is_safe(tmp_path):
    with open_store(tmp_path / "s.db") as store:
        store.create(STUDY)
        assert asked(store, "PRAGMA journal_mode") == "wal"
        assert asked(store, "PRAGMA foreign_keys") == 1
        assert asked(store, "PRAGMA synchronous") == 2  # FULL
        assert asked(store, "PRAGMA busy_timeout") == 30_000
        with pytest.raises(Exception, match="FOREIGN KEY"), store.writing().begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO trials VALUES (99, 0, '{}', 0, 0, 0, NULL, '')"
            )


def test_a_newer_store_is_refused_and_left_as_it_was(tmp_path):
    path = tmp_path / "s.db"
    with open_store(path) as store:
        store.create(STUDY)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE tunescape_schema SET version = 99")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"s\.db': The store has schema version 99.*update this one"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_store_whose_making_was_interrupted_is_finished(tmp_path):
    connection = sqlite3.connect(tmp_path / "s.db")
    connection.execute(f"PRAGMA application_id = {0x74756E65}")
    connection.close()
    with open_store(tmp_path / "s.db") as store:
        assert store.summaries() == []
        store.create(STUDY)
        assert store.load("a") == STUDY


def test_migrations_run_in_order_and_once(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/m.db")
    done = []
    steps = (*MIGRATIONS, lambda c: done.append("second"), lambda c: done.append("third"))
    migrate(engine, steps[:-1])
    migrate(engine, steps)
    migrate(engine, steps)
    assert done == ["second", "third"]
    with engine.begin() as connection:
        assert version_of(connection) == len(MIGRATIONS) + 2
    engine.dispose()


def test_a_migration_that_fails_leaves_the_version_before_it(tmp_path):
    with open_store(tmp_path / "s.db") as store:
        store.create(STUDY)

        def bad(connection):
            connection.execute(text("ALTER TABLE studies ADD COLUMN colour TEXT"))
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            migrate(store.writing(), (*MIGRATIONS, bad))
        with store.reading().begin() as connection:
            assert version_of(connection) == len(MIGRATIONS)
        assert asked(store, "SELECT count(*) FROM pragma_table_info('studies') WHERE name = 'colour'") == 0
        assert store.load("a") == STUDY


def test_workers_that_start_together_make_one_store(tmp_path):
    errors = []

    def work(i):
        try:
            with open_store(tmp_path / "s.db") as store:
                start.wait()
                store.create(Study(f"study {i}", STUDY.space, STUDY.objective))
        except Exception as error:
            errors.append(error)

    start = threading.Barrier(6)
    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with open_store(tmp_path / "s.db", must_exist=True) as store:
        assert sorted(s.name for s in store.summaries()) == [f"study {i}" for i in range(6)]
