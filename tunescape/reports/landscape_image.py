"""A landscape as one image: every network a pixel, with axes, two scales of colours and a line of words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tunescape.errors import InputError, MissingExtraError
from tunescape.reports.landscape_colours import (
    PLAIN,
    Scale,
    axis_ticks,
    diverged_scale,
    learned_scale,
    log_marks,
    painted,
)
from tunescape.reports.pictures.colours import variables
from tunescape.study import DIVERGED, LEARNED, NOT_LEARNED, Axis, Landscape

if TYPE_CHECKING:
    from PIL import Image

SIDE = 640
"""Length of the longer side of the plane in pixels, about: networks are drawn as whole squares of pixels."""


@dataclass(frozen=True)
class Canvas:
    """An image that is drawn on, with its sizes.

    Args:
        draw: Pillow's drawing surface.
        fonts: Usual and small letters.
        unit: Height of a letter, of which all distances are multiples.
        left: Left edge of the plane.
        top: Upper edge.
        width: Width of the plane.
        height: Height of the plane.
    """

    draw: Any
    fonts: tuple[Any, Any]
    unit: int
    left: int
    top: int
    width: int
    height: int

    def write(self, x: float, y: float, words: str, anchor: str, small: bool = True, colour: str = "--quiet") -> None:
        """Write words at a point; the anchor is Pillow's ("la": left and top)."""
        ink = variables("light")[colour].strip()
        self.draw.text((x, y), words, fill=ink, font=self.fonts[small], anchor=anchor)

    def line(self, *ends: float) -> None:
        """Draw a thin line."""
        self.draw.line(ends, fill=variables("light")["--quiet"].strip(), width=max(1, self.unit // 14))


def save_landscape_image(landscape: Landscape, path: str | Path, lines: Iterable[str] = ()) -> Path:
    """Write a landscape as a PNG image.

    Args:
        landscape: Finished or not; networks that are not trained yet are left blank.
        path: The file; it is replaced where it exists.
        lines: Words under the title.

    Returns:
        The path of the file.

    Raises:
        InputError: The file cannot be written.
        MissingExtraError: Pillow is not installed.
    """
    target = Path(path)
    drawn = landscape_image(landscape, lines)
    try:
        drawn.save(target, format="PNG", optimize=True)
    except OSError as error:
        raise InputError(f"The picture cannot be written to {str(target)!r}: {error.strerror}.") from None
    return target


def landscape_image(landscape: Landscape, lines: Iterable[str] = ()) -> Image.Image:
    """Draw a landscape as a Pillow image; arguments as for `save_landscape_image`."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError:
        raise MissingExtraError("PNG pictures need Pillow; install it with: pip install pillow") from None
    n_y, n_x = landscape.shape
    width, height = (n * max(1, round(SIDE / n)) for n in (n_x, n_y))
    unit = max(14, round(max(width, height) / 42))
    fonts = (ImageFont.load_default(round(1.25 * unit)), ImageFont.load_default(unit))
    words = [line for text in lines for line in _wrapped(text, fonts[1], width + 15 * unit)]
    widest = max((fonts[1].getlength(words) for _, words in axis_ticks(landscape.y)), default=0)
    left, top = max(6 * unit, round(widest) + 3 * unit), round((3.6 + 1.4 * len(words)) * unit)
    size = (left + width + 15 * unit, top + height + round(4.5 * unit))
    image = Image.new("RGB", size, variables("light")["--paper"].strip())
    canvas = Canvas(ImageDraw.Draw(image), fonts, unit, left, top, width, height)
    plane = Image.fromarray(np.ascontiguousarray(painted(landscape)[::-1]))
    image.paste(plane.resize((width, height), Image.Resampling.NEAREST), (left, top))
    canvas.write(left, round(1.1 * unit), _title(landscape), "la", small=False, colour="--ink")
    for i, line in enumerate(words):
        canvas.write(left, round((3.0 + 1.4 * i) * unit), line, "la")
    _axes(canvas, landscape)
    _label(image, canvas, _named(landscape, "y"))
    _scales(image, canvas, landscape)
    return image


def _title(landscape: Landscape) -> str:
    return f"{landscape.task}: one network per pixel, {landscape.n_steps:,} steps each"


def _wrapped(text: str, font: Any, width: float) -> list[str]:
    """A text in lines that fit."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _axes(canvas: Canvas, landscape: Landscape) -> None:
    """Marks and numbers below and to the left, and the name of x."""
    unit, bottom = canvas.unit, canvas.top + canvas.height
    for place, words in _fitting(canvas, landscape.x):
        x = canvas.left + place * canvas.width
        canvas.line(x, bottom, x, bottom + unit // 2)
        canvas.write(x, bottom + 0.8 * unit, words, "ma")
    for place, words in axis_ticks(landscape.y):
        y = bottom - place * canvas.height
        canvas.line(canvas.left - unit // 2, y, canvas.left - 1, y)
        canvas.write(canvas.left - 0.8 * unit, y, words, "rm")
    canvas.write(canvas.left + canvas.width / 2, bottom + 2.4 * unit, _named(landscape, "x"), "ma", colour="--ink")


def _fitting(canvas: Canvas, axis: Axis) -> list[tuple[float, str]]:
    """Marks of the axis below, fewer where their numbers are long."""
    for most in (8, 6, 5, 4, 3):
        marks = axis_ticks(axis, most)
        if sum(canvas.fonts[1].getlength(words) + canvas.unit for _, words in marks) <= canvas.width:
            break
    return marks


def _named(landscape: Landscape, which: str) -> str:
    axis = landscape.x if which == "x" else landscape.y
    return f"{axis.name} (log scale)" if axis.is_log else axis.name


def _label(image: Image.Image, canvas: Canvas, name: str) -> None:
    """The name of y, turned."""
    from PIL import Image, ImageDraw

    style = variables("light")
    long, high = round(canvas.fonts[1].getlength(name)) + 4, round(1.6 * canvas.unit)
    strip = Image.new("RGB", (long, high), style["--paper"].strip())
    ImageDraw.Draw(strip).text((2, high / 2), name, fill=style["--ink"].strip(), font=canvas.fonts[1], anchor="lm")
    turned = strip.rotate(90, expand=True)
    image.paste(turned, (round(0.4 * canvas.unit), canvas.top + (canvas.height - long) // 2))


def _scales(image: Image.Image, canvas: Canvas, landscape: Landscape) -> None:
    """Both scales of colours, and the colour of what did neither, to the right of the plane."""
    unit, x = canvas.unit, canvas.left + canvas.width + round(1.6 * canvas.unit)
    space = canvas.height - 3 * unit
    y = canvas.top
    for code, scale in ((LEARNED, learned_scale(landscape)), (DIVERGED, diverged_scale(landscape))):
        if (landscape.outcome == code).any():
            _bar(image, canvas, scale, x, y, round(space / 2 - 4.4 * unit))
        y += round(space / 2)
    if (landscape.outcome == NOT_LEARNED).any():
        y = canvas.top + canvas.height - 2 * unit
        canvas.draw.rectangle((x, y, x + 1.4 * unit, y + 1.4 * unit), fill=variables("light")[PLAIN].strip())
        canvas.write(x + 2 * unit, y + 0.7 * unit, "neither", "lm")


def _bar(image: Image.Image, canvas: Canvas, scale: Scale, x: int, y: int, height: int) -> None:
    """One scale: its title in two lines, its colours from low at the foot to high, its numbers."""
    from PIL import Image

    unit = canvas.unit
    head, _, rest = scale.title.partition(": ")
    canvas.write(x, y, head, "la", colour="--ink")
    canvas.write(x, y + 1.3 * unit, rest, "la")
    top, width = y + 3 * unit, round(1.4 * unit)
    places = np.linspace(1.0, 0.0, height)[:, None].repeat(width, axis=1)
    image.paste(Image.fromarray(scale.paint(places)), (x, top))
    for value, words in log_marks(scale.low, scale.high, 6):
        at = top + (1.0 - float(scale.place(value))) * (height - 1)
        canvas.line(x + width, at, x + width + unit // 3, at)
        canvas.write(x + width + 0.7 * unit, at, words, "lm")
