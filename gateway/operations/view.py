"""What the operations page shows of what the processes told: sums and times, never what or whom they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from gateway.operations.figures import Figures, together
from gateway.operations.lookout import Process, Seen, State

ORDER = ("planned", "claimed", "handing_over", "to_make", "to_send", "followed")
"""Of the states of mails and letters; a newer one comes last."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """What one service has not sent, and what it has put aside. None: it does not tell."""

    service: str
    rows: float | None
    age: float | None
    aside: float | None
    parked: float | None

    @property
    def known(self) -> bool:
        """Whether its database told."""
        return self.rows is not None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far one consumer group is behind, in records, on how many partitions."""

    group: str
    topic: str
    records: float
    partitions: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits by its state, and for how many seconds the one that waits longest has been due. None: not told."""

    by_state: Mapping[str, float]
    overdue: float | None

    @property
    def known(self) -> bool:
        """Whether it was told."""
        return self.overdue is not None


@dataclass(frozen=True)
class View:
    """A look at all of it."""

    seen: Seen

    @cached_property
    def _services(self) -> Mapping[str, Figures]:
        found: dict[str, list[Figures]] = {}
        for process in self.seen.processes:
            found.setdefault(process.service, []).append(process.figures)
        return {service: together(told) for service, told in found.items()}

    @cached_property
    def _all(self) -> Figures:
        return together(self._services.values())

    @property
    def processes(self) -> tuple[Process, ...]:
        """Give the processes, in the order in which they are configured."""
        return self.seen.processes

    def alarms(self, process: Process) -> list[str]:
        """Name what lasts that somebody should look at."""
        return sorted(process.figures.by("alarm", "alarm"))

    @property
    def well(self) -> bool:
        """Whether every process is ready and none has an alarm."""
        return all(one.state is State.READY and not self.alarms(one) for one in self.processes)

    @property
    def outboxes(self) -> list[Outbox]:
        """Give what each service has not sent or could not handle."""
        names = ("outbox_rows", "outbox_age_seconds", "outbox_aside_rows", "dead_letters")
        return [Outbox(service, *(told.one(name) for name in names)) for service, told in self._services.items()]

    @property
    def lags(self) -> list[Lag]:
        """Give the lag of each consumer group, the farthest behind first."""
        found: dict[tuple[str, str], list[float]] = {}
        for labels, records in self._all.samples.get("consumer_lag_records", ()):
            found.setdefault((labels.get("reader", ""), labels.get("topic", "")), []).append(records)
        lags = [Lag(*key, sum(records), len(records)) for key, records in found.items()]
        return sorted(lags, key=lambda one: (-one.records, one.group))

    @property
    def mails(self) -> Queue:
        """Give the e-mails that are not at an end."""
        return Queue(self._in_order("mails_in_hand", "state"), self._all.one("mails_overdue_seconds"))

    @property
    def digests(self) -> float | None:
        """Give how many daily digests somebody waits for."""
        return self._all.one("digests_waiting")

    @property
    def mails_to_decide(self) -> Mapping[str, float]:
        """Give the e-mails of which somebody has to decide, by why."""
        return self._all.by("mails_to_decide", "failure")

    @property
    def contacts_unreached(self) -> Mapping[str, float] | None:
        """Give the contacts whom e-mails do not reach, by why. None: nobody who knows has answered."""
        return self._all.by("contacts_unreached", "failure") if self._tells("municipality") else None

    @property
    def not_mailed(self) -> Mapping[str, float] | None:
        """Give the municipalities in which nobody is mailed, by why; None as for the contacts."""
        return self._all.by("municipalities_not_mailed", "why") if self._tells("municipality") else None

    def _tells(self, service: str) -> bool:
        """Whether a service's database has answered: a figure by codes has no lines where there is nothing to count."""
        return self._services.get(service, Figures()).one("outbox_rows") is not None

    @property
    def letters(self) -> Queue:
        """Give the letters to be made, to be sent to SvarUt, and followed there."""
        return Queue(self._in_order("letters_in_hand", "stage"), self._all.one("letters_overdue_seconds"))

    def _in_order(self, name: str, label: str) -> dict[str, float]:
        """Give a figure by states, in the order in which they are passed."""
        told, place = self._all.by(name, label), {state: number for number, state in enumerate(ORDER)}
        return {state: told[state] for state in sorted(told, key=lambda one: (place.get(one, len(place)), one))}

    @property
    def commands(self) -> Mapping[str, float]:
        """Give the commands whose owner has not answered, by topic."""
        return self._all.by("commands_waiting", "topic")

    @property
    def lists_open(self) -> Mapping[str, float]:
        """Give the lists that are not answered, by status."""
        return self._all.by("lists_open", "status")

    @property
    def lists_near(self) -> float | None:
        """Give how many of them have their last days to answer."""
        return self._all.one("lists_near_deadline")

    @property
    def lists_overdue(self) -> float | None:
        """Give how many of them are over their deadline."""
        return self._all.one("lists_overdue")
