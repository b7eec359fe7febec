"""Taking a stream in larger parts."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from chassis.reading.consumer import Reader
from chassis.reading.gathering import AT_ONCE, EVERY, FEW, LONGEST, PAUSE, SHARE, UNHURRIED, Gathering
from chassis.reading.subscriptions import Dedupe, Subscription
from chassis.settings import Settings
from chassis.storage.transaction import Transactions

MANY = FEW + 1


class Seconds:
    """A count that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def reader(seconds: Seconds, *, unhurried: bool) -> Reader:
    """Make a reader, without a database, whose gathering counts these seconds."""
    subscription = Subscription("topic", {}, Dedupe.SEQUENCE, unhurried=unhurried)
    settings = Settings(kafka_bootstrap_servers="localhost:1", database_url="unused")
    made = Reader("service", subscription, cast("Transactions", None), settings, asyncio.Event())
    made.gathering._seconds = seconds
    made.gathering._counted = made.gathering._taken = seconds()
    return made


def take(gathering: Gathering, records: int, *, full: bool = False) -> None:
    """Take so many, which are handled in no time."""
    gathering.took(records, full=full)
    gathering.handled()


def stream(gathering: Gathering, seconds: Seconds, lasts: float, records: int = MANY) -> list[float]:
    """Take for so long, each time as soon as it may be; gives how long each taking was waited for."""
    waits, end = [], seconds.now + lasts
    while seconds.now < end:
        waits.append(gathering.wait)
        seconds.now += waits[-1] + EVERY / 100
        take(gathering, records)
    return waits


def test_what_comes_alone_or_a_few_times_in_a_row_is_never_waited_for() -> None:
    """Nobody who does one thing after the other waits for others to do more."""
    seconds = Seconds()
    gathering = Gathering(seconds=seconds)
    for _ in range(AT_ONCE - 1):
        take(gathering, 1)
        assert gathering.wait == 0
    seconds.now += AT_ONCE * EVERY
    for _ in range(AT_ONCE - 1):
        take(gathering, 1)
    assert gathering.wait == 0


def test_a_stream_is_taken_no_more_often_than_that() -> None:
    """Once the first takings are used up, each further one waits until its time has come."""
    seconds = Seconds()
    waits = stream(Gathering(EVERY, seconds), seconds, 100 * EVERY)
    assert len(waits) <= 100 + AT_ONCE + 1
    assert 0 < waits[-1] <= EVERY


def test_the_longer_a_stream_goes_on_the_less_often_it_is_taken() -> None:
    """A taking is waited for a tenth of the time that the stream has gone on, between two bounds."""
    seconds = Seconds()
    gathering = Gathering(seconds=seconds)
    assert max(stream(gathering, seconds, EVERY / SHARE)) <= EVERY * 1.01
    waits = stream(gathering, seconds, 10 * LONGEST / SHARE)
    assert [round(one, 6) for one in waits] == sorted(round(one, 6) for one in waits)
    assert LONGEST * 0.9 < waits[-1] <= LONGEST


def test_a_stream_that_people_wait_for_keeps_their_bound() -> None:
    """No reader waits longer between takings than it was told to at most."""
    seconds = Seconds()
    assert max(stream(Gathering(2 * EVERY, seconds), seconds, 100.0)) <= 2 * EVERY


def test_a_reader_that_nobody_waits_for_takes_of_a_stream_still_less_often() -> None:
    """After some seconds half a second passes between its takings; what began just now is taken as often as others'."""
    seconds = Seconds()
    gathering = reader(seconds, unhurried=True).gathering
    assert max(stream(gathering, seconds, EVERY / SHARE)) <= EVERY * 1.01
    waits = stream(gathering, seconds, 10 * UNHURRIED / SHARE)
    assert LONGEST < UNHURRIED * 0.9 < waits[-1] <= UNHURRIED
    assert UNHURRIED < PAUSE, "or each taking of a stream would be the first of another"


@pytest.mark.parametrize("unhurried", [False, True])
def test_a_stream_that_somebody_waits_for_is_a_rush_until_it_is_over(*, unhurried: bool) -> None:
    """What can wait, mails, does not get in its way; of what nobody waits for nothing has to stand back."""
    seconds = Seconds()
    read = reader(seconds, unhurried=unhurried)
    assert not read.rushed
    stream(read.gathering, seconds, 2.0)
    assert read.rushed is not unhurried
    seconds.now += PAUSE + EVERY
    assert not read.rushed


def test_the_longer_a_stream_goes_on_the_longer_may_a_batch_of_it_take() -> None:
    """A tenth of the time that it has lasted, from the usual to four times that; after it as usual."""
    seconds = Seconds()
    read = reader(seconds, unhurried=False)
    read.appetite.note(10, 0.1)
    most = []
    for _ in range(100):
        most.append(read.most)
        read.gathering.took(most[-1], full=True)
        seconds.now += 0.25
        read.gathering.handled()
    assert most[:10] == [25] * 10
    assert most == sorted(most)
    assert most[-1] == 100
    seconds.now += PAUSE + EVERY
    assert read.most == 25


def test_handling_is_no_pause() -> None:
    """What is taken as soon as what came before is handled is of the same stream, however long that took."""
    seconds = Seconds()
    gathering = Gathering(seconds=seconds)
    stream(gathering, seconds, 5.0)
    for _ in range(5):
        gathering.took(MANY)
        seconds.now += 2 * PAUSE
        assert gathering.going > 0
        gathering.handled()
    assert gathering.going > 10 * PAUSE


def test_what_still_comes_one_by_one_is_waited_for_as_at_first() -> None:
    """After a mass, or in place of one, what brings one record a taking is taken as often as a new stream."""
    seconds = Seconds()
    gathering = Gathering(seconds=seconds)
    assert max(stream(gathering, seconds, 100.0, records=1)) <= EVERY
    stream(gathering, seconds, 100.0)
    assert max(stream(gathering, seconds, 10.0, records=1)[1:]) <= EVERY


def test_after_a_pause_everything_begins_anew() -> None:
    """What comes some time after a stream is taken at once, ten times, and then as a new one."""
    seconds = Seconds()
    gathering = Gathering(seconds=seconds)
    stream(gathering, seconds, 100.0)
    seconds.now += PAUSE + EVERY * AT_ONCE
    for _ in range(AT_ONCE - 1):
        assert gathering.wait == 0
        take(gathering, MANY)
    assert max(stream(gathering, seconds, EVERY / SHARE)) <= EVERY


def test_what_comes_now_and_then_keeps_no_stream_going() -> None:
    """Where a few come each second after a mass, hours of it, a burst among them is waited for as a new stream."""
    seconds = Seconds()
    gathering = Gathering(seconds=seconds)
    stream(gathering, seconds, 100.0)
    for _ in range(10):
        seconds.now += PAUSE / 2
        take(gathering, MANY)
    assert max(stream(gathering, seconds, EVERY / SHARE)) <= EVERY


def test_who_takes_as_much_as_it_can_never_waits_and_the_stream_goes_on() -> None:
    """Full takings are followed by the next at once; what is left over behind them is still of the same stream."""
    seconds = Seconds()
    gathering = Gathering(seconds=seconds)
    stream(gathering, seconds, 100.0)
    for _ in range(100):
        seconds.now += PAUSE / 1000
        take(gathering, 1000, full=True)
        assert gathering.wait == 0
    assert stream(gathering, seconds, 2.0)[-1] > LONGEST * 0.9
