"""What /metrics shows."""

from desk.metrics import EVERY

from .markdown import page, table


def shown() -> str:
    rows = []
    for metric in EVERY:
        (family,) = metric.describe()
        end = "_total" if family.type == "counter" else ""
        labels = ", ".join(f"`{name}`" for name in metric._labelnames)
        rows.append([f"`{family.name}{end}`", family.type, labels, family.documentation])
    return page(
        "Metrics",
        "At `/metrics` of `web.listen`, in the form of Prometheus, beside those of the process and of Python "
        "(`process_*`, `python_*`). What stands in the database is the same at every replica: take the `max` "
        "of it. Counters and histograms are each process's own: take the `sum`. No label holds a number, a "
        "text or the name of a person. How to use them: [monitor](../how-to/monitor.md).",
        table(["metric", "type", "labels", "meaning"], rows),
    )
