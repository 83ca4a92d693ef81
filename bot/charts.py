"""Charts as pictures. matplotlib is slow to import, so only a drawing does that; draw in a thread."""

import io
from typing import TYPE_CHECKING

from .keyboards import Chart, Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# By outcome; told apart by people who do not tell red from green too (Okabe and Ito's palette).
COLOURS = {
    "delivered": "#009E73",
    "under_way": "#56B4E9",
    "doubtful": "#E69F00",
    "failed": "#D55E00",
    "stopped": "#999999",
}
FEW = 7  # days below which bars grow no wider
LABELLED = 12  # days that have their name below the axis


def draw(chart: Chart | Curve) -> bytes:
    """The chart as PNG. Blocks for a part of a second, at the first time for more."""
    # Not pyplot: it keeps every figure, and is not made for threads.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), dpi=125, layout="constrained")
    axes = figure.add_subplot()
    if isinstance(chart, Curve):
        _draw_curve(chart, axes)
    else:
        _draw_bars(chart, axes)
    every = -(-len(chart.days) // LABELLED)
    axes.set_xticks(list(range(len(chart.days)))[::every], chart.days[::every])
    margin = 0.6 + max(0, FEW - len(chart.days)) / 2  # a single day is no wall
    axes.set_xlim(-margin, len(chart.days) - 1 + margin)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=len(COLOURS), frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _draw_bars(chart: Chart, axes: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator

    places = range(len(chart.days))
    bottom = [0] * len(chart.days)
    for outcome, name, counts in chart.series:
        axes.bar(places, counts, bottom=bottom, color=COLOURS[outcome], label=name, width=0.8)
        bottom = [below + count for below, count in zip(bottom, counts, strict=True)]
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_ylim(bottom=0)


def _draw_curve(curve: Curve, axes: "Axes") -> None:
    """A point a day. Zero is always seen, and so is how far it is."""
    values = [float(value) for value in curve.values]
    axes.plot(range(len(values)), values, marker="o", color=COLOURS["under_way"], label=curve.name)
    axes.axhline(0, color=COLOURS["stopped"], linewidth=0.8)
    if curve.line is not None:
        axes.axhline(float(curve.line), color=COLOURS["failed"], linestyle="--", linewidth=1)
