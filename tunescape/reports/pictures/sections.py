"""The page's sections of pictures: the data, what the networks learned, their losses, the best network."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunescape.reports.figures import data, estimate, loss_curves, network
from tunescape.reports.figures.labels import differing, told_apart
from tunescape.reports.pictures.nouns import Pictures
from tunescape.reports.words import count, counted

Section = dict[str, Any]


def picture_sections(pictures: Pictures | None) -> list[Section]:
    """Return a section for each picture that can be drawn.

    Raises:
        InputError: Arrays do not fit each other.
    """
    if pictures is None:
        return []
    made = [_data(pictures), _learned(pictures), _losses(pictures), _network(pictures)]
    return [section for section in made if section is not None]


def _section(key: str, question: str, title: str, **more: Any) -> Section:
    base: Section = {
        "id": key,
        "title": title[:1].upper() + title[1:],
        "question": question,
        "answer": "",
        "caveats": [],
        "citation": None,
        "quiet": False,
        "grid": False,
        "figures": [],
        "groups": [],
        "tables": [],
    }
    return base | more


def _data(pictures: Pictures) -> Section | None:
    train, other = pictures.train, pictures.validation
    if train is None:
        return None
    drawn = data.data(
        train.inputs,
        train.targets,
        validation=None if other is None else other.inputs,
        validation_targets=None if other is None else other.targets,
        names=pictures.names,
        target=pictures.target,
        classes=pictures.classes,
    )
    title = data.headline(train.targets, pictures.names, pictures.target, pictures.classes)
    return _section("data", "What was to be learned?", title, figures=[drawn])


def _best(pictures: Pictures) -> int:
    """The estimate that is drawn large."""
    if pictures.best is not None:
        return pictures.best
    losses = [np.inf if e.loss is None or e.loss != e.loss else e.loss for e in pictures.estimates]
    return int(np.argmin(losses))


def _learned(pictures: Pictures) -> Section | None:
    if pictures.x is None or pictures.y is None or not pictures.estimates:
        return None
    found, i = list(pictures.estimates), _best(pictures)
    configurations = [e.configuration for e in found]
    label = told_apart(configurations, differing(configurations))[i]
    common: dict[str, Any] = {"names": pictures.names, "target": pictures.target, "classes": pictures.classes}
    best = estimate.estimate(
        pictures.x,
        pictures.y,
        found[i].values,
        pictures.truth,
        points=None if pictures.train is None else (pictures.train.inputs, pictures.train.targets),
        label=label,
        **common,
    )
    groups = [best]
    if len(found) > 1:
        every = estimate.estimates(
            pictures.x,
            pictures.y,
            [e.values for e in found],
            configurations,
            [e.loss for e in found],
            pictures.truth,
            quantity=pictures.quantity,
            **common,
        )
        groups.append(every | {"title": f"Each of the {count(len(found))} configurations"})
    called = "the network" if len(found) == 1 else f"the best network ({label})" if label else "the best network"
    title = estimate.headline(found[i].values, pictures.truth, pictures.classes, called)
    return _section("estimates", "What did the networks learn?", title, groups=groups)


def _losses(pictures: Pictures) -> Section | None:
    curves = pictures.curves
    if curves is None or not len(curves.configurations):
        return None
    drawn = loss_curves.loss_curves(
        curves.configurations,
        curves.steps,
        curves.losses,
        quantity=curves.quantity,
        unit=curves.unit,
        reference=curves.reference,
    )
    title = loss_curves.headline(curves.configurations, curves.losses, curves.quantity)
    question = f"How did the loss fall in {counted(len(curves.configurations), 'run')}?"
    return _section("loss_curves", question, title, groups=[drawn])


def _network(pictures: Pictures) -> Section | None:
    shape = pictures.network
    if shape is None:
        return None
    drawn = network.network(
        shape.units, inputs=shape.inputs, outputs=shape.outputs, notes=shape.notes, weights=shape.weights
    )
    return _section("network", "What does the best network look like?", network.headline(shape.units), figures=[drawn])
