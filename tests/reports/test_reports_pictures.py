"""Pictures on the report's page, as Plotly objects, and as files of their own."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from pathlib import Path

import example_pictures as example
import numpy as np
import pytest
from example_explanation import nothing, random_design
from example_studies import BOLD, HOSTILE

from tunescape.errors import InputError
from tunescape.reports import as_plotly, figure_html, render_html, save_figure, to_json
from tunescape.reports.figures.estimate import estimate
from tunescape.reports.figures.loss_curves import loss_curves
from tunescape.reports.figures.network import network
from tunescape.reports.page import plotly_script
from tunescape.reports.pictures import Estimate, Pictures, Rows
from tunescape.reports.pictures.colours import variables


@functools.cache
def prod_pictures() -> Pictures:
    return example.pictures()


def document_of(page: str) -> dict:
    start = page.index('id="tunescape-document">') + len('id="tunescape-document">')
    return json.loads(page[start : page.index("</script>", start)])


def sections(pictures: Pictures | None) -> dict[str, dict]:
    return {s["id"]: s for s in document_of(render_html(nothing(), pictures))["sections"]}


def figures_of(section: dict) -> list[dict]:
    return section["figures"] + [f for group in section["groups"] for f in group["figures"]]


def test_pictures_stand_after_what_mattered() -> None:
    found = list(sections(prod_pictures()))
    assert found[:5] == ["importance", "data", "estimates", "loss_curves", "network"]
    assert not {"data", "estimates", "loss_curves", "network"} & set(sections(None))
    assert set(found) == set(sections(None)) | {"data", "estimates", "loss_curves", "network"}


def test_titles_say_what_is_to_be_seen() -> None:
    said = sections(prod_pictures())
    assert re.fullmatch(r"The best network \(\w+, units \d+\) is off by .* spans −1 to 1", said["estimates"]["title"])
    assert said["data"]["title"].startswith("The data: prod from −0.9")
    assert said["loss_curves"]["title"].startswith("Training mse ends lowest with ")


def test_every_panel_has_words_and_data() -> None:
    for pictures in (prod_pictures(), example.ring_pictures()):
        for key in ("data", "estimates", "loss_curves", "network"):
            section = sections(pictures)[key]
            assert figures_of(section)
            for figure in figures_of(section):
                assert figure["data"]
                assert len(figure.get("alt") or figure["caption"]) > 10


def test_small_multiples_hold_every_configuration() -> None:
    best, every = sections(prod_pictures())["estimates"]["groups"]
    assert len(best["figures"]) == 3
    assert len(every["figures"]) == 1 + 12
    assert every["columns"] == 4


def test_what_is_not_given_is_left_out() -> None:
    only = Pictures(train=Rows(example.rows(20), np.zeros(20)))
    assert set(sections(only)) - set(sections(None)) == {"data"}
    assert set(sections(Pictures())) == set(sections(None))


def test_other_forms_know_no_pictures() -> None:
    assert "estimate" not in to_json(random_design())


def test_the_page_stays_small() -> None:
    for pictures in (prod_pictures(), example.ring_pictures()):
        page = render_html(nothing(), pictures)
        assert len(page) - len(plotly_script()) < 1_000_000


def test_hostile_names_are_never_markup() -> None:
    x, places = example.grid(8)
    cells = [{HOSTILE: BOLD, BOLD: HOSTILE}, {HOSTILE: HOSTILE, BOLD: HOSTILE}]
    pictures = dataclasses.replace(
        prod_pictures(),
        names=(HOSTILE, BOLD),
        target=HOSTILE,
        x=x,
        y=x,
        truth=example.prod(places),
        estimates=[Estimate(c, example.prod(places), 0.1) for c in cells],
        curves=dataclasses.replace(
            example.curves_of(example.crossed()[:2]), configurations=cells, quantity=BOLD, reference=(0.1, HOSTILE)
        ),
        network=dataclasses.replace(prod_pictures().network, inputs=(HOSTILE, BOLD), notes=[[HOSTILE], [BOLD]]),
    )
    page = render_html(nothing(), pictures).replace(plotly_script(), "")
    assert HOSTILE not in page
    for section in document_of(page)["sections"]:
        for figure in figures_of({"groups": [], **section}):
            written = json.dumps([figure["data"], figure["layout"]])
            assert not re.search(r"<(?!br>|extra>|/extra>|b>\d|/b>)", written)
    as_plotly(loss_curves(cells, [[1, 2]] * 2, [[1.0, 0.5]] * 2))


def test_plotly_objects_have_plain_colours(require: object) -> None:
    require("plotly")  # type: ignore[operator]
    x, places = example.grid(8)
    group = estimate(x, x, example.prod(places), example.prod(places))
    for theme in ("light", "dark"):
        made = as_plotly(group, theme)
        assert "var(" not in made.to_json()
        assert made.layout.paper_bgcolor == variables(theme)["--paper"]
    assert [made.layout[f"xaxis{i}"].domain for i in ("", "2", "3")] == sorted(
        made.layout[f"xaxis{i}"].domain for i in ("", "2", "3")
    )
    assert made.layout.yaxis3.scaleanchor == "x3"
    assert [t.xaxis for t in made.data[:3]] == ["x", "x2", "x3"]
    bars = [t.marker.colorbar.title.text for t in made.data if t.type == "scatter" and t.marker.showscale]
    assert bars == ["y", "estimate − truth"]


def test_plotly_objects_keep_key_and_caption() -> None:
    made = as_plotly(example_curves())
    named = [t.name for t in made.data if t.showlegend]
    assert named == ["2", "4", "8", "16", "0.111: predicting 0"]
    assert made.layout.legend.title.text == "units"
    assert "Thick lines are medians" in made.layout.annotations[-1].text
    assert {t.legendgroup for t in made.data if t.showlegend and t.legendgroup} == {"2", "4", "8", "16"}


def example_curves() -> dict:
    curves = example.curves_of(example.crossed())
    return loss_curves(curves.configurations, curves.steps, curves.losses, reference=curves.reference)


def test_a_list_of_figures_becomes_panels() -> None:
    drawn = network([2, 3, 1], weights=[np.ones((2, 3)), np.ones((3, 1))])
    made = as_plotly([drawn, drawn])
    assert made.layout.xaxis2.domain[0] > made.layout.xaxis.domain[1]
    assert [t.name for t in made.data if t.showlegend] == ["positive weight", "negative weight"]


def test_a_figure_is_saved_as_page_or_json(tmp_path: Path) -> None:
    page = save_figure(example_curves(), tmp_path / "curves.html", "Loss <curves>")
    assert page.read_text(encoding="utf-8") == figure_html(example_curves(), "Loss <curves>")
    assert len(document_of(page.read_text(encoding="utf-8"))["drawing"]["groups"][0]["figures"]) == 3
    assert "<title>Loss &lt;curves&gt;</title>" in page.read_text(encoding="utf-8")
    plain = json.loads(save_figure(network([2, 1]), tmp_path / "network.json").read_text(encoding="utf-8"))
    assert set(plain) == {"data", "layout"}


@pytest.mark.parametrize(("name", "words"), [("x.png", "must end in .html or .json"), ("no/x.html", "can be written")])
def test_other_files_are_refused(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        save_figure(network([2, 1]), tmp_path / name)
    with pytest.raises(InputError, match="`theme`"):
        as_plotly(network([2, 1]), "blue")  # type: ignore[arg-type]


def test_both_themes_know_every_colour() -> None:
    written = json.dumps([sections(prod_pictures()), sections(example.ring_pictures())])
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", written)) - {"--sans"}
    assert {"--ramp-1", "--scale-diverging", "--scale-veil", "--series-1"} <= used
    light, dark = variables("light"), variables("dark")
    assert [name for name in used if light[name] == dark[name]] == []
