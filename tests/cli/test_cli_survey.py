"""A survey from the command line: the table, the JSON, the page, the second time, the dry run."""

import re

import pytest
from command_line import SMALL, tunescape


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survey")
    return folder, tunescape(*SMALL, "--replicates", "2", "--timings", cwd=folder)


def test_survey_answers_and_leaves_a_page_and_a_store(surveyed):
    folder, done = surveyed
    assert done.code == 0, done.err
    assert "learning_rate" in done.out
    assert "\x1b" not in done.out, "no colour codes in a pipe"
    assert (folder / "iris.html").stat().st_size > 1e6
    assert (folder / "tunescape.db").exists()
    assert re.search(r"Time: .*training .* in all", done.err)
    assert "2017 design has no test part" in done.out.replace("\n", " ")


def test_the_same_line_again_adds_nothing_and_says_the_same(surveyed):
    folder, first = surveyed
    again = tunescape(*SMALL, "--replicates", "2", cwd=folder)
    assert again.out == first.out
    (row,) = tunescape("studies", "--json", cwd=folder).json
    assert row["trials"] == {"completed": 384}


def test_json_is_one_document_with_the_promised_fields(surveyed):
    folder, _ = surveyed
    document = tunescape(*SMALL, "--replicates", "2", "--json", cwd=folder).json
    assert set(document) >= {"study", "task", "trials", "networks_trained", "seconds_training", "best", "explanation"}
    assert document["trials"]["completed"] == 384
    assert document["networks_trained"] == 192
    assert set(document["best"]) >= {"configuration", "value", "low", "high"}
    explained = document["explanation"]
    assert explained["sampling"] == "factorial"
    total = sum(r["share"] for r in explained["importance"]) + sum(r["share"] for r in explained["interactions"])
    assert total + explained["unexplained"] == pytest.approx(1, abs=1e-6)
    assert {r["parameter"] for r in explained["importance"]} == {
        "learning_rate",
        "dropout",
        "l1",
        "steps",
        "activation",
    }


def test_explain_report_and_export_read_the_store(surveyed):
    folder, _ = surveyed
    name = tunescape("studies", "--json", cwd=folder).json[0]["study"]
    from_store = tunescape("explain", "tunescape.db", "--study", name, "--json", cwd=folder).json
    assert from_store["trials"]["total"] == 384
    assert tunescape("report", "sqlite:///tunescape.db", "-o", "again.html", cwd=folder).code == 0
    assert (folder / "again.html").stat().st_size > 1e6
    assert tunescape("export", name, "-o", "trials.csv", cwd=folder).code == 0
    header = (folder / "trials.csv").read_text().splitlines()[0].split(",")
    assert header[:6] == ["learning_rate", "dropout", "l1", "steps", "activation", "validation_accuracy"]
    from_csv = tunescape("explain", "trials.csv", "--json", cwd=folder)
    assert from_csv.code == 0, from_csv.err
    shares = [{r["parameter"]: r["share"] for r in d["importance"]} for d in (from_store, from_csv.json)]
    assert shares[0] == pytest.approx(shares[1], abs=1e-6)


def test_dry_run_says_trials_networks_and_time_and_writes_nothing(tmp_path):
    done = tunescape("survey", "iris", "--dry-run", cwd=tmp_path)
    assert done.code == 0
    assert "3,456 trials" in done.out
    assert "1,152 networks" in done.out
    assert re.search(r"about [\d.]+ s of training", done.out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("task", ["wine", "breast-cancer", "diabetes"])
def test_other_tasks_have_a_test_part_that_is_measured_for_the_recommended_configuration(task, tmp_path):
    done = tunescape("survey", task, "--trials", "12", "--json", cwd=tmp_path)
    assert done.code == 0, done.err
    answers = " ".join(f["answer"] for f in done.json["explanation"]["findings"])
    assert "test" in answers.lower()
    assert done.json["trials"]["completed"] + done.json["trials"].get("diverged", 0) == 24


def test_more_replicates_extend_and_another_space_under_the_name_is_refused(tmp_path):
    line = ("survey", "wine", "--study", "mine", "--trials", "6", "--fix", "optimiser=adam")
    assert tunescape(*line, "--replicates", "1", cwd=tmp_path).code == 0
    assert tunescape(*line, "--replicates", "3", cwd=tmp_path).code == 0
    assert tunescape("studies", "--json", cwd=tmp_path).json[0]["trials"] == {"completed": 18}
    other = tunescape(*line, "--vary", "units=4|8", cwd=tmp_path)
    assert other.code == 2
    assert "units" in other.err
    assert "mine" in other.err
    assert tunescape("studies", "--json", cwd=tmp_path).json[0]["trials"] == {"completed": 18}


def test_american_spelling_is_accepted(tmp_path):
    done = tunescape("survey", "wine", "--trials", "5", "--vary", "optimizer=sgd,adam", "--dry-run", cwd=tmp_path)
    assert "optimiser: sgd, adam" in done.out
