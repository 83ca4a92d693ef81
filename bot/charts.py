"""Charts as pictures. matplotlib is slow to import, so only a drawing does that; draw in a thread."""

import io

from .keyboards import Chart

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


def draw(chart: Chart) -> bytes:
    """The chart as PNG. Blocks for a part of a second, at the first time for more."""
    # Not pyplot: it keeps every figure, and is not made for threads.
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 4), dpi=125, layout="constrained")
    axes = figure.add_subplot()
    places = range(len(chart.days))
    bottom = [0] * len(chart.days)
    for outcome, name, counts in chart.series:
        axes.bar(places, counts, bottom=bottom, color=COLOURS[outcome], label=name, width=0.8)
        bottom = [below + count for below, count in zip(bottom, counts, strict=True)]
    every = -(-len(chart.days) // LABELLED)
    axes.set_xticks(list(places)[::every], chart.days[::every])
    margin = 0.6 + max(0, FEW - len(chart.days)) / 2  # a single day is no wall
    axes.set_xlim(-margin, len(chart.days) - 1 + margin)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=len(chart.series), frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
