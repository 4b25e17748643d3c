"""``tunescape map TASK``: the landscape of two hyperparameters, one trained network per pixel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunescape.cli.app import (
    JsonOption,
    Kind,
    Noise,
    Points,
    Split,
    SplitSeed,
    Target,
    app,
    flag,
    option,
    print_json,
    say,
    seconds,
)

if TYPE_CHECKING:
    from tunescape.map_plan import MapPlan
    from tunescape.study import Landscape

PLANE, TRAINS, SHOW = "The plane", "The networks", "What is kept and shown"


@app.command(
    name="map",
    epilog="Examples:  tunescape map iris  |  tunescape map iris --size 512x512 --zoom 0.6,1,20 -o border.html",
)
def map_command(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="A built-in task (iris, digits, wine, prod, xor, …) or a CSV file.")
    ],
    target: Target = None,
    kind: Kind = None,
    split: Split = None,
    split_seed: SplitSeed = 0,
    points: Points = None,
    noise: Noise = None,
    x: Annotated[
        str | None,
        option("NAME=RANGE", PLANE, "--x", help="From left to right (default: learning_rate=log(1e-3,1e3))."),
    ] = None,
    y: Annotated[
        str | None, option("NAME=RANGE", PLANE, "--y", help="From below to above (default: init_scale=log(0.05,20)).")
    ] = None,
    size: Annotated[str, option("WxH", PLANE, help="Networks across and up.")] = "256x256",
    zoom: Annotated[
        str | None,
        option("X,Y[,FACTOR]", PLANE, help="Draw the part around a point, so many times larger (default: 10)."),
    ] = None,
    fix: Annotated[
        list[str] | None,
        option("NAME=VALUE", TRAINS, help="A setting of all networks: 'optimiser=adam', 'units=32', 'layers=2'."),
    ] = None,
    steps: Annotated[int | None, option("N", TRAINS, help="Optimiser steps of every network (default: 300).")] = None,
    rows: Annotated[
        int | None, option("N", TRAINS, help="Training rows that are learned, all in one batch (default: at most 128).")
    ] = None,
    seed: Annotated[int, option("N", TRAINS, help="Seed of everything random; all pixels share it.")] = 0,
    exact: Annotated[bool, flag("--exact", TRAINS, "Double precision in place of single.")] = False,
    output: Annotated[
        Path | None,
        option(
            "FILE",
            SHOW,
            "--output",
            "-o",
            help="The picture, .png or .html (default: TASK-map.png); its data go beside it.",
        ),
    ] = None,
    overwrite: Annotated[bool, flag("--overwrite", SHOW, "Replace the data of another map.")] = False,
    threads: Annotated[int | None, option("N", SHOW, help="Threads (default: one per core).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Train one network per pixel of the plane of two hyperparameters, and draw which learn.

    The same line again resumes, or draws at once when all networks are trained.
    """
    from tunescape.cli.options import check_page, parse_numbers, parse_size, varied
    from tunescape.map_plan import plan_map
    from tunescape.space import parse_vary

    around = parse_numbers("--zoom", zoom)
    picture = output or Path(f"{Path(task).stem}-map{_zoom_words(around)}.png")
    _check_picture(picture)
    check_page(picture, "picture")
    held = {name: parameter.value for name, parameter in varied(None, [], fix or [])[1].items()}  # type: ignore[union-attr]
    task_options: dict[str, Any] = {
        "target": target, "kind": kind, "split": split, "split_seed": split_seed, "n_points": points, "noise": noise,
    }  # fmt: skip
    planned = plan_map(
        task, parse_vary(x, "--x") if x else None, parse_vary(y, "--y") if y else None, size=parse_size(size),
        fix=held, steps=steps, rows=rows, zoom=around, seed=seed, exact=exact, n_threads=threads, **task_options,
    )  # fmt: skip
    for note in planned.notes:
        say(note)
    data = picture.with_suffix(".npz")
    trained = _carry_out(planned, data, overwrite)
    _show(trained, picture, data, as_json)


def _check_picture(picture: Path) -> None:
    """Check the ending of the picture before any work is done.

    Raises:
        InputError: It is neither an image nor a page.
    """
    from tunescape.errors import InputError

    if picture.suffix.lower() not in (".png", ".html"):
        raise InputError(f"The picture must end in .png or .html. Got -o {str(picture)!r}.")


def _zoom_words(around: tuple[float, ...] | None) -> str:
    """What a zoom adds to the name of the picture, so that it does not replace the whole."""
    return "" if around is None else "-zoom-" + "-".join(f"{number:g}" for number in around)


def _carry_out(planned: MapPlan, data: Path, overwrite: bool) -> Landscape:
    """Train with a bar; an interruption says what is kept."""
    from tunescape.cli.progress import spinner, training_bar
    from tunescape.engine import warm_up
    from tunescape.mapping import carry_out_map, kept_map
    from tunescape.study import WAITING

    there = kept_map(planned, data, overwrite=overwrite)
    if there is not None and there.is_complete:
        return there
    done, total = 0 if there is None else int((there.outcome != WAITING).sum()), planned.start.outcome.size
    try:
        with spinner("Preparing the engine (the first run compiles it, some ten seconds)"):
            warm_up(planned.population.dtype, wide=planned.has_wide)
        with training_bar(f"Mapping {planned.start.task}", "networks") as bar:

            def tell(trained: int, _: int) -> None:
                nonlocal done
                done = trained

            def work(settled: float, whole: float) -> None:
                bar(settled, whole, done, total)

            trained = carry_out_map(planned, data, overwrite=overwrite, progress=tell, work=work)
            bar(1.0, 1.0, total, total)
            return trained
    except KeyboardInterrupt:
        kept = f"{done:,} of {total:,} networks are kept in {data}" if done else "no network is trained yet"
        say(f"Interrupted: {kept}. The same command goes on from there.")
        sys.exit(130)


def _show(trained: Landscape, picture: Path, data: Path, as_json: bool) -> None:
    """Draw the picture and say what it shows."""
    from tunescape.cli.progress import spinner
    from tunescape.explanation import summarise_landscape
    from tunescape.reports import landscape_document, print_landscape, save_landscape_picture

    with spinner("Drawing"):
        summary = summarise_landscape(trained)
        save_landscape_picture(trained, summary, picture)
    if as_json:
        files = {"picture": str(picture), "data": str(data)}
        print_json({**landscape_document(trained, summary), "files": files})
    else:
        print_landscape(trained, summary)
    say(f"Picture: {picture}.  Data: {data}.  {trained.outcome.size:,} networks in {seconds(trained.seconds)}.")
