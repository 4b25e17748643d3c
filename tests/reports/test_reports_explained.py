"""Real explanations through all renderers: nothing that they say is lost or broken."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable

import example_studies as studies
import pytest
from rich.cells import cell_len
from rich.console import Console

from tunescape.explanation.all_questions import explain
from tunescape.explanation.document import Explanation
from tunescape.reports import print_explanation, render_html, to_json
from tunescape.study import Study

MAKERS = (studies.iris_study, studies.random_study, studies.noise_study, studies.hostile_study)


@functools.cache
def explained(make: Callable[[], Study]) -> Explanation:
    return explain(make(), quality=False)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("width", [60, 80])
def test_text_fits(make: Callable[[], Study], width: int) -> None:
    file = io.StringIO()
    print_explanation(explained(make), Console(file=file, width=width))
    assert max(cell_len(line) for line in file.getvalue().splitlines()) <= width


@pytest.mark.level(2)
def test_iris_with_quality_stays_within_a_screen_or_two() -> None:
    file = io.StringIO()
    print_explanation(explain(studies.iris_study()), Console(file=file, width=80))
    assert len(file.getvalue().splitlines()) <= 62


@pytest.mark.parametrize("make", MAKERS)
def test_documents_agree(make: Callable[[], Study]) -> None:
    explanation = explained(make)
    document = json.loads(to_json(explanation))
    page = render_html(explanation)
    start = page.index('id="tunescape-document">') + len('id="tunescape-document">')
    shown = json.loads(page[start : page.index("</script>", start)])
    sections = {section["id"]: section for section in shown["sections"]}
    assert shown["verdict"]["word"] == document["verdict"]
    assert set(sections) >= {finding.key for finding in explanation.findings} - {"interactions", "noise"}
    effects = [figure["name"] for figure in sections["main_effects"]["figures"]]
    assert effects == [row["parameter"] for row in document["importance"]][: len(effects)]
    for finding in explanation.findings:
        assert any(finding.answer in section["answer"] for section in sections.values()), finding.key
