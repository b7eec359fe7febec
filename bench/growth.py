"""The same with no history, with a national year of it, and with ten: side by side, loaded by COPY."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

from bench import years
from bench.country import Country, country
from bench.frame.alternating import Taken, alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line, at_most, percentile
from bench.gateway import NUMBER, ROOT, USERNAME, publish, shown
from bench.latency import Caseworker, milliseconds
from ops.stack.opening import known

FLOOR = (
    "the same stack without history, running beside the others, with the same lists on its pages. The history went "
    "through a stack once (received, answered, placed), and was copied into the others with other lists, days, persons."
)
YEAR, BURST, TRIES, REPEATS = 10_000, 300, 50, 5
HISTORIES = {"empty": 0, "1 year": 1, "10 years": 10}
ANSWERED = 100
"""Lists that are answered in each before: a page of statistics with nothing to tell is another page."""
ON_PAGE = 25
"""Lists that are published to each before: all show a full page of Fordelinger."""
PAGES = {
    "Fordelinger": ROOT,
    "answering page, 60 persons": "",
    "work surface": f"/kommune/k-{NUMBER}/arbeidsflate",
    "statistics of all years": f"/kommune/k-{NUMBER}/bosetting/statistikk",
}
MAILED = {"no mail under way": ("NOTIFICATION", "SELECT (count(*) = 0)::integer FROM mail WHERE ended_at IS NULL")}
SIZES = "SELECT coalesce(sum(pg_database_size(datname)), 0) FROM pg_database WHERE datname LIKE 'fordeling%'"


@dataclass
class Aged:
    """A stack with its history, and somebody of Bergen who looks at it."""

    made: Country
    worker: Caseworker
    pages: Mapping[str, str]
    burst: int
    tries: int

    def look(self) -> Mapping[str, float]:
        """Time its pages, one user, one after the other."""
        return {name: percentile([milliseconds(partial(self._get, path)) for _ in range(self.tries)], 50)
                for name, path in self.pages.items()}  # fmt: skip

    def load(self) -> Mapping[str, float]:
        """Time a burst of lists. Their mails are waited for afterwards: nobody else is to pay for them."""
        seconds = self.made.receive(self.made.take(self.burst))
        self.made.until(MAILED, dict.fromkeys(MAILED, 1))
        return {"burst": seconds}

    def _get(self, path: str) -> None:
        self.worker.http.get(path).raise_for_status()


def one_year(options: Options, lists: int) -> tuple[list[years.Table], float]:
    """Have a year received and answered by a stack; gives what it keeps of it, and what a list takes on the topics."""
    with country(options.folder / "seed", lists) as made:
        logs = made.stack.data_dir / "kafka" / "logs"
        before = _size(logs)
        some = made.take(lists)
        made.receive(some)
        options.tell("the year is received")
        made.answer(some)
        options.tell("the year is answered")
        _have_mailed(made)
        return years.gather(known(made.stack.data_dir)), (_size(logs) - before) / lists


def _have_mailed(made: Country) -> None:
    """Take the mails that still wait for sent, as those of years ago are: copies would be sent by who gets them."""
    with psycopg.connect(made.stack.environment["NOTIFICATION_DATABASE_URL"]) as connection:
        connection.execute("UPDATE mail SET state = 'sent', ended_at = now() WHERE ended_at IS NULL")


def _size(folder: Path) -> int:
    """Add up what Kafka's files of our topics hold (their indexes are allocated ahead)."""
    kept = 0
    for file in folder.glob("*.v1-*/*.log"):
        with contextlib.suppress(FileNotFoundError):
            kept += file.stat().st_size
    return kept


@contextlib.contextmanager
def aged(options: Options, history: Sequence[years.Table], name: str, skip: int) -> Iterator[Aged]:
    """Keep a stack with some years of history. skip: lists that are in it already."""
    burst, tries, repeats = options.sized(BURST, 10), options.sized(TRIES, 3), options.repeats or REPEATS
    with country(options.folder / name.replace(" ", "-"), skip + ANSWERED + (repeats + 1) * burst) as made:
        made.take(skip)
        rows = years.load(known(made.stack.data_dir), history, HISTORIES[name])
        options.tell(f"{name}: {rows:,} rows loaded")
        answered = made.take(ANSWERED)
        made.receive(answered)
        made.answer(answered)
        worker = Caseworker(made.stack.url, USERNAME)
        ids = publish(made.stack, [60, *[4] * ON_PAGE])
        for list_id in ids:
            shown(worker, list_id)
        pages = {title: path or f"{ROOT}/{ids[0]}" for title, path in PAGES.items()}
        one = Aged(made, worker, pages, burst, tries)
        for warm in (one.look, one.load):
            warm()
        yield one
        worker.http.close()


def stored(one: Aged) -> int:
    """Tell the bytes of all databases of a stack."""
    with psycopg.connect(known(one.made.stack.data_dir).postgres().url()) as connection:
        row = connection.execute(SIZES).fetchone()
    assert row is not None
    return int(row[0])


async def measure(options: Options) -> Sequence[Line]:
    """Make a year, load it, and look at all of them in turns."""
    lists = options.sized(YEAR, 20)
    history, on_topics = one_year(options, lists)
    with contextlib.ExitStack() as stack:
        kept = {name: stack.enter_context(aged(options, history, name, lists)) for name in HISTORIES}
        sizes = {name: stored(one) for name, one in kept.items()}

        async def turns(what: Callable[[Aged], Mapping[str, float]]) -> Taken:
            contestants = {name: partial(asyncio.to_thread, what, one) for name, one in kept.items()}
            return await alternate(contestants, options.repeats or REPEATS, options.tell)

        pages, bursts = await turns(Aged.look), await turns(Aged.load)
    in_databases = (sizes["10 years"] - sizes["empty"]) / (HISTORIES["10 years"] * lists)
    return [
        *lines(pages, bursts, options.sized(BURST, 10), small=options.small),
        Line("a list and its persons in all databases", "kB", [in_databases / 1000]),
        Line("a list and its persons on all topics, before compaction", "kB", [on_topics / 1000]),
        Line("all databases with 10 years", "MB", [sizes["10 years"] / 1e6]),
    ]


def lines(pages: Taken, bursts: Taken, burst: int, *, small: bool) -> list[Line]:
    """Lay the figures out: ratios with their goals, then what they are of."""
    old = [name for name in HISTORIES if name != "empty"]
    told = [(title, title, "ms", pages) for title in PAGES] + [("burst", f"pipeline, {burst} lists", "s", bursts)]
    made = [
        Line(f"{title}: {name}, of empty", "x", taken.ratio(name, "empty", what), at_most(1.25), small)
        for what, title, _, taken in told for name in old
    ]  # fmt: skip
    for what, title, unit, taken in told:
        made += [Line(f"{title}: {name}", unit, taken.of(name, what)) for name in HISTORIES]
    return made


BENCH = Bench("growth", FLOOR, measure)
