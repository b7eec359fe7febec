"""What Prometheus is told of a service. Names, units and meanings: docs/metrics.md.

What happens is counted where it happens; what lies somewhere is looked up when somebody asks. Labels are names of
readers, topics, message types and states: never a subject, nor anything of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, for nobody

PREFIX = "fordeling_"
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
AGES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86400.0)
"""How old a message is when its effect is committed: a second is usual, days are those of a redrive."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a service looks up in its own database when somebody asks: cheap, by an index.

    statement: gives a row for each combination of ``labels`` (columns of text), and the figure as ``value``.
    """

    name: str
    about: str
    statement: str
    labels: tuple[str, ...] = ()


@dataclass
class Metrics:
    """What one running service counts."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.batch_records = self._histogram("batch_records", "Records in a batch.", SIZES, "reader")
        self.batch_seconds = self._histogram("batch_seconds", "Time to handle a batch.", SECONDS, "reader")
        self.handler_seconds = self._histogram(
            "handler_seconds", "Time of a handler, one message.", SECONDS, "reader", "type"
        )
        self.message_age = self._histogram(
            "message_age_seconds", "From a message's making until its effect was committed.", AGES, "reader"
        )
        self.end_to_end = self._histogram(
            "end_to_end_seconds", "From the making of the first message it follows from until here.", AGES, "reader"
        )
        self.window_records = self._histogram("relay_window_records", "Records that the relay sent at once.", SIZES)
        self.window_seconds = self._histogram("relay_window_seconds", "Time until they could be read.", SECONDS)

    def _histogram(self, name: str, about: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(PREFIX + name, about, labels, buckets=buckets, registry=self.registry)

    def families(self) -> Iterable[Metric]:
        """Give what has been counted."""
        return self.registry.collect()


def gauge(name: str, about: str, value: float) -> Metric:
    """Make a figure without labels."""
    return GaugeMetricFamily(PREFIX + name, about, value=value)


def gauges(name: str, about: str, labels: Sequence[str], values: Mapping[tuple[str, ...], float]) -> Metric:
    """Make a figure by labels."""
    family = GaugeMetricFamily(PREFIX + name, about, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def counters(name: str, about: str, labels: Sequence[str], values: Mapping[tuple[str, ...], float]) -> Metric:
    """Make a count by labels; it begins anew with the process."""
    family = CounterMetricFamily(PREFIX + name, about, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def read(figure: Figure, rows: Sequence[asyncpg.Record]) -> Metric:
    """Make a figure's gauges of its rows."""
    values = {tuple(str(row[label]) for label in figure.labels): float(row["value"]) for row in rows}
    return gauges(figure.name, figure.about, figure.labels, values)
