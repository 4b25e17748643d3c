"""``tunescape explain SOURCE`` and ``tunescape report SOURCE``: what the trials of a study or a log say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from tunescape.cli.app import JsonOption, app, option, output_console, print_json, say

if TYPE_CHECKING:
    from tunescape.explanation import Explanation

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="A store (sqlite:///tunescape.db), or a CSV, JSONL or Parquet file; several tables are joined.",
    ),
]
StudyOption = Annotated[
    str | None, option("NAME", None, "--study", help="Which study of a store (default: the latest).")
]
ObjectiveOption = Annotated[str | None, option("COLUMN", None, "--objective", help="The column to explain.")]
DirectionOption = Annotated[
    str | None, option("WORD", None, "--direction", help="minimize or maximize, where the name does not tell.")
]
ParametersOption = Annotated[
    str | None, option("A,B,C", None, "--parameters", help="The columns that are hyperparameters.")
]
CutsOption = Annotated[
    str | None, option("LOW,HIGH", None, "--cuts", help="Where low quality ends and high begins (default: 0.5,0.8).")
]


def explained(
    sources: list[str], study: str | None, objective: str | None, direction: str | None, parameters: str | None,
    cuts: str | None,
) -> Explanation:  # fmt: skip
    """Read a source and explain it, showing what is being done."""
    from tunescape.cli.options import parse_cuts
    from tunescape.cli.progress import spinner
    from tunescape.verbs import explain as explain_source

    quality_cuts = parse_cuts(cuts)
    with spinner("Explaining") as part:
        return explain_source(
            sources[0] if len(sources) == 1 else sources,
            study=study,
            objective=objective,
            direction=cast(Any, direction),
            parameters=[word.strip() for word in parameters.split(",")] if parameters else None,
            cuts=quality_cuts,
            progress=part,
        )


@app.command(epilog="Examples:  tunescape explain tunescape.db  |  tunescape explain sweep.csv --objective val_loss")
def explain(
    source: Sources,
    study: StudyOption = None,
    objective: ObjectiveOption = None,
    direction: DirectionOption = None,
    parameters: ParametersOption = None,
    cuts: CutsOption = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Also write the page.")] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Say what mattered, how sure that is, what breaks learning and what is best."""
    from tunescape.cli.options import check_page

    check_page(html)
    explanation = explained(source, study, objective, direction, parameters, cuts)
    if html:
        from tunescape.verbs import report as write_page

        write_page(explanation, html, progress=say)
        say(f"Page: {html}.")
    if as_json:
        print_json(explanation.to_dict())
    else:
        from tunescape.reports import print_explanation

        print_explanation(explanation, output_console())


@app.command(
    epilog="Examples:  tunescape report tunescape.db -o iris.html  |  tunescape report sweep.csv -o sweep.html"
)
def report(
    source: Sources,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.html", help="The page to write.")],
    study: StudyOption = None,
    objective: ObjectiveOption = None,
    direction: DirectionOption = None,
    parameters: ParametersOption = None,
    cuts: CutsOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Write the page of a study or a log: one file, no server."""
    from tunescape.cli.options import check_page
    from tunescape.verbs import report as write_page

    check_page(output)
    explanation = explained(source, study, objective, direction, parameters, cuts)
    write_page(explanation, output, progress=say)
    if as_json:
        print_json({"page": str(output), "verdict": explanation.verdict})
    else:
        print(f"{explanation.sentence}\nPage: {output}.")
