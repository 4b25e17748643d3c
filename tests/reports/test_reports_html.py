"""The page as a file: one file, no network, nothing of the user's is markup, small enough."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from example_explanation import EXAMPLES, hostile, iris, large, nothing, random_design, wide
from example_studies import HOSTILE

from tunescape.errors import InputError
from tunescape.reports import render_html, write_report
from tunescape.reports.page import plotly_script


class Parts(HTMLParser):
    """The elements of a page, and the text of its scripts by id or position."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script" and self.scripts:
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)


def document_of(page: str) -> dict:
    start = page.index('id="tunescape-document">') + len('id="tunescape-document">')
    return json.loads(page[start : page.index("</script>", start)])


def titles(page: str) -> dict[str, str]:
    return {section["id"]: section["title"] for section in document_of(page)["sections"]}


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_file_without_links(name: str) -> None:
    parts = Parts(render_html(EXAMPLES[name]()).replace(plotly_script(), ""))
    sources = [value for tag, attribute, value in parts.attributes if attribute in ("src", "href") and tag != "a"]
    assert sources == ["data:,"]  # an empty icon, so that none is asked for
    assert parts.tags.count("script") == 3
    assert not {"img", "iframe", "object", "embed", "form"} & set(parts.tags)


def test_policy_allows_exactly_the_scripts_of_the_page() -> None:
    page = render_html(iris())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe-inline" not in policy[1].split("style-src")[0]
    allowed = set(re.findall(r"'sha256-([^']+)'", policy[1]))
    own = re.search(r"<script>(.*?)</script>", page, re.S)
    assert own is not None
    digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (own[1], plotly_script())}
    assert allowed == digests


def test_plotly_cannot_end_its_element() -> None:
    assert "</script" not in plotly_script().lower()
    assert "<!--" not in plotly_script()


def test_hostile_names_are_never_markup() -> None:
    page = render_html(hostile()).replace(plotly_script(), "")
    assert HOSTILE not in page
    assert "<img" not in page
    assert "img" not in Parts(page).tags
    assert HOSTILE in json.dumps(document_of(page), ensure_ascii=False).replace('\\"', '"')


def test_a_name_cannot_fill_a_place_of_the_template() -> None:
    page = render_html(hostile())
    assert page.count(plotly_script()) == 1
    assert "{{plotly}}" in page


def test_titles_say_what_is_to_be_seen() -> None:
    said = titles(render_html(iris()))
    assert re.fullmatch(r"l1 matters most: \d+ % of the variance", said["importance"])
    assert said["interaction_effects"].startswith("learning_rate and l1 act together")
    assert said["failures"] == "At l1 = 10, 95 % of the trials learn nothing"
    assert said["correlations"] == "l1 goes with validation accuracy most: rank correlation −0.63"
    assert "elu is best on average" in said["groups"]


def test_what_cannot_be_answered_says_why_and_has_no_figure() -> None:
    sections = {section["id"]: section for section in document_of(render_html(nothing()))["sections"]}
    assert sections["quality"]["quiet"]
    assert sections["quality"]["answer"] == nothing()["quality"].answer
    assert not sections["quality"]["figures"]
    assert sections["importance"]["title"] == "No hyperparameter has a detectable effect"


def test_the_text_is_there_without_scripts() -> None:
    page = render_html(iris())
    plain = page[page.index("<noscript>") : page.index("</noscript>")]
    assert all(finding.question in plain for finding in iris().findings)


def test_every_caveat_is_on_the_page() -> None:
    sections = document_of(render_html(iris()))["sections"]
    shown = {caveat for section in sections for caveat in section["caveats"]}
    assert shown >= {caveat for finding in iris().findings for caveat in finding.caveats}


def test_every_figure_has_a_sentence_and_plain_data() -> None:
    for make in EXAMPLES.values():
        for section in document_of(render_html(make()))["sections"]:
            for figure in section["figures"] + section.get("small", []):
                assert len(figure["caption"]) > 10
                assert figure["data"]


def test_conditions_show_as_inactive() -> None:
    sections = {section["id"]: section for section in document_of(render_html(random_design()))["sections"]}
    axes = sections["parallel"]["figures"][0]["data"][0]["dimensions"]
    momentum = next(axis for axis in axes if axis["label"] == "momentum")
    assert momentum["ticktext"][0] == "inactive"
    assert min(momentum["values"]) == momentum["tickvals"][0]


def test_log_axes_are_decoded() -> None:
    sections = {section["id"]: section for section in document_of(render_html(random_design()))["sections"]}
    axes = sections["parallel"]["figures"][0]["data"][0]["dimensions"]
    rate = next(axis for axis in axes if axis["label"] == "learning_rate")
    assert rate["ticktext"] == ["0.0001", "0.001", "0.01", "0.1", "1"]
    assert rate["tickvals"] == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_many_hyperparameters_are_cut_and_said() -> None:
    sections = {section["id"]: section for section in document_of(render_html(wide()))["sections"]}
    assert len(sections["parallel"]["figures"][0]["data"][0]["dimensions"]) == 13
    assert "14 less important hyperparameters have no axis" in sections["parallel"]["figures"][0]["caption"]
    assert "2 less important hyperparameters are left out" in sections["main_effects"]["note"]


def test_thinning_is_said_and_keeps_the_best() -> None:
    document = document_of(render_html(iris()))
    caption = next(s for s in document["sections"] if s["id"] == "parallel")["figures"][0]["caption"]
    assert "3,000 of 3,456 trials are drawn" in caption
    trials = document["trials"]
    assert len(trials["rows"]) == 2000
    assert "1,456 are left out" in trials["note"]
    best = iris().study.best
    assert best is not None
    assert best.number in {row[0] for row in trials["rows"]}


def test_thinning_of_a_factorial_keeps_all_levels() -> None:
    rows = document_of(render_html(iris()))["trials"]
    column = rows["columns"].index("steps")
    counts = [sum(row[column] == level for row in rows["rows"]) for level in (100, 500, 2500)]
    assert min(counts) > 0.2 * sum(counts)


def test_the_same_explanation_gives_the_same_page() -> None:
    assert render_html(random_design()) == render_html(random_design())


def test_writing(tmp_path: Path) -> None:
    path = write_report(iris(), tmp_path / "iris.html")
    assert path.read_text(encoding="utf-8") == render_html(iris())
    with pytest.raises(InputError, match="can be written"):
        write_report(iris(), tmp_path / "missing" / "iris.html")


def test_weight() -> None:
    for make in (iris, random_design, wide, hostile):
        assert len(render_html(make())) - len(plotly_script()) < 1_000_000


@pytest.mark.level(2)
@pytest.mark.parametrize(("n", "most"), [(10_000, 2_000_000), (100_000, 5_000_000)])
def test_weight_of_many_trials(n: int, most: int) -> None:
    assert len(render_html(large(n))) - len(plotly_script()) < most
