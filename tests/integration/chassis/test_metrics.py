"""What a running service tells Prometheus, read as Prometheus does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from chassis.reading.subscriptions import Received
from chassis.seeing.metrics import Figure
from chassis.service import running
from chassis.storage.transaction import Transaction
from tests.integration.chassis.stage import SECONDS, Counted, Stage, counted, until


def read(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Index samples by name and labels."""
    families = text_string_to_metric_families(text.decode())
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for each in families for one in each.samples}


def labels(**given: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(given.items()))


async def test_what_was_handled_how_long_it_took_and_what_is_left_is_told(stage: Stage) -> None:
    """Counts, batches, handlers, ages and lag by reader; outbox, dead letters and alarms; the service's own figures."""
    figure = Figure(
        "effects", "Effects.", "SELECT subject, count(*) AS value FROM effect GROUP BY subject", ("subject",)
    )
    service = replace(stage.service(), figures=[figure])
    await stage.produce([counted("a", number) for number in (1, 2, 3)])
    async with running(service, stage.settings()) as state:
        await stage.applied(3)
        group = state.readers[0].group

        async def settled() -> Any:
            found = read((await state.metrics()).content)
            return found if found.get(("fordeling_batch_records_sum", labels(reader=group))) == 3 else None

        found = await until(settled)
        assert found["fordeling_messages_total", labels(reader=group, outcome="handled")] == 3
        # Told before there is any: of a series that begins at 1 Prometheus sees no increase.
        assert found["fordeling_messages_total", labels(reader=group, outcome="gaps")] == 0
        assert found["fordeling_handler_seconds_count", labels(reader=group, type=Counted.message_type)] == 3
        assert found["fordeling_message_age_seconds_count", labels(reader=group)] == 3
        lag = [
            value
            for (name, at), value in found.items()
            if name == "fordeling_consumer_lag_records" and dict(at)["reader"] == group
        ]
        assert lag
        assert set(lag) == {0}
        assert found["fordeling_effects", labels(subject="a")] == 3
        assert found["fordeling_database_up", ()] == 1
        assert found["fordeling_outbox_rows", ()] == 0
        assert found["fordeling_dead_letters", ()] == 0
        assert found["fordeling_build_info", labels(service=stage.name, version=state.settings.version)] == 1
        assert found["process_resident_memory_bytes", ()] > 0


async def test_the_lag_of_a_reader_that_does_not_get_on_is_told(stage: Stage) -> None:
    """What comes while it is busy with one batch is counted, though it reads no further meanwhile."""
    taken, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_received: Received[Counted], _transaction: Transaction) -> None:
        taken.set()
        await go_on.wait()

    await stage.produce([counted("a", 1)])
    async with running(stage.service(wait), stage.settings()) as state:

        async def behind(records: int) -> bool:
            await state.intake.probe()
            return sum((await state.intake.lag()).values()) == records

        await asyncio.wait_for(taken.wait(), SECONDS)
        await stage.produce([counted("a", 2)])
        await until(lambda: behind(1))
        await asyncio.sleep(1)  # read ahead by now
        await stage.produce([counted("a", number) for number in (3, 4, 5)])
        await until(lambda: behind(4))
        go_on.set()
        await until(lambda: behind(0))


async def test_a_parked_message_is_told_as_a_figure_and_an_alarm(stage: Stage) -> None:
    """So that an alert can be made of them."""

    async def fail(_received: Received[Counted], _transaction: Transaction) -> None:
        raise ValueError

    await stage.produce([counted("a", 1)])
    async with running(stage.service(fail), stage.settings()) as state:

        async def told() -> Any:
            await state.backlog.look()
            found = read((await state.metrics()).content)
            alarmed = ("fordeling_alarm", labels(alarm="messages are parked")) in found
            # The process counts it once it has the database's word, which others may hear before.
            return found if alarmed and found.get(parked) else None

        parked = ("fordeling_messages_total", labels(reader=state.readers[0].group, outcome="parked"))
        found = await until(told)
        assert found["fordeling_dead_letters", ()] == 1
        assert found[parked] == 1


async def test_without_its_database_it_still_answers_and_says_so(stage: Stage) -> None:
    """What is counted in the process is told; what would have to be looked up is left out, not told as zero."""
    async with running(stage.service(), stage.settings()) as state:
        await state.pool.close()
        found = read((await state.metrics()).content)
        assert found["fordeling_database_up", ()] == 0
        assert ("fordeling_outbox_rows", ()) not in found
        assert ("fordeling_relay_leading", ()) in found
