"""How long people wait: publishing → visible in Fordelinger, and Send svar → receipt, over a running stack.

    python bench/latency.py [--data-dir D] [--tries 50]

Prints p50 and p99 in milliseconds, as measured from outside over HTTP and Kafka, and beside them floors measured in the
same run: a bare produce → consume round trip on the same broker, and a page that only answers (/livez).
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import httpx
from confluent_kafka import Consumer, Producer, TopicPartition

from contracts.topics import IMDI_LISTS
from ops import broker
from ops.demo.lists import distribution_list
from ops.inbound import Inbound
from ops.stack.opening import variables

OSLO = ZoneInfo("Europe/Oslo")
PATIENCE = 30.0
NUMBER = "4601"
WARM_UP = 3
NAMES = ("bare round trip", "bare page", "published → visible", "Send svar → receipt")


class Forms(HTMLParser):
    """The forms of a page: address, fields as a browser would send them, and its buttons."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = []
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((found.get("action", ""), {}, []))
        elif self.forms and tag == "input" and "name" in found:
            if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
                self.forms[-1][1][found["name"]] = found.get("value", "on")
        elif self.forms and tag == "textarea" and "name" in found:
            self.forms[-1][1].setdefault(found["name"], "")
        elif self.forms and tag == "button":
            self.forms[-1][2].append((found.get("name", ""), found.get("value", "")))
            if "formaction" in found:
                self.forms[-1][1].setdefault("", "")


class Caseworker:
    """Somebody of the demonstration, logged in, seen as a browser without JavaScript."""

    def __init__(self, address: str, username: str) -> None:
        self.http = httpx.Client(base_url=address, follow_redirects=True, timeout=PATIENCE)
        page = self.http.get("/logg-inn")
        fields = next(f for _, f, _ in Forms(page.text).forms if f.get("username") == username)
        self.home = self.http.post(str(page.url), data=fields)
        self.home.raise_for_status()

    def submit(self, page: httpx.Response, wanted: str) -> httpx.Response:
        """Send the form whose address ends in ``wanted`` (or that has a button of that value)."""
        for action, fields, buttons in Forms(page.text).forms:
            button = next(((n, v) for n, v in buttons if n and v == wanted), None)
            if action.endswith(wanted) or button:
                data = fields | ({button[0]: button[1]} if button else {})
                return self.http.post(urljoin(str(page.url), action), data=data)
        raise SystemExit(f"no form {wanted!r} on {page.url.path}")


def milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > end:
            raise SystemExit("not seen in time; is the stack healthy? fordeling status")


def publish(producer: Producer, list_id: str, number: str) -> None:
    today = datetime.now(OSLO)
    body = distribution_list(
        Random(secrets.randbits(64)), municipality_number=number, persons=3, today=today.date(), list_id=list_id
    )
    message = Inbound(0, IMDI_LISTS, body)
    producer.produce(message.topic.name, message.value(), message.key, headers=dict(message.headers(today)))
    producer.flush(PATIENCE)


def bare_round_trip(bootstrap: str, producer: Producer) -> Callable[[], None]:
    """Produce a record to a quiet topic and read it back."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench", "enable.auto.commit": False})
    topic = "gateway.failures.v1"
    _, high = consumer.get_watermark_offsets(TopicPartition(topic, 0))
    consumer.assign([TopicPartition(topic, 0, high)])

    def once() -> None:
        producer.produce(topic, b"", "bench", partition=0)
        producer.flush(PATIENCE)
        until(lambda: consumer.poll(1) is not None)

    return once


def see_published(worker: Caseworker, producer: Producer, lists: str, list_id: str) -> None:
    """Publish a list and look at Fordelinger until it is there."""
    publish(producer, list_id, NUMBER)
    until(lambda: list_id in worker.http.get(f"{lists}").text)


def approve(worker: Caseworker, page: str) -> httpx.Response:
    return worker.submit(worker.http.get(page), "godkjenn")


def send(worker: Caseworker, approved: httpx.Response) -> None:
    receipt = worker.submit(approved, "send")
    if not receipt.url.path.endswith("kvittering"):
        raise SystemExit(f"no receipt: {receipt.url.path}")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--data-dir", type=Path)
    arguments.add_argument("--tries", type=int, default=50)
    given = arguments.parse_args()
    environment = variables(given.data_dir)
    bootstrap, address = environment["KAFKA_BOOTSTRAP_SERVERS"], environment["PUBLIC_URL"]
    broker.check(bootstrap)
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 0})
    worker = Caseworker(address, "anne.vik")
    lists = "/kommune/k-4601/bosetting/fordelinger"
    floor = bare_round_trip(bootstrap, producer)
    figures: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(given.tries + WARM_UP):
        list_id = f"FL-BENCH-{secrets.token_hex(4).upper()}"
        times = (
            milliseconds(floor),
            milliseconds(partial(worker.http.get, "/livez")),
            milliseconds(partial(see_published, worker, producer, lists, list_id)),
            milliseconds(partial(send, worker, approve(worker, f"{lists}/{list_id}"))),
        )
        for name, value in zip(NAMES, times, strict=True):
            figures[name].append(value)
    report({name: values[WARM_UP:] for name, values in figures.items()})


def report(figures: dict[str, Sequence[float]]) -> None:
    print(f"{'':24}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    table = {}
    for name, values in figures.items():
        cuts = statistics.quantiles(values, n=100, method="inclusive")
        table[name] = {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1), "max": round(max(values), 1)}
        print(f"{name:24}{cuts[49]:9.1f}{cuts[98]:9.1f}{max(values):9.1f}")
    print(json.dumps({"tries": len(next(iter(figures.values()))), "milliseconds": table}, ensure_ascii=False))


if __name__ == "__main__":
    main()
