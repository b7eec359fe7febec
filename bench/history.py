"""Ten years of lists in the read model, loaded by COPY: how long the pages' questions take, and how they are answered.

Makes a database of its own in the embedded PostgreSQL (about 3 GB of disk and two minutes), and forgets it:
    python -m bench.history [--years 10] [--plans]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg

from chassis.storage.database import create_pool
from chassis.storage.migrate import migrate
from contracts.codes import DeclineReason, ListStatus, PersonStatus
from contracts.distribution.v1 import DraftDecision, PersonFolderState
from contracts.imdi.v1 import PostalAddress
from gateway.exports import csv_file, xlsx_file
from gateway.exports.lists import lists_table
from gateway.readmodel.lists import LISTS, ListFilter, Sort, find_lists
from gateway.readmodel.placed import PLACED, find_placed
from gateway.readmodel.reader import Reader
from gateway.readmodel.statistics import ANSWERS, find_statistics
from ops.embedded.launch import running
from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.testing.databases import Databases
from tests.browser.stage import world  # type: ignore[import-untyped]

LISTS_A_YEAR, PERSONS_A_LIST = 10_000, 4
OSLO, SMALL = "k-0301", "k-1180"
SHARE = [600, *(round(9_400 * share / 7_654) for share in [40 - 37 * rank / 356 for rank in range(356)])]
"""Lists a year: Oslo's 600, then from 49 down to four; the national 10,000 in all."""
TRIES = 40
Rows = list[tuple[object, ...]]
FOLDER = PersonFolderState(
    list_id="FL-2026-000001",
    municipality_id=OSLO,
    running_number=1,
    given_name="Test",
    family_name="Testesen",
    birth_date=date(1990, 1, 1),
    duf_number="202600000101",
    address=PostalAddress(lines=["Testveien 1"], postal_code="0001", city="Oslo"),
    placed_on=date(2026, 1, 1),
)


def municipalities() -> list[str]:
    return [OSLO, *(f"k-{1001 + number}" for number in range(356))]


def history(years: int, chance: random.Random) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Give lists, persons and folders of one year after the other; the last days' lists are not answered."""
    numbers = itertools.count(1)
    template = world.answered("FL-2026-000001", 30)
    persons = [world.person("FL-2026-000001", OSLO, n, 1) for n in range(1, PERSONS_A_LIST + 1)]
    now = datetime.now(UTC).replace(microsecond=0)
    for year in range(now.year - years + 1, now.year + 1):
        start = datetime(year, 1, 2, 8, 0, tzinfo=UTC)
        end = min(now, datetime(year, 12, 30, tzinfo=UTC))
        lists: Rows = []
        people: Rows = []
        folders: Rows = []
        for municipality_id, share in zip(municipalities(), SHARE, strict=True):
            for _ in range(share):
                number = next(numbers)
                at = start + (end - start) * chance.random()
                answered_at = at + timedelta(days=chance.uniform(1, 8))
                done = answered_at < now
                list_id = f"FL-{year}-{number:06}"
                deadline = (at + timedelta(days=7)).date()
                state = template.state.model_copy(
                    update={
                        "list_id": list_id, "municipality_id": municipality_id, "year": year, "received_at": at,
                        "deadline": deadline, "status": ListStatus.ANSWERED if done else ListStatus.RECEIVED,
                        "persons": PERSONS_A_LIST, "answered": world.act(answered_at) if done else None,
                    }
                )  # fmt: skip
                body = state.model_dump_json()
                lists.append((list_id, municipality_id, state.status.value, year, at, deadline, 6, body))
                people += persons_of(list_id, municipality_id, persons, answered_at.date(), chance, done=done)
                folders += folders_of(people[-PERSONS_A_LIST:], number, answered_at.date())
        yield lists, people, folders


def persons_of(
    list_id: str,
    municipality_id: str,
    templates: list[world.PersonState],
    placed_on: date,
    chance: random.Random,
    *,
    done: bool,
) -> Rows:
    made: Rows = []
    for number, template in enumerate(templates, 1):
        declined = chance.random() < 0.07
        reason = chance.choice(list(DeclineReason)) if declined else None
        status = PersonStatus.REQUESTED
        if done:
            status = PersonStatus.DECLINED if declined else PersonStatus.SETTLED
        person = template.model_copy(
            update={
                "list_id": list_id, "municipality_id": municipality_id, "running_number": number, "status": status,
                "placed_on": placed_on if status is PersonStatus.SETTLED else None,
                "decision": DraftDecision(running_number=number, accept=not declined, reason=reason),
            }
        )  # fmt: skip
        made.append((list_id, number, municipality_id, status.value, 6, person.model_dump_json()))
    return made


