"""What the role that pages read as sees of looks: its municipality's own people's, and nobody else's."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from contracts.codes import Role
from gateway.folders.looks import Channel, Looks, Part, Purpose, Refusal, Viewer, Wanted
from gateway.folders.seen_by import MOST, find_seen_by
from gateway.readmodel.reader import Reader
from tests.browser.stage.world import BERGEN, OSLO

LIST = "FL-2026-000123"
KARI = Viewer("u-1", "Kari Nordmann", Role.SETTLEMENT_WRITER, Channel.PAGE)
ROLF = Viewer("u-2", "Rolf Les", Role.SETTLEMENT_READER, Channel.API)


def at(municipality_id: str, number: int = 1, part: Part = Part.IDENTIFIED) -> Wanted:
    return Wanted(municipality_id, LIST, number, part, Purpose.SETTLEMENT)


@pytest.mark.usefixtures("database")
async def test_a_municipality_sees_its_own_peoples_looks_at_that_person(reading: Any) -> None:
    """The latest first; not another's, not at another person, not refused ones, not of who has no role there."""
    looks = Looks(reading)
    await looks.record(KARI, at(OSLO))
    await looks.record(ROLF, at(OSLO, part=Part.LETTER))
    await looks.record(KARI, at(OSLO, number=2))
    await looks.record(Viewer("u-3", "Berit", Role.SETTLEMENT_WRITER, Channel.PAGE), at(BERGEN))
    await looks.record(ROLF, at(OSLO, part=Part.HEALTH), Refusal.ROLE)
    await looks.record(Viewer("u-3", "Berit", None, Channel.PAGE), at(OSLO), Refusal.NO_ACCESS)
    found = await find_seen_by(Reader(reading), OSLO, LIST, 1)
    assert [(one.by, one.part, one.channel, one.role) for one in found.looks] == [
        ("Rolf Les", Part.LETTER, Channel.API, Role.SETTLEMENT_READER),
        ("Kari Nordmann", Part.IDENTIFIED, Channel.PAGE, Role.SETTLEMENT_WRITER),
    ]
    assert not found.more
    assert [one.by for one in (await find_seen_by(Reader(reading), BERGEN, LIST, 1)).looks] == ["Berit"]


@pytest.mark.usefixtures("database")
async def test_the_policies_hold_whatever_is_asked(reading: Any) -> None:
    """Without a municipality no row; with one only its own people's allowed ones, and why others were refused never."""
    looks = Looks(reading)
    await looks.record(KARI, at(OSLO))
    await looks.record(Viewer("u-3", "Berit", None, Channel.PAGE), at(OSLO), Refusal.NO_ACCESS)
    assert await reading.fetch("SELECT display_name FROM gateway.look") == []
    async with Reader(reading).as_municipality(OSLO) as connection:
        assert [row[0] for row in await connection.fetch("SELECT display_name FROM gateway.look")] == ["Kari Nordmann"]
    async with Reader(reading).as_municipality(BERGEN) as connection:
        assert await connection.fetch("SELECT display_name FROM gateway.look") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reading.fetch("SELECT refusal FROM gateway.look")


@pytest.mark.usefixtures("database")
async def test_more_than_a_page_holds_is_told(reading: Any) -> None:
    """Of very many the latest."""
    await Looks(reading).record_all(KARI, [at(OSLO)] * (MOST + 1))
    found = await find_seen_by(Reader(reading), OSLO, LIST, 1)
    assert (len(found.looks), found.more) == (MOST, True)
