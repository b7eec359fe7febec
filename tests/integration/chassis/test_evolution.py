"""A sender that is ahead of its reader, over real Kafka: what the reader does not know waits in order until it does."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar

from chassis.reading import dead_letters
from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.redriving import redrive_requests
from chassis.redriving.redrive_requests import RedriveResult
from chassis.service import Service, running
from chassis.storage.transaction import Transaction
from contracts.envelope import Envelope, Message, Upcast
from tests.integration.chassis.stage import NOON, Counted, Stage, counted, until


class Colour(StrEnum):
    RED = "red"


class LaterColour(StrEnum):
    RED = "red"
    GREEN = "green"


class Painted(Message):
    message_type: ClassVar[str] = "test.painted.v1"
    number: int
    colour: Colour


class PaintedLater(Painted):
    """The next minor version: one code more, and an optional field."""

    colour: LaterColour  # type: ignore[assignment]
    shade: str | None = None


class CountedV2(Message):
    """The next major version of what the stage counts: the number is called otherwise, and is text."""

    message_type: ClassVar[str] = "test.counted.v2"
    count: str


UPCAST = Upcast(Counted, CountedV2, lambda old: CountedV2(count=str(old.number)))


def sent(subject: str, sequence: int, body: Message) -> tuple[str, Envelope, bytes]:
    envelope = Envelope(f"{subject}:{sequence}", "/test", body.message_type, subject, NOON, sequence=sequence)
    return subject, envelope, body.model_dump_json().encode()


def keeping(field: str) -> Any:
    async def keep(received: Received[Any], transaction: Transaction) -> None:
        await transaction.connection.execute(
            "INSERT INTO effect (subject, number, message_id) VALUES ($1, $2, $3)",
            *(received.envelope.subject, int(getattr(received.body, field)), received.envelope.type),
        )

    return keep


def service(stage: Stage, message: type[Message], field: str, upcasts: Sequence[Upcast] = ()) -> Service:
    read = Subscription(stage.topic, {message: keeping(field)}, Dedupe.SEQUENCE)
    return Service(stage.name, f"/test/{stage.name}", [read], upcasts=upcasts)


async def redriven(stage: Stage, subject: str) -> RedriveResult:
    reader = f"{stage.name}.{stage.topic}"
    request = await redrive_requests.ask(stage.connection, reader, subject, by="tester", dry_run=False)
    assert request is not None
    found = await until(lambda: redrive_requests.result(stage.connection, request))
    assert isinstance(found, RedriveResult)
    return found


async def test_the_next_major_waits_until_the_reader_knows_it_and_the_last_one_is_upcast(stage: Stage) -> None:
    """The old reader parks it with what follows of its subject; the new one redrives both majors in their order.

    Everything else goes on under both, the last major also when it comes after the upgrade.
    """
    await stage.produce([counted("a", 1), sent("a", 2, CountedV2(count="2")), counted("a", 3), counted("b", 1)])
    async with running(service(stage, Counted, "number"), stage.settings()):
        await stage.applied(2)
        await until(lambda: _has(stage, 2))
    letters = await dead_letters.letters(stage.connection)
    assert [(one.type, one.error, one.behind) for one in letters] == [
        ("test.counted.v2", "invalid", False),
        ("test.counted.v1", "", True),
    ]
    assert [(problem.path, problem.code) for problem in letters[0].fields] == [("headers.ce_type", "unknown-type")]
    async with running(service(stage, CountedV2, "count", [UPCAST]), stage.settings()):
        assert await redriven(stage, "a") == RedriveResult(2, 0, None)
        await stage.produce([counted("a", 4), sent("a", 5, CountedV2(count="5")), counted("b", 2)])
        await stage.applied(7)
    effects = await stage.effects()
    assert [number for subject, number in effects if subject == "a"] == [1, 2, 3, 4, 5]
    assert [number for subject, number in effects if subject == "b"] == [1, 2]
    assert await stage.count("dead_letter") == 0


async def test_a_code_of_the_next_minor_waits_until_the_reader_knows_it(stage: Stage) -> None:
    """The old reader reads a field more; a code more waits with what follows, and is redriven after the upgrade."""
    await stage.produce(
        [
            sent("a", 1, PaintedLater(number=1, colour=LaterColour.RED, shade="dark")),
            sent("a", 2, PaintedLater(number=2, colour=LaterColour.GREEN)),
            sent("a", 3, PaintedLater(number=3, colour=LaterColour.RED)),
            sent("b", 1, PaintedLater(number=1, colour=LaterColour.RED)),
        ]
    )
    async with running(service(stage, Painted, "number"), stage.settings()):
        await stage.applied(2)
        await until(lambda: _has(stage, 2))
        assert await redriven(stage, "a") == RedriveResult(
            0, 2, "invalid", (await dead_letters.letters(stage.connection))[0].id, (await _fields(stage))
        )
    assert [(one.path, one.code) for one in await _fields(stage)] == [("colour", "enum")]
    async with running(service(stage, PaintedLater, "number"), stage.settings()):
        assert await redriven(stage, "a") == RedriveResult(2, 0, None)
    assert [number for subject, number in await stage.effects() if subject == "a"] == [1, 2, 3]


async def _fields(stage: Stage) -> Any:
    return (await dead_letters.letters(stage.connection))[0].fields


async def _has(stage: Stage, letters: int) -> bool:
    return await stage.count("dead_letter") == letters
