"""A figure of ours as Plotly's own object, for notebooks and for further changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tunescape.errors import MissingExtraError
from tunescape.reports.figures.keys import Group
from tunescape.reports.figures.style import Figure
from tunescape.reports.pictures.colours import Theme, resolved
from tunescape.reports.pictures.panels import as_group, joined

if TYPE_CHECKING:
    import plotly.graph_objects as go


def as_plotly(drawing: Figure | Group | Sequence[Figure], theme: Theme = "light") -> go.Figure:
    """Return a figure as a Plotly object, which shows itself in a notebook.

    Args:
        drawing: A figure, a group of figures, or a list of figures; several become panels of one.
        theme: ``"light"`` or ``"dark"``; Plotly's object knows one of them at a time.

    Raises:
        InputError: There is no such theme.
        MissingExtraError: Plotly is not installed.
    """
    try:
        import plotly.graph_objects as go
    except ImportError:
        raise MissingExtraError("Figures need Plotly; install it with: pip install plotly") from None
    return go.Figure(resolved(joined(as_group(drawing)), theme))
