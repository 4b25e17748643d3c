"""Numbers and names as all renderers write them: "22 %", "0.967", "3,456", "<0.001"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DASH = "–"


def number(value: float | None) -> str:
    """Write a number with three significant digits; a dash where there is none."""
    if value is None or value != value:
        return DASH
    return f"{value:.3g}" if abs(value) < 1e6 else f"{value:.3e}"


def percent(share: float | None) -> str:
    """Write a share in a sentence: "22 %", "under 1 %"."""
    if share is None or share != share:
        return DASH
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def counted(n: int, noun: str) -> str:
    """Write how many of something: "1 trial", "3,456 trials"."""
    return f"{n:,} {noun if n == 1 else noun + 's'}"


def level(value: Any) -> str:
    """Write a value of a hyperparameter."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def brief_level(value: Any) -> str:
    """Write a value of a hyperparameter where space is short: four significant digits."""
    if value is None:
        return "inactive"
    return f"{value:.4g}" if isinstance(value, float) and 1e-4 < abs(value) < 1e4 else level(value)


def brief_share(share: float | None) -> str:
    """Write a share in a column of shares: "22 %", "<1 %", "0 %"."""
    if share is None or share != share:
        return DASH
    if 0.0005 <= share < 0.005:
        return "<1 %"
    return f"{100 * max(share, 0.0):.0f} %"


def count(n: float | None) -> str:
    """Write a count with its thousands apart: "3,456"."""
    return DASH if n is None else f"{n:,.0f}"


def interval(low: float | None, high: float | None, write: Callable[[float | None], str] = number) -> str:
    """Write the two ends of an interval: "0.95–0.98"; a dash where there is none."""
    if low is None or high is None:
        return DASH
    joint = " to " if low < 0 else DASH
    return f"{write(low)}{joint}{write(high)}"


def share_interval(low: float | None, high: float | None) -> str:
    """Write an interval of shares: "20–24 %"."""
    if low is None or high is None:
        return DASH
    if high < 0.0005:
        return "<0.1 %"
    digits = 1 if high < 0.0195 else 0
    return f"{100 * max(low, 0.0):.{digits}f}–{100 * max(high, 0.0):.{digits}f} %"


def p_value(p: float | None) -> str:
    """Write a p value: "<0.001", "0.03", "0.4"."""
    if p is None or p != p:
        return DASH
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.0995 else f"{p:.2f}"


def decided(detectable: bool | None) -> str:
    """Write whether an effect is detectable."""
    return DASH if detectable is None else "yes" if detectable else "no"


def names(configuration: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """List a configuration as written pairs of name and value."""
    return [(str(name), level(value)) for name, value in (configuration or {}).items()]


def times(parameters: Any) -> str:
    """Write the names of hyperparameters that act together: "learning_rate × l1"."""
    return " × ".join(str(p) for p in parameters)


def metric(name: str) -> str:
    """Write the name of a metric as words: "validation_accuracy" becomes "validation accuracy"."""
    return str(name).replace("_", " ")