def folders_of(people: Rows, list_number: int, placed_on: date) -> Rows:
    made: Rows = []
    for list_id, number, municipality_id, status, *_ in people:
        if status == "settled":
            duf_number = f"{placed_on.year}{list_number:06}{number:02}"
            folder = FOLDER.model_copy(update={"duf_number": duf_number, "list_id": list_id, "placed_on": placed_on})
            made.append((list_id, number, municipality_id, duf_number, 6, folder.model_dump_json()))
    return made


async def load(superuser: str, years: int) -> None:
    """COPY everything in, as fast as it goes; a superuser, as COPY knows no row-level security."""
    connection = await asyncpg.connect(superuser)
    started, counts = time.monotonic(), [0, 0, 0]
    columns = (
        ("distribution_list", "list_id municipality_id status year received_at deadline sequence body"),
        ("person", "list_id running_number municipality_id status sequence body"),
        ("person_folder", "list_id running_number municipality_id duf_number sequence body"),
    )
    for parts in history(years, random.Random(12)):
        for index, ((table, names), rows) in enumerate(zip(columns, parts, strict=True)):
            await connection.copy_records_to_table(table, schema_name="readmodel", columns=names.split(), records=rows)
            counts[index] += len(rows)
    await connection.execute("VACUUM ANALYZE")
    size = await connection.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))")
    print(f"{counts[0]} lists, {counts[1]} persons, {counts[2]} folders in {time.monotonic() - started:.0f} s, {size}")
    await connection.close()


async def timed(name: str, ask: Callable[[], Awaitable[object]], tries: int = TRIES) -> None:
    taken = []
    for _ in range(tries):
        started = time.perf_counter()
        await ask()
        taken.append(1000 * (time.perf_counter() - started))
    print(f"  {name:<44} p50 {statistics.median(taken):7.1f} ms   max {max(taken):7.1f} ms")


async def questions(reader: Reader, of: str) -> None:
    this_year, on = datetime.now(UTC).year, datetime.now(UTC).date()
    first = await find_lists(reader, of, ListFilter())
    middle = await find_lists(reader, of, ListFilter(limit=first.total // 2))
    filters = {
        "first page, newest first": ListFilter(),
        "page in the middle of ten years": ListFilter(after=middle.next),
        "page before it": ListFilter(before=middle.next),
        "awaiting an answer, by deadline": ListFilter(status="open", sort=Sort.DEADLINE),
        "due within 7 days": ListFilter(awaiting=True, due_from=on, due_to=on + timedelta(days=7)),
        "year, oldest first": ListFilter(year=this_year - 4, sort=Sort.OLDEST),
        "part of a list's number": ListFilter(number=first.lists[0].list_id[-5:]),
        "a number that is not there": ListFilter(number="NOTHING"),
    }
    print(f"{of}: {first.total} lists")
    for name, wanted in filters.items():
        await timed(name, lambda wanted=wanted: find_lists(reader, of, wanted))  # type: ignore[misc]
    await timed("statistics over all years", lambda: find_statistics(reader, of))
    await timed("placed person by DUF number", lambda: find_placed(reader, of, "202600000101"))
    for kind, write in (("CSV", csv_file.write), ("XLSX", xlsx_file.write)):
        await timed(f"all lists as {kind}", lambda write=write: write(lists_table(reader, of, ListFilter(), on)), 3)  # type: ignore[misc]


async def plans(reader: Reader, of: str) -> None:
    asked = {
        "LISTS": (LISTS[Sort.DEADLINE, False], (of, "open", None, "", None, None, False, None, None, 20)),
        "ANSWERS": (ANSWERS, (of,)),
        "PLACED": (PLACED, (of, "202600000101")),
    }
    for name, (query, arguments) in asked.items():
        async with reader.as_municipality(of) as connection:
            rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query}", *arguments)
        print(f"\n{name} for {of}\n" + "\n".join(row[0] for row in rows))


async def run(years: int, folder: Path, *, with_plans: bool) -> None:
    [port] = free_ports(1)
    postgres = Postgres(folder / "postgres", port, password="bench", durable=False)
    with running(postgres, folder / "postgres.log"):
        databases = Databases(postgres)
        url = databases.new()
        migrate(url, "gateway.migrations")
        await load(databases.superuser(url), years)
        async with await create_pool(databases.reader(url), name="bench", max_size=4, wait=5) as pool:
            for of in (OSLO, SMALL):
                await questions(Reader(pool), of)
            if with_plans:
                await plans(Reader(pool), OSLO)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--plans", action="store_true", help="show EXPLAIN (ANALYZE, BUFFERS)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fordeling-history-") as folder:
        asyncio.run(run(chosen.years, Path(folder), with_plans=chosen.plans))


if __name__ == "__main__":
    main()
