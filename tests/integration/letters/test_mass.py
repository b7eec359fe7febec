"""Ten thousand letters of one municipality are ready; another one's list comes over Kafka meanwhile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import asyncpg
import pytest

from ops.testing.databases import Databases
from services.letters.adapters.letter_columns import about_to_json
from services.letters.domain.about import Requested
from tests.integration.letters.desk import LettersDesk, open_desk
from tests.integration.letters.test_service import until

pytestmark = pytest.mark.heavy

MASS = 10_000
LETTERS = """
INSERT INTO letter (letter_id, version, kind, municipality_id, list_id, persons, placed_on, planned_at, about)
SELECT 'mass-' || number, 1, 'request', 'k-1401', 'ANM-2027-1401', '{}', '2026-11-24', now(), $2
FROM generate_series(1, $1::int) AS number
"""
READY = """
INSERT INTO letter_queue (letter_id, municipality_id, stage, due_at, turn)
SELECT 'mass-' || number, 'k-1401', 'ready', now(), number FROM generate_series(1, $1::int) AS number
"""
MADE = "SELECT count(*) FROM letter_queue WHERE municipality_id = 'k-1401' AND stage = 'settled'"
OTHERS = """
SELECT max(turn) AS turn, max(created_at) AS made_at, max(claims) AS claims
FROM letter_queue JOIN letter USING (letter_id) WHERE letter.municipality_id = 'k-1402'
"""
FURTHEST = """
SELECT max(turn) FROM letter_queue JOIN letter USING (letter_id)
WHERE letter.municipality_id = 'k-1401' AND created_at <= $1
"""
KNOWN = "SELECT count(*) FROM municipality_copy"


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_mass_in_hand_neither_stops_the_reading_nor_delays_another_municipality(
    kafka: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What came last is read, planned, and made in its turn: no more than is in hand is made of the mass before it."""
    url = databases.migrated("services.letters.migrations")
    async with (
        open_database(url) as database,
        open_desk(kafka, url, tmp_path_factory.mktemp("objects")) as plain,
    ):
        desk = LettersDesk(kafka, url, plain.producer, plain.consumer, objects=plain.objects, seconds=100)
        asked = Requested(2027, 20, 0, date(2026, 12, 15))
        await database.execute(LETTERS, MASS, json.dumps(about_to_json(asked)))
        async with desk.service():
            await desk.tell_municipality(1401)
            await until(lambda: database.fetchval(KNOWN))
            await database.execute(READY, MASS)
            await until(lambda: database.fetchval(f"SELECT ({MADE}) > 5"))
            await desk.tell_municipality(1402)
            await desk.open_folder(1402, 1)
            await desk.answer(1402, 1)
            await desk.place(1402, 1)
            await desk.made(1402, 2)
            others = await database.fetchrow(OTHERS)
            furthest = await database.fetchval(FURTHEST, others["made_at"])
        assert others["claims"] == 1
        assert furthest <= others["turn"] + 2 * desk.settings.in_hand
        assert await database.fetchval(MADE) < MASS / 2
