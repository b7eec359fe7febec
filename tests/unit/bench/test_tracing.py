"""The bench of tracing: what it waits for, and what it compares."""

from __future__ import annotations

import pytest

from bench.country import body
from bench.frame.alternating import Taken
from bench.tracing import LAST, PLAIN, TRACED, arrived, lines
from ops.demo.year import Year, lines as invented
from ops.inbound import Inbound, read
from ops.testing.spans import Receiver, Span


def some_lists() -> list[Inbound]:
    return [message for line in invented(Year(2026, 7, 3, 9, requests=False)) for message in read(line)[0]]


def spans_of(lists: list[Inbound]) -> list[Span]:
    """Give the late spans that all processes send of these lists."""
    persons = sum(len(body(one).persons) for one in lists)
    counts = dict.fromkeys(LAST, len(lists)) | {"gateway": persons}
    return [
        Span(f"fordeling-{service}", LAST[service], "1", "2", "", 0, 1, {}, "")
        for service, count in counts.items()
        for _ in range(count)
    ]


def test_a_repeat_ends_once_the_last_spans_of_every_service_are_here() -> None:
    """So that sending them is counted; one that is lost fails the bench, and is named."""
    lists = some_lists()
    whole = spans_of(lists)
    arrived(Receiver(spans=whole), lists, patience=0)
    for lost in (0, len(whole) - 1):
        fewer = [one for place, one in enumerate(whole) if place != lost]
        with pytest.raises(TimeoutError, match=whole[lost].name):
            arrived(Receiver(spans=fewer), lists, patience=0)


def test_what_is_traced_is_told_of_what_is_not_repeat_by_repeat() -> None:
    """In per cent, of the same repeat."""
    taken = Taken()
    for traced, plain in ((11.0, 10.0), (24.0, 20.0)):
        both = {"all": 2.0, "ours": 1.0, **dict.fromkeys(LAST, 0.5)}
        taken.add(TRACED, {name: share * traced for name, share in both.items()} | {"spans": 100})
        taken.add(PLAIN, {name: share * plain for name, share in both.items()})
    found = {line.what: line for line in lines(taken, {TRACED: 310.0, PLAIN: 300.0})}
    ratio = found["processor time a list, our four processes: traced, of not traced"]
    assert (ratio.unit, [round(value) for value in ratio.values]) == ("%", [110, 120])
    assert found["processor time a list, all processes: traced"].values == [22.0, 48.0]
    assert found[f"memory of our four processes: {TRACED} (PSS)"].values == [310.0]
