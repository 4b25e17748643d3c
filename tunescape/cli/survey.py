"""``tunescape survey TASK``: train networks over a search space, explain the result, write the page."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunescape.cli.app import (
    DEFAULT_STORE,
    JsonOption,
    Kind,
    Noise,
    Points,
    Split,
    SplitSeed,
    StoreOption,
    Target,
    app,
    flag,
    option,
    output_console,
    print_json,
    say,
    seconds,
)

if TYPE_CHECKING:
    from tunescape.space import Parameter
    from tunescape.stores import Store
    from tunescape.study import Study
    from tunescape.surveying import Survey

SPACE, TRAINS, DESIGN, SHOW = "What varies", "Who trains", "Which configurations", "What is kept and shown"
GFLOPS_PER_CORE = 20.0
"""Rough speed of the engine on one core, from which --dry-run estimates the time."""


@app.command(epilog="Examples:  tunescape survey iris  |  tunescape survey data.csv --target price --trials 200")
def survey(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="A built-in task (iris, digits, wine, breast-cancer, diabetes, prod, …) or a CSV file.",
        ),
    ],
    target: Target = None,
    kind: Kind = None,
    split: Split = None,
    split_seed: SplitSeed = 0,
    points: Points = None,
    noise: Noise = None,
    vary: Annotated[
        list[str] | None,
        option(
            "NAME=RANGE",
            SPACE,
            help="Vary a hyperparameter: 'learning_rate=log(1e-4,1):6', 'units=8|16|32', 'optimiser=sgd,adam'.",
        ),
    ] = None,
    fix: Annotated[list[str] | None, option("NAME=VALUE", SPACE, help="Hold a hyperparameter fixed.")] = None,
    space: Annotated[Path | None, option("FILE.toml", SPACE, help="Read the whole search space from a file.")] = None,
    preset: Annotated[
        str | None,
        option("NAME", SPACE, help="A ready comparison: activation-width, optimiser-rate, sgd-rate, sgd-adam."),
    ] = None,
    backend: Annotated[
        str | None, option("NAME", TRAINS, help="population (the default), sklearn, keras, tensorflow or torch.")
    ] = None,
    like: Annotated[
        str | None, option("NAME", TRAINS, help="Whose formulas and defaults: sklearn, keras, tensorflow or torch.")
    ] = None,
    exact: Annotated[bool, flag("--exact", TRAINS, "Double precision in place of single.")] = False,
    sampler: Annotated[str | None, option("NAME", DESIGN, help="factorial or random.")] = None,
    levels: Annotated[int | None, option("K", DESIGN, help="Levels of a number in a factorial.")] = None,
    trials: Annotated[int | None, option("N", DESIGN, help="Configurations drawn at random.")] = None,
    replicates: Annotated[
        int | None, option("R", DESIGN, help="Networks of different seeds per configuration.")
    ] = None,
    seed: Annotated[int, option("N", DESIGN, help="Seed of everything random.")] = 0,
    independent_steps: Annotated[
        bool, flag("--independent-steps", DESIGN, "Train every number of steps from scratch.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    study: Annotated[
        str | None, option("NAME", SHOW, help="Name of the study (default: the task and a digest of the design).")
    ] = None,
    report: Annotated[Path | None, option("FILE.html", SHOW, help="The page to write (default: TASK.html).")] = None,
    cuts: Annotated[
        str | None, option("LOW,HIGH", SHOW, help="Where low quality ends and high quality begins (default: 0.5,0.8).")
    ] = None,
    threads: Annotated[int | None, option("N", SHOW, help="Threads (default: one per core).")] = None,
    dry_run: Annotated[bool, flag("--dry-run", SHOW, "Say what would be done, and do nothing.")] = False,
    timings: Annotated[bool, flag("--timings", SHOW, "Say where the time went.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Train networks over a search space of TASK and explain the result.

    The same line again resumes, and adds nothing that is already there.
    """
    clock = Clock()
    from tunescape.cli.options import check_page, parse_cuts, varied
    from tunescape.stores import open_store
    from tunescape.surveying import check_same_study, plan_survey

    quality_cuts = parse_cuts(cuts)
    base, changes = varied(space, vary or [], fix or [])
    task_options: dict[str, Any] = {
        "target": target, "kind": kind, "split": split, "split_seed": split_seed, "n_points": points, "noise": noise,
    }  # fmt: skip
    planned = plan_survey(
        task, base, n_trials=trials, replicates=replicates, sampler=sampler, levels=levels, vary=changes,
        preset=preset, backend=backend, like=like, exact=exact, name=study, seed=seed,
        independent_steps=independent_steps, n_threads=threads, **task_options,
    )  # fmt: skip
    page = report or Path(f"{Path(task).stem}{'-' + preset if preset else ''}.html")
    check_page(page)
    clock.mark("loading")
    if dry_run:
        with open_store(store) as opened:
            check_same_study(planned.study, opened)
        print_plan(planned, store, as_json)
        return
    carry_out(planned, store, page, quality_cuts, as_json, clock)
    if timings:
        clock.print()


