"""What is known of persons is erased: IMDi says so, or their time is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis import errors
from services.distribution.domain.erasure import Erasing, erase_list, erase_persons
from services.distribution.use_cases.imdis_word import Word, heed
from services.distribution.use_cases.ports import Lists, Ports

AT_ONCE = 20
"""Lists a transaction."""


@dataclass(frozen=True, slots=True)
class ErasePersons:
    """Whom IMDi has erased, and why."""

    word: Word
    wanted: Erasing


async def erase(message: ErasePersons, ports: Ports, *, received_at: datetime) -> None:
    """Erase them everywhere here and tell the others, or send the message back; who is erased already stays so."""
    await heed(
        message.word,
        ports,
        lambda current: erase_persons(current, message.wanted, at=received_at),
        received_at=received_at,
    )


@dataclass(frozen=True, slots=True)
class Outdated:
    """What became of lists whose time is over. ``failed``: those that could not be erased, and why."""

    erased: int
    failed: Mapping[str, Exception]

    @property
    def more(self) -> bool:
        """Whether as many were due as are taken at once, so that there may be more."""
        return self.erased + len(self.failed) >= AT_ONCE


async def erase_outdated(
    lists: Lists, *, now: datetime, closed_before: datetime, but: Collection[str] = ()
) -> Outdated:
    """Erase the persons of lists on which nothing has happened since then, some lists at a time, without ``but``.

    One that cannot be erased holds up none of the others: it is undone by itself. Raises what may pass by itself.
    """
    erased, failed = 0, dict[str, Exception]()
    for list_id in await lists.closed_before(closed_before, AT_ONCE, but):
        try:
            async with lists.apart():
                current = await lists.of_any_municipality(list_id)
                assert current is not None, "it has just been found, and is locked"
                decided = erase_list(current, at=now)
                assert not isinstance(decided, list), "whoever is still asked for or placed keeps a list open"
                await lists.save(current, *decided)
        except Exception as error:
            if errors.kind(error, in_handler=True) is not errors.Kind.PERMANENT:
                raise
            failed[list_id] = error
        else:
            erased += 1
    return Outdated(erased, failed)
