"""What the tests before the service do with lists, and what they look for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts import codes, topics
from contracts.distribution import v1
from contracts.fields import Actor
from contracts.imdi.v1 import PublishDistributionList
from tests.integration.desks import Heard
from tests.integration.distribution.desk import DistributionDesk
from tests.unit.distribution.samples import body, minor, offered

KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
OLA = Actor(user_id="user-ola", display_name="Ola Hansen", role=codes.Role.SETTLEMENT_WRITER)
EVENTS, STATE, FOLDERS = (
    topic.name for topic in (topics.DISTRIBUTION_EVENTS, topics.DISTRIBUTION_STATE, topics.PERSON_FOLDERS)
)


def of(heard: Iterable[Heard], list_id: str, topic: str | None = None) -> list[Heard]:
    """List what was said of a list and its persons."""
    return [
        one for one in heard if one.envelope.subject.split("/")[0] == list_id and (topic is None or one.topic == topic)
    ]


async def rejection(desk: DistributionDesk, message_id: str, count: int = 1) -> v1.Rejection:
    """Wait for so many rejections of a message; gives the last one."""

    def found(heard: list[Heard]) -> list[v1.Rejection]:
        told = [one.body for one in heard if isinstance(one.body, v1.Rejection) and one.body.message_id == message_id]
        return told if len(told) >= count else []

    return (await desk.hear(found))[-1]


def told(rejected: v1.Rejection) -> set[tuple[str, str]]:
    """Give path and code of each error."""
    return {(error.path, error.code) for error in rejected.errors}


async def state_at(desk: DistributionDesk, list_id: str, version: int) -> v1.ListState:
    """Wait for a list's state of that version."""

    def found(heard: list[Heard]) -> list[Heard]:
        return [one for one in of(heard, list_id, STATE) if one.key == list_id and one.envelope.sequence == version]

    state: v1.ListState = (await desk.hear(found))[0].body
    return state


async def received(desk: DistributionDesk, number: int, **changes: Any) -> dict[str, Any]:
    """Publish a list of three and wait for it; gives what each command of it carries."""
    list_id, who = f"FL-2026-{number:06}", number * 10
    persons = changes.pop("persons", [offered(1, who=who), offered(2, who=who + 1), minor(3, who=who + 2)])
    await desk.publish(body(list_id, persons=persons, **changes))
    await state_at(desk, list_id, 1)
    return {"list_id": list_id, "municipality_id": "k-0301", "expected_version": 1, "actor": KARI}


def decisions(*declined: int) -> list[v1.Decision]:
    """Decide on three persons, of whom these are declined."""
    reason = codes.DeclineReason.OTHER
    return [
        v1.Decision(running_number=number, accept=False, reason=reason, reason_text="Bør bo nær familien.")
        if number in declined
        else v1.Decision(running_number=number)
        for number in (1, 2, 3)
    ]


def two(serial: int, **changes: Any) -> PublishDistributionList:
    """Give a list of two persons of its own, with these changes."""
    who = serial * 10
    return body(f"FL-2026-{serial:06}", **({"persons": [offered(1, who=who), offered(2, who=who + 1)]} | changes))
