"""Opening a store: what may be named, and that a mistake writes nothing."""

import os
import sqlite3

import pytest

from tunescape.errors import InputError
from tunescape.space import Float, SearchSpace
from tunescape.stores import Memory, SQLite, open_store
from tunescape.study import Objective, Study

STUDY = Study("a", SearchSpace({"x": Float(0, 1)}), Objective("loss"))


def files(folder):
    return {p.name: (p.read_bytes() if p.is_file() else None) for p in folder.iterdir()}


def test_memory_is_a_word_and_a_store_is_itself():
    memory = open_store("memory")
    assert isinstance(memory, Memory)
    assert open_store(memory) is memory


@pytest.mark.parametrize("form", ["sqlite:///{}", "{}"])
def test_a_url_and_a_path_name_the_same_file(tmp_path, form):
    path = tmp_path / "an odd?name#100%.db"
    with open_store(form.format(path)) as store:
        store.create(STUDY)
    assert path.exists()
    with open_store(path) as store:
        assert store.load("a") == STUDY


def test_a_relative_url_is_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///here.db") as store:
        store.create(STUDY)
    assert (tmp_path / "here.db").exists()


def test_the_file_is_made_by_the_first_study_only(tmp_path):
    with open_store(tmp_path / "s.db") as store:
        assert store.summaries() == []
        for call in (
            lambda: store.load("a"),
            lambda: store.append("a", []),
            lambda: store.delete("a"),
            lambda: store.create(Study("b", STUDY.space, STUDY.objective, settings={"x": object()})),
        ):
            with pytest.raises(InputError):
                call()
        assert files(tmp_path) == {}
        store.create(STUDY)
        assert "s.db" in files(tmp_path)
    assert list(files(tmp_path)) == ["s.db"]  # the log is folded in


def test_a_store_that_another_process_made_meanwhile_is_seen(tmp_path):
    with open_store(tmp_path / "s.db") as early, open_store(tmp_path / "s.db") as late:
        assert early.summaries() == []
        late.create(STUDY)
        assert [s.name for s in early.summaries()] == ["a"]


def test_reading_needs_a_file(tmp_path):
    for url in (tmp_path / "s.db", f"sqlite:///{tmp_path}/s.db"):
        with pytest.raises(InputError, match=r"There is no store '.*s\.db'"):
            open_store(url, must_exist=True)
    assert files(tmp_path) == {}


def foreign_database(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE trials (number INTEGER)")
    connection.commit()
    connection.close()


def truncated_store(path):
    with open_store(path) as store:
        store.create(STUDY)
    path.write_bytes(path.read_bytes()[:-5000])


def scribbled_store(path):
    with open_store(path) as store:
        store.create(STUDY)
    path.write_bytes(path.read_bytes()[:100] + b"x" * 8000)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda p: p.write_text("name,accuracy\n"), "is not a SQLite database"),
        (lambda p: p.write_bytes(b"\x00" * 4096), "is not a SQLite database"),
        (lambda p: p.write_bytes(b"SQLite format 3\x00 and"), "is a damaged SQLite database"),
        (truncated_store, "is a damaged SQLite database"),
        (scribbled_store, "is a damaged SQLite database"),
        (foreign_database, "is a database of another application"),
        (lambda p: p.mkdir(), "must be a file"),
        (lambda p: os.mkfifo(p), "must be a file"),
    ],
)
@pytest.mark.parametrize("must_exist", [True, False])
def test_a_file_that_is_no_store_is_said_and_left_as_it_was(tmp_path, make, sentence, must_exist):
    path = tmp_path / "s.db"
    make(path)
    before = files(tmp_path)
    with pytest.raises(InputError, match=sentence) as caught:
        open_store(path, must_exist=must_exist)
    assert "\n" not in str(caught.value)
    assert files(tmp_path) == before


def test_an_empty_file_is_a_store_to_be(tmp_path):
    (tmp_path / "s.db").touch()
    with open_store(tmp_path / "s.db") as store:
        assert store.summaries() == []
        store.create(STUDY)
        assert store.load("a") == STUDY


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://host/db", "not supported yet"),
        ("postgresql+psycopg://host/db", "not supported yet"),
        ("mysql://host/db", "must be 'memory'"),
        ("sqlit:///s.db", r"Did you mean 'sqlite'\?"),
        ("sqlite://s.db", "three slashes"),
        ("sqlite:///", "must be 'memory'"),
        ("", "must be 'memory'"),
        (7, "must be 'memory'"),
        ("no/such/folder/s.db", "there is no folder"),
        ("s\x00.db", "must be 'memory'"),
    ],
)
def test_what_cannot_be_a_store_is_said(tmp_path, monkeypatch, url, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=sentence):
        open_store(url)
    assert files(tmp_path) == {}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said_and_can_be_read(tmp_path):
    with open_store(tmp_path / "s.db") as store:
        store.create(STUDY)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError, match="cannot be written"):
            open_store(tmp_path / "new.db")
        with open_store(tmp_path / "s.db") as store:
            assert store.load("a") == STUDY
            with pytest.raises(InputError, match="cannot be written"):
                store.set_attribute("a", "x", 1)
    finally:
        tmp_path.chmod(0o700)


def test_sqlite_is_in_the_door():
    import tunescape.stores as door

    assert door.SQLite is SQLite
    with pytest.raises(AttributeError):
        _ = door.Nothing
