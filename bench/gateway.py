"""Pages for fifty users at once, and Send svar, over a whole stack."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from random import Random
from urllib.parse import urljoin, urlsplit

import httpx
import psutil
from confluent_kafka import Producer

from bench.frame.alternating import Taken, alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line, at_least, at_most, percentile
from bench.frame.side import Side, side
from bench.latency import Caseworker, Forms, approve, bare_round_trip, milliseconds, until
from contracts.topics import IMDI_LISTS
from gateway.auth.cookies import Cookies
from ops import broker
from ops.demo.lists import distribution_list
from ops.demo.spread import OSLO
from ops.embedded.ports import LOOPBACK, free_ports
from ops.inbound import Inbound
from ops.testing.stacks import RunningStack, running_stack

FLOOR = (
    "a bare Litestar on the same server (Granian) and with as many connections: the identical SQL by the same roles, "
    "the same templates from what the real page gave them, kept; no models, guards, limits, headers, metrics. "
    "Send svar: one record produced and read back, by librdkafka."
)
USERS, SECONDS, TRIES, WARM = 50, 5.0, 20, 5
REST = 1.0
"""Seconds before each Send svar of those that come one by one: what the one before set off has ended by then."""
PERSONS, OTHERS = 60, 40
PAGES = ("list", "lists")
TITLES = {"list": f"answering page, {PERSONS} persons", "lists": "Fordelinger"}
PACES = ("one by one", "in a row")
WAYS = {"ours": "ours", "sql": "bare, identical SQL", "memory": "bare, from memory"}
SESSION = Cookies(secure=False).session
NUMBER, USERNAME = "4601", "anne.vik"
ROOT = f"/kommune/k-{NUMBER}/bosetting/fordelinger"
VISITORS, BARE = "bench.sides.visitors", "bench.sides.bare_gateway"
ENVIRONMENT = {"GATEWAY_REQUESTS_PER_MINUTE": "1000000"}
"""One user may ask for 600 pages a minute; here a few stand for everybody. All else is as in production."""


def publish(stack: RunningStack, persons: Sequence[int]) -> list[str]:
    """Publish lists of so many persons to Bergen; gives their ids."""
    now = datetime.now(OSLO)
    ids = [f"FL-BENCH-{secrets.token_hex(4).upper()}" for _ in persons]
    bodies = [
        distribution_list(Random(one), municipality_number=NUMBER, persons=size, today=now.date(), list_id=one)
        for one, size in zip(ids, persons, strict=True)
    ]
    inbound = [Inbound(0, IMDI_LISTS, each) for each in bodies]
    broker.publish(stack.environment["KAFKA_BOOTSTRAP_SERVERS"], inbound, now, lambda _: None)
    return ids


def shown(worker: Caseworker, list_id: str) -> httpx.Response:
    """Look until a list is there; gives its page."""
    until(lambda: worker.http.get(f"{ROOT}/{list_id}").status_code == httpx.codes.OK)
    return worker.http.get(f"{ROOT}/{list_id}")


@dataclass
class Pages:
    """Who asks, and what is asked. ports, paths, pids: by the way of answering."""

    visitors: Side
    cookies: Sequence[str]
    seconds: float
    ports: Mapping[str, int]
    paths: Mapping[tuple[str, str], str]
    pids: Mapping[str, int]

    async def visit(self, way: str, page: str) -> Mapping[str, float]:
        """Have the users ask for a page one way; requests a second, p99, processor time of the server a page."""
        server = psutil.Process(self.pids[way])
        before = sum(server.cpu_times()[:2])
        said = {"port": self.ports[way], "path": self.paths[way, page], "cookies": self.cookies}
        self.visitors.say(**said, seconds=self.seconds)
        heard = await self.visitors.hear()
        spent, taken, busy = sum(server.cpu_times()[:2]) - before, heard["milliseconds"], heard["busy"]
        if not taken:
            raise ValueError(f"{way}: all {busy} answers were that there is too much to do")
        return {
            f"{page} busy": 100 * busy / (busy + len(taken)),
            f"{page} rate": len(taken) / heard["spent"],
            f"{page} p99": percentile(taken, 99),
            f"{page} cpu": 1000 * spent / len(taken),
        }

    async def all(self, way: str) -> Mapping[str, float]:
        """Visit both pages."""
        return {name: value for page in PAGES for name, value in (await self.visit(way, page)).items()}


@contextlib.asynccontextmanager
async def pages(stack: RunningStack, list_id: str, seconds: float) -> AsyncIterator[Pages]:
    """Keep the floor and the visitors."""
    [port] = free_ports(1)
    workers = [Caseworker(stack.url, USERNAME) for _ in range(USERS)]
    jars = [dict(worker.http.cookies) for worker in workers]
    for worker in workers:
        worker.http.close()
    paths = {"list": f"{ROOT}/{list_id}", "lists": ROOT}
    given = {
        "port": port,
        "token": jars[0][SESSION],
        "municipality_id": f"k-{NUMBER}",
        "list_id": list_id,
        "pages": paths,
    }
    async with (
        side(BARE, environment={**stack.environment, **ENVIRONMENT}, **given) as floor,
        side(VISITORS, host=LOOPBACK) as visitors,
    ):
        await floor.hear()
        await visitors.hear()
        ours = urlsplit(stack.url).port
        assert ours is not None
        yield Pages(
            visitors,
            ["; ".join(f"{name}={value}" for name, value in jar.items()) for jar in jars],
            seconds,
            {"ours": ours, "sql": port, "memory": port},
            {(way, page): paths[page] if way == "ours" else f"/{way}/{page}" for way in WAYS for page in PAGES},
            {"ours": stack.process("gateway")["pid"], "sql": floor.pid, "memory": floor.pid},
        )


def sending(stack: RunningStack, worker: Caseworker, tries: int, rest: float) -> Mapping[str, float]:
    """Time Send svar from the form to the redirect that knows the outcome; lists are prepared before.

    rest: seconds before each. Without, each is sent while letters, mails and sums of the ones before are made.
    """
    forms = [_to_be_sent(approve(worker, f"{ROOT}/{one}")) for one in _all_shown(stack, worker, tries)]
    taken = []
    for form in forms:
        time.sleep(rest)
        taken.append(milliseconds(partial(_send, worker, *form)))
    return _waits(taken)


def _all_shown(stack: RunningStack, worker: Caseworker, tries: int) -> list[str]:
    ids = publish(stack, [3] * tries)
    for one in ids:
        shown(worker, one)
    return ids


def _to_be_sent(approved: httpx.Response) -> tuple[str, Mapping[str, str]]:
    found = ((action, fields) for action, fields, _ in Forms(approved.text).forms if action.endswith("send"))
    action, fields = next(found)
    return urljoin(str(approved.url), action), fields


def _send(worker: Caseworker, address: str, fields: Mapping[str, str]) -> None:
    answer = worker.http.post(address, data=dict(fields), follow_redirects=False)
    went = urlsplit(answer.headers.get("location", "")).path
    if not went.endswith("kvittering"):
        raise ValueError(f"Send svar was answered by {answer.status_code} and led to {went}")


def round_trips(bootstrap: str, tries: int) -> Mapping[str, float]:
    """Time bare round trips over the same broker."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    once = bare_round_trip(bootstrap, producer)
    once()
    return _waits([milliseconds(once) for _ in range(tries)])


