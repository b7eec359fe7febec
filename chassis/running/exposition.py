"""``/metrics``: what a running service tells Prometheus when it asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import REGISTRY
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from chassis import errors
from chassis.reading import dead_letters
from chassis.reading.consumer import Reader
from chassis.reading.intake import Intake
from chassis.reading.progress import COUNTED
from chassis.relaying.relay import Relay
from chassis.running.alarms import Alarms
from chassis.running.health import Text
from chassis.running.patience import within
from chassis.seeing import metrics
from chassis.seeing.metrics import Figure, Metrics, counters, gauge, gauges
from chassis.storage import outbox
from chassis.storage.database import Pool

ANSWER_SECONDS = 2.0
DATABASE_UP = "Whether the service's own database answers."


@dataclass(frozen=True, slots=True)
class Exposition:
    """Looks at a running service."""

    service: str
    version: str
    counted: Metrics
    figures: Sequence[Figure]
    pool: Pool
    relay: Relay
    readers: Sequence[Reader]
    intake: Intake
    alarms: Alarms

    async def families(self, *alarms: Alarms) -> list[Metric]:
        """Give everything, with further alarms. Without its database what is looked up is missing, and it says so."""
        found = [*self.counted.families(), *self._seen(), alarm_family([self.alarms, *alarms]), await self._lag()]
        try:
            found += await within(ANSWER_SECONDS, self._looked_up())
        except (*errors.DATABASE_ERRORS, TimeoutError):
            return [*found, gauge("database_up", DATABASE_UP, 0)]
        return [*found, gauge("database_up", DATABASE_UP, 1)]

    async def _looked_up(self) -> list[Metric]:
        async with self.pool.acquire() as connection:
            unsent = await outbox.depth(connection)
            parked = await dead_letters.count(connection)
            own = [metrics.read(one, await connection.fetch(one.statement)) for one in self.figures]
        return [
            *own,
            gauge("outbox_rows", "Records that are not sent yet, counted up to 10,001.", unsent.rows),
            gauge("outbox_age_seconds", "How long the oldest of them has waited.", unsent.age),
            gauge("outbox_aside_rows", "Records that Kafka refused for good.", unsent.aside),
            gauge("dead_letters", "Messages that are parked.", parked),
        ]

    def _seen(self) -> Iterator[Metric]:
        yield gauges("build_info", "What runs.", ("service", "version"), {(self.service, self.version): 1})
        yield gauge("relay_leading", "Whether this process sends the outbox.", self.relay.leading)
        # What never happened is told as 0: Prometheus sees no increase where a series begins.
        said: dict[tuple[str, ...], float] = {
            (reader.group, what): count
            for reader in self.readers
            for what, count in {**dict.fromkeys(COUNTED, 0), **reader.progress.counts}.items()
        }
        yield counters("messages", "What became of messages.", ("reader", "outcome"), said)

    async def _lag(self) -> Metric:
        about = "Records behind the end of the topic."
        return gauges("consumer_lag_records", about, ("reader", "topic", "partition"), await self.intake.lag())


def alarm_family(alarms: Iterable[Alarms]) -> Metric:
    """Give what lasts that is wrong."""
    lasting: dict[tuple[str, ...], float] = {(name,): 1.0 for each in alarms for name in each.lasting}
    return gauges("alarm", "1 for each condition that somebody has to look at.", ("alarm",), lasting)


def exposed(families: Iterable[Metric]) -> Text:
    """Write them in Prometheus' text format, with what its client knows of the whole process."""
    registry = CollectorRegistry()
    registry.register(_Given([*families, *REGISTRY.collect()]))
    return Text(CONTENT_TYPE_PLAIN_0_0_4, generate_latest(registry))


@dataclass(frozen=True, eq=False)
class _Given(Collector):
    families: Sequence[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families
