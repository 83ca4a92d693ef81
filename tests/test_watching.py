"""Alert rules and dashboard ask for what /metrics shows: names, labels and the values they look for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, Metric
from prometheus_client.metrics import MetricWrapperBase

from desk import metrics
from providers import errors
from providers.gateways import KINDS
from providers.model import FINAL, MessageState
from storage.standing import OPEN

ROOT = Path(__file__).parents[1]
RULES = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/smsdesk.json"
GUIDE = ROOT / "docs/how-to/monitor.md"
# What Prometheus adds to each series by itself, and le, which every histogram has.
EVERYWHERE = {"job", "instance", "le"}
NOT_OURS = {"up", "process_resident_memory_bytes", "process_open_fds"}
VALUES: dict[str, set[str]] = {
    "state": {str(state) for state in MessageState},
    "queue": {"messages", "notices", "cards", "updates", "pushes"},
    "kind": {one.kind for one in vars(errors).values() if hasattr(one, "kind")},
    "gateway": set(KINDS),
    "job": {"smsdesk"},
    "outcome": {"429", "500", "502", "not_sent", "timed_out", "broken", "forged", "unknown", "stored"},
}


def rules() -> list[dict[str, Any]]:
    loaded = yaml.safe_load(RULES.read_text("utf-8"))
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [one for one in json.loads(DASHBOARD.read_text("utf-8"))["panels"] if one["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def family(metric: MetricWrapperBase) -> Metric:
    (made,) = metric.describe()
    return made


def shown() -> dict[str, set[str]]:
    """The labels of each series that our metrics make, by its name."""
    made: dict[str, set[str]] = {}
    for metric in metrics.EVERY:
        kind = family(metric)
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}[kind.type]
        made |= {kind.name + end: set(metric._labelnames) for end in ends}
    return made


EXPRESSIONS = dict(expressions())
SERIES = re.compile(r"\b(smsdesk_\w+|up|process_\w+)(?:\{([^}]*)\})?")
ASKED = re.compile(r"\bby \(([^)]*)\)")
MATCH = re.compile(r'(\w+)(=~|=)"([^"]*)"')


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_what_is_asked_for_is_shown(name: str) -> None:
    made = shown()
    labels: set[str] = set(EVERYWHERE)
    found = SERIES.findall(EXPRESSIONS[name])
    assert found
    for series, matchers in found:
        assert series in made or series in NOT_OURS
        labels |= made.get(series, set())
        for label, how, value in MATCH.findall(matchers):
            assert label in made.get(series, set()) | EVERYWHERE
            wanted = re.compile(value if how == "=~" else re.escape(value))
            for alternative in value.split("|"):
                pattern = re.compile(alternative)
                assert any(pattern.fullmatch(one) for one in VALUES[label]), alternative
            assert any(wanted.fullmatch(one) for one in VALUES[label])
    for asked in ASKED.findall(EXPRESSIONS[name]):
        assert {one.strip() for one in asked.split(",")} <= labels


def test_words_of_an_alert_use_labels_that_it_has() -> None:
    for rule in rules():
        words = " ".join(rule["annotations"].values())
        grouped = {one.strip() for part in ASKED.findall(rule["expr"]) for one in part.split(",")}
        plain = not re.search(r"\b(sum|max|min|histogram_quantile)\b", rule["expr"])
        for label in re.findall(r"\$labels\.(\w+)", words):
            assert label in grouped or (plain and label in EVERYWHERE), rule["alert"]


def test_every_metric_is_in_the_dashboard_and_every_alert_in_the_guide() -> None:
    asked = " ".join(EXPRESSIONS.values())
    assert [one for one in metrics.EVERY if family(one).name not in asked] == []
    guide = GUIDE.read_text("utf-8")
    assert [rule["alert"] for rule in rules() if f"`{rule['alert']}`" not in guide] == []


def test_every_metric_of_ours_is_listed() -> None:
    ours = {one.name for one in REGISTRY.collect() if one.name.startswith("smsdesk_")}
    assert ours == {family(one).name for one in metrics.EVERY}


def test_open_states_are_those_before_the_end() -> None:
    assert set(OPEN) == set(MessageState) - FINAL


def test_the_dashboard_stands_on_whatever_source_is_chosen() -> None:
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    assert [one["type"] for one in dashboard["templating"]["list"]] == ["datasource"]
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${datasource}"}
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