class Clock:
    """Where the time went, part by part."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self.last = time.perf_counter()

    def mark(self, part: str) -> None:
        """Give the time since the last mark to a part."""
        now = time.perf_counter()
        self.parts[part] = self.parts.get(part, 0.0) + now - self.last
        self.last = now

    def print(self) -> None:
        """Print the parts and their sum on standard error."""
        parts = ", ".join(f"{name} {seconds(spent)}" for name, spent in self.parts.items())
        say(f"Time: {parts}; in all {seconds(sum(self.parts.values()))}.")


def carry_out(
    planned: Survey, url: str, page: Path, cuts: tuple[float, float] | None, as_json: bool, clock: Clock
) -> None:
    """Run a planned survey, print what it found, and write the page."""
    from tunescape.cli.progress import spinner, training_bar
    from tunescape.engine import warm_up
    from tunescape.reports import print_explanation, survey_document
    from tunescape.stores import open_store
    from tunescape.surveying import check_same_study, run_survey
    from tunescape.verbs import explain, report

    with open_store(url) as store:
        check_same_study(planned.study, store)
        if planned.evaluator.uses_population(planned.study.space):
            with spinner("Preparing the engine (the first run compiles it, some ten seconds)"):
                warm_up(planned.evaluator.dtype, wide=planned.evaluator.has_wide(planned.study.space))
        clock.mark("preparing the engine")
        try:
            with training_bar(f"Training {planned.study.name}") as tell:
                study = note_command(store, run_survey(planned, store, tell))
        except KeyboardInterrupt:
            say(_interrupted(planned, store, url))
            sys.exit(130)
    clock.mark("training")
    found = len({tuple(t.configuration.items()) for t in study.trials})
    if found < planned.n_points:
        say(f"The space has only {found} different configurations; all of them were tried.")
    if found > planned.n_points or len(study.trials) > found * planned.replicates:
        say(f"The study already held more than was asked for: {found} configurations, {len(study.trials)} trials.")
    with spinner("Explaining") as part:
        explanation = explain(study, cuts=cuts, progress=part)
    clock.mark("explaining")
    with spinner("Drawing the page"):
        report(explanation, page, progress=say)
    clock.mark("page")
    if as_json:
        print_json(survey_document(explanation))
    else:
        print_explanation(explanation, output_console())
    say(f"Page: {page}.  Study: {study.name} in {url}.")


def note_command(store: Store, study: Study) -> Study:
    """Note the line that the user typed, so that the page can say how to do it again."""
    command = shlex.join(["tunescape", *sys.argv[1:]])
    if study.attributes.get("command") != command:
        store.set_attribute(study.name, "command", command)
        return store.load(study.name)
    return study


def _interrupted(planned: Survey, store: Store, url: str) -> str:
    """What an interruption left, and how to go on."""
    there = {summary.name: summary for summary in store.summaries()}
    kept = there.get(planned.study.name)
    done = sum(n for word, n in kept.counts.items() if word not in ("waiting", "running")) if kept else 0
    total = sum(kept.counts.values()) if kept else 0
    return f"Interrupted: {done} of {total} trials are kept in {url}. The same command goes on from there."


def print_plan(planned: Survey, url: str, as_json: bool) -> None:
    """Say what a survey would do, from its plan alone."""
    from tunescape.engine import available_cores
    from tunescape.runner import plan

    trials = plan(planned.study, planned.evaluator, planned.sampler, planned.n_points, planned.replicates)
    networks = planned.evaluator.n_networks(trials)
    cores = planned.evaluator.n_threads or available_cores()
    time_needed = planned.evaluator.work(trials) / (GFLOPS_PER_CORE * 1e9 * cores)
    facts = {
        "study": planned.study.name,
        "task": planned.task.name,
        "configurations": planned.n_points,
        "replicates": planned.replicates,
        "trials": len(trials),
        "networks": networks,
        "estimated_seconds": round(time_needed, 1),
        "store": url,
    }
    if as_json:
        print(json.dumps(facts))
        return
    print(f"{planned.study.name}: {planned.task.description}")
    for note in planned.task.notes:
        print(f"  {note}")
    for name, parameter in planned.study.space.parameters.items():
        print(f"  {name}: {described(parameter)}")
    print(
        f"{planned.n_points:,} configurations x {planned.replicates} replicates = {len(trials):,} trials, "
        f"read off {networks:,} networks; about {seconds(time_needed)} of training on {cores} cores."
    )


def described(parameter: Parameter) -> str:
    """What a hyperparameter may be, in words."""
    from tunescape.space import Categorical, Constant, Ordinal

    if isinstance(parameter, Constant):
        return f"{parameter.value} (fixed)"
    if isinstance(parameter, Ordinal | Categorical):
        return (" < " if isinstance(parameter, Ordinal) else ", ").join(map(str, parameter.choices))
    scale = " (log)" if parameter.scale == "log" else ""
    if isinstance(parameter.levels, tuple):
        return ", ".join(f"{level:g}" for level in parameter.levels) + scale
    return f"{parameter.low:g} to {parameter.high:g}{scale}"