def _waits(taken: Sequence[float]) -> Mapping[str, float]:
    return {"p50": percentile(taken, 50), "p99": percentile(taken, 99)}


async def measure(options: Options) -> Sequence[Line]:
    """Measure pages, then commands."""
    seconds, tries = max(0.5, SECONDS * options.scale), options.sized(TRIES, 2)
    with running_stack(options.folder / "stack", "--no-demo", environment=ENVIRONMENT) as stack:
        worker = Caseworker(stack.url, USERNAME)
        list_id, *others = publish(stack, [PERSONS, *[4] * options.sized(OTHERS)])
        for one in (list_id, *others):
            await asyncio.to_thread(shown, worker, one)
        async with pages(stack, list_id, seconds) as asked:
            for way in WAYS:
                await replace(asked, seconds=min(seconds, 1.0)).all(way)  # warm
            visits = await alternate({way: partial(asked.all, way) for way in WAYS}, options.repeats or 3, options.tell)
        bootstrap = stack.environment["KAFKA_BOOTSTRAP_SERVERS"]
        contestants = {
            "one by one": partial(asyncio.to_thread, sending, stack, worker, tries, REST),
            "in a row": partial(asyncio.to_thread, sending, stack, worker, tries, 0.0),
            "bare": partial(asyncio.to_thread, round_trips, bootstrap, tries),
        }
        await asyncio.to_thread(sending, stack, worker, WARM, 0.0)
        await contestants["bare"]()
        commands = await alternate(contestants, options.repeats or 3, options.tell)
        worker.http.close()
    return [*lines(visits), *command_lines(commands, small=options.small)]


def lines(visits: Taken) -> list[Line]:
    """Lay the pages' figures out."""
    made = []
    for page in PAGES:
        of = partial(visits.ratio, "ours", figure=f"{page} rate", of=100)
        cpu = visits.ratio("sql", "ours", f"{page} cpu", of=100)
        made += [
            Line(f"{TITLES[page]}: req/s, of bare with identical SQL", "%", of("sql"), at_least(60)),
            Line(f"{TITLES[page]}: req/s, of bare from memory", "%", of("memory")),
            Line(f"{TITLES[page]}: bare's processor time, of ours", "%", cpu),
            Line(f"{TITLES[page]}: answered that there is too much to do", "%", visits.of("ours", f"{page} busy"),
                 at_most(0)),
            *(Line(f"{TITLES[page]}: {WAYS[way]}", "req/s", visits.of(way, f"{page} rate")) for way in WAYS),
            *(Line(f"{TITLES[page]}, p99 of {USERS} users: {WAYS[way]}", "ms", visits.of(way, f"{page} p99"))
              for way in WAYS),
            *(Line(f"{TITLES[page]}, server's processor time: {WAYS[way]}", "ms", visits.of(way, f"{page} cpu"))
              for way in WAYS),
        ]  # fmt: skip
    return made


def command_lines(commands: Taken, *, small: bool) -> list[Line]:
    """Lay the commands' figures out, at both paces, and the goal beside both."""
    made = []
    for pace in PACES:
        ratio = partial(commands.ratio, pace, "bare")
        made += [
            Line(f"Send svar {pace}, p99, of a bare round trip's", "x", ratio("p99"), at_most(5), small),
            Line(f"Send svar {pace}, p50, of a bare round trip's", "x", ratio("p50")),
            *(Line(f"Send svar {pace}: {name}", "ms", commands.of(pace, name)) for name in ("p50", "p99")),
        ]
    return [*made, *(Line(f"bare round trip: {name}", "ms", commands.of("bare", name)) for name in ("p50", "p99"))]


BENCH = Bench("gateway", FLOOR, measure)
