"""Csv files as they come: separators, headers, encodings, gaps; and files that are no tables."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st

from tunescape.errors import InputError
from tunescape.tasks.read_csv import read_csv

BUNDLED = Path(sklearn.__file__).parent / "datasets" / "data"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", ", ", "   "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_any_usual_separator_is_found(tmp_path, separator: str, newline: str) -> None:
    rows = [["a", "b", "c"], *([str(i), f"{i / 7:.3f}", "xyz"[i % 3]] for i in range(8))]
    file = tmp_path / "t.csv"
    file.write_bytes(newline.join(separator.join(row) for row in rows).encode())
    table = read_csv(file)
    assert list(table.frame.columns) == ["a", "b", "c"]
    assert table.frame["a"].tolist() == list(range(8))
    assert table.frame["c"].tolist() == list("xyzxyzxy")
    assert table.notes == ()


def test_separators_inside_quotes_and_text_do_not_mislead(tmp_path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('name;note;y\n"a;b";one, two, three;1\n"c ""d""";x, y;2\n')
    frame = read_csv(file).frame
    assert frame["name"].tolist() == ["a;b", 'c "d"']
    assert frame["note"].tolist() == ["one, two, three", "x, y"]


def test_decimal_commas_are_read_and_said(tmp_path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a;b\n1,5;x\n-2,25;y\n")
    table = read_csv(file)
    assert table.frame["a"].tolist() == [1.5, -2.25]
    assert table.notes == ("Numbers are read with decimal commas.",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_files_are_read_whatever_their_mark(tmp_path, encoding: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text("größe,ja\n1,ä\n2,ß\n", encoding=encoding)
    frame = read_csv(file).frame
    assert list(frame.columns) == ["größe", "ja"]
    assert frame["ja"].tolist() == ["ä", "ß"]


def test_compression_changes_nothing_not_even_the_digest(tmp_path) -> None:
    text = "a,b\n1,x\n2,y\n"
    (tmp_path / "t.csv").write_text(text)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(text.encode()))
    plain, packed = read_csv(tmp_path / "t.csv"), read_csv(tmp_path / "t.csv.gz")
    assert plain.frame.equals(packed.frame)
    assert plain.digest == packed.digest
    (tmp_path / "u.csv").write_text(text.replace("2", "3"))
    assert read_csv(tmp_path / "u.csv").digest != plain.digest


def test_gaps_have_many_names(tmp_path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,b\n1,x\n,y\nNA,x\n?,\nnan,null\n2,?\n")
    frame = read_csv(file).frame
    assert frame["a"].isna().tolist() == [False, True, True, True, True, False]
    assert frame["b"].isna().tolist() == [False, False, False, True, True, True]


def test_a_first_line_of_data_is_kept_and_said() -> None:
    table = read_csv(BUNDLED / "digits.csv.gz")
    assert table.frame.shape == (1797, 65)
    assert table.notes == ("The first line holds data, so columns are called column_1 to column_65.",)


def test_a_first_line_like_the_others_with_a_word_that_comes_again_is_data(tmp_path) -> None:
    file = tmp_path / "iris.data"
    file.write_text("5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n7.0,3.2,Iris-versicolor\n")
    assert read_csv(file).frame["column_3"].tolist() == ["Iris-setosa", "Iris-setosa", "Iris-versicolor"]
    file.write_text("1100.5,1102.5,species\n4.9,3.0,Iris-setosa\n7.0,3.2,Iris-versicolor\n")
    assert list(read_csv(file).frame.columns) == ["1100.5", "1102.5", "species"]


def test_bundled_tables_are_read_and_those_that_are_none_refused() -> None:
    assert read_csv(BUNDLED / "iris.csv").frame.shape == (150, 5)
    assert read_csv(BUNDLED / "linnerud_exercise.csv").frame.shape == (20, 3)  # blanks between columns
    assert read_csv(BUNDLED / "diabetes_data_raw.csv.gz").frame.shape == (442, 10)
    with pytest.raises(InputError, match="its first line has 5 fields, but row 2 has 14"):
        read_csv(BUNDLED / "wine_data.csv")
    with pytest.raises(InputError, match="its first line has 4 fields, but row 2 has 31"):
        read_csv(BUNDLED / "breast_cancer.csv")


def test_names_given_twice_are_said(tmp_path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,a,b \n1,2,3\n")
    table = read_csv(file)
    assert list(table.frame.columns) == ["a", "a.1", "b"]
    assert table.notes == ("Several columns are called 'a'; later ones got a number added.",)


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n \n", "is empty"),
        (gzip.compress(b""), "is empty"),
        (b"a,b\n", "has a header but no rows"),
        (b"a\n1\n2\n", "has one column only"),
        (b"PK\x03\x04rest", "looks like an Excel workbook"),
        (b"PAR1" + bytes(20), "looks like a Parquet file"),
        (b"<!DOCTYPE html><html></html>", "looks like a web page"),
        (b'{"a": [1, 2]}', "looks like a JSON document"),
        (bytes(range(256)) * 10, "binary data"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "binary data"),
        ("a,b\n1,é\n".encode("latin-1"), r"is not UTF-8 text \(line 2 has the byte 0xe9\)"),
        (gzip.compress(b"a,b\n1,2\n")[:-10], "cannot be read"),
        (b"a,b\n1,2\n1,2,3\n", "row 3 has 3"),
        (b"a,b\n" + b"1,2\n" * 100 + b"1,2,3\n", "Expected 2 fields in line 102, saw 3"),
        (b'a,b\n1,"2\n' + b"1,2\n" * 60, "is not a table"),
    ],
)
def test_what_is_no_table_is_said_in_one_sentence(tmp_path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        read_csv(_write(tmp_path / "t.csv", content))
    assert "\n" not in str(raised.value)


def test_absent_files_and_folders_are_said(tmp_path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_csv(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="is a folder"):
        read_csv(tmp_path)


@settings(max_examples=150, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_content_is_read_or_refused_by_a_sentence(tmp_path_factory, content: bytes) -> None:
    file = _write(tmp_path_factory.mktemp("junk") / "t.csv", content)
    try:
        frame = read_csv(file).frame
    except InputError as error:
        sentence = str(error)
    else:
        sentence = "read"
        assert frame.shape[1] >= 2
    assert "\n" not in sentence


@settings(max_examples=50, deadline=None)
@given(
    words=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])), min_size=1),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
def test_words_come_back_as_written(tmp_path_factory, words: list[str], separator: str) -> None:
    import pandas as pd

    words = [f"w{word}" for word in words]
    frame = pd.DataFrame({"word": words, "number": np.arange(len(words)) / 4, "more": "x"})
    file = tmp_path_factory.mktemp("words") / "t.csv"
    frame.to_csv(file, sep=separator, index=False)
    back = read_csv(file).frame
    assert back["word"].tolist() == words
    assert back["number"].tolist() == frame["number"].tolist()
