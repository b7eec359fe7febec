"""What a process tells Prometheus, as far as the operations page shows it: names and labels as in docs/metrics.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

PREFIX = "fordeling_"
WANTED = (
    "alarm",
    "commands_waiting",
    "consumer_lag_records",
    "contacts_unreached",
    "dead_letters",
    "digests_waiting",
    "letters_in_hand",
    "letters_overdue_seconds",
    "lists_near_deadline",
    "lists_open",
    "lists_overdue",
    "mails_in_hand",
    "mails_overdue_seconds",
    "mails_to_decide",
    "municipalities_not_mailed",
    "outbox_age_seconds",
    "outbox_aside_rows",
    "outbox_rows",
)
STARTS = tuple(PREFIX + name for name in WANTED)

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """The samples of one process by the metric's name without our prefix; one that it does not tell has none."""

    samples: Mapping[str, tuple[tuple[Labels, float], ...]] = field(default_factory=dict)

    def one(self, name: str) -> float | None:
        """Give a figure without labels; None where it is not told."""
        found = self.samples.get(name, ())
        return found[0][1] if found else None

    def by(self, name: str, label: str) -> dict[str, float]:
        """Give a figure by one of its labels, added up over the others."""
        found: dict[str, float] = {}
        for labels, value in self.samples.get(name, ()):
            key = labels.get(label, "")
            found[key] = found.get(key, 0.0) + value
        return found


def read(text: str) -> Figures:
    """Read what ``/metrics`` answered; only the lines that are shown are parsed. Raises ValueError."""
    lines = "\n".join(line for line in text.splitlines() if line.startswith(STARTS))
    found: dict[str, list[tuple[Labels, float]]] = {}
    for family in text_string_to_metric_families(lines + "\n"):
        for sample in family.samples:
            name = sample.name.removeprefix(PREFIX)
            if name in WANTED:
                found.setdefault(name, []).append((dict(sample.labels), float(sample.value)))
    return Figures({name: tuple(samples) for name, samples in found.items()})


def together(told: Iterable[Figures]) -> Figures:
    """Put the processes of one service together: the largest of what several of them tell of the same."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for figures in told:
        for name, samples in figures.samples.items():
            largest = found.setdefault(name, {})
            for labels, value in samples:
                key = tuple(sorted(labels.items()))
                largest[key] = max(value, largest.get(key, value))
    return Figures(
        {name: tuple((dict(key), value) for key, value in largest.items()) for name, largest in found.items()}
    )
