"""A state machine of Hypothesis: a sender, a broker, operators and accidents, played on a ``World``.

After each step the effects are compared with what was sent; at the end, when all is mended and quiet, everything must
be done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chassis.reading import dead_letters
from chassis.reading.subscriptions import Record
from chassis.redriving import redrive_requests
from chassis.storage import outbox
from tests.integration.chassis.fake_broker import Producer
from tests.integration.chassis.world import Found, World, number_of

ResultT = TypeVar("ResultT")
OneT = TypeVar("OneT")
SUBJECTS = st.sampled_from(["s", "t", "u"])
PLACES = ("taken", "batch", "handled")
MISHAPS = st.sampled_from(["", "", "", "crash", "later", "cut", *PLACES])
ANSWERS = st.sampled_from(["", "", "before", "after", "hidden"])
RARELY = st.integers(0, 7).map(lambda number: number == 7)
READERS = st.sampled_from(["a", "b"])
WHICH = st.integers(0, 99)
"""Which of those that there are. Drawn whatever there is, and no rule has a precondition: two processes that have the
same batch may share it otherwise each time, and the story has to stay the same."""


def chosen(among: Sequence[OneT], which: int) -> Sequence[OneT]:
    """Give one of them; none where there is none."""
    return among and [among[which % len(among)]]


class Machine(RuleBasedStateMachine):
    """play: runs a coroutine to its end. make: makes a world of its own. folder: where faults are asked for."""

    def __init__(
        self, play: Callable[[Awaitable[Any]], Any], make: Callable[[], Awaitable[World]], folder: Path
    ) -> None:
        super().__init__()
        self.play = play
        self.folder = folder
        self.world: World = play(make())
        self.sent: dict[str, list[int]] = {}
        self.spoiled: set[tuple[str, int]] = set()
        self.given_up: set[tuple[str, str, int]] = set()
        self.never_sent: set[tuple[str, int]] = set()
        self.leader: Producer = self.world.broker.open()
        self.frozen: tuple[Producer, Any] | None = None

    # Outside

    @rule(subject=SUBJECTS, messages=st.integers(1, 4), broken=RARELY, large=RARELY)
    def somebody_sends(self, subject: str, messages: int, broken: bool, large: bool) -> None:
        for number in range(messages):
            numbers = self.sent.setdefault(subject, [])
            numbers.append(len(numbers) + 1)
            if broken and number == 0:
                self.spoiled.add((subject, numbers[-1]))
            self.world.send(subject, numbers[-1], broken=broken and number == 0, large=large and number == 0)

    @rule(which=WHICH)
    def somebody_sends_again(self, which: int) -> None:
        everything = [(about, number) for about in sorted(self.sent) for number in self.sent[about]]
        for subject, number in chosen(everything, which):
            self.world.send(subject, number, broken=(subject, number) in self.spoiled)

    # Reading

    @rule(
        name=READERS,
        most=st.integers(1, 12),
        backwards=st.booleans(),
        mishap=st.tuples(MISHAPS, SUBJECTS),
        other=st.integers(0, 12),
    )
    def a_batch_is_read(self, name: str, most: int, backwards: bool, mishap: tuple[str, str], other: int) -> None:
        """One process reads, and at the same time another one so many ``other`` of the same, as in a rebalance.

        mishap: what a subject's handler meets, or where a process is killed; it may come later, too.
        """
        what, subject = mishap
        if what in PLACES:
            (self.folder / f"{self.world.readers[name].group}.{what}").write_text("raise")
        elif what:
            self.world.mishaps[name, subject] = what
        records = self.world.unread(name, most, backwards=backwards)
        if self.play(self._read(name, records, records[:other])):
            self.world.acknowledge(name, records)

    async def _read(self, name: str, records: list[Record], again: list[Record]) -> bool:
        done = await asyncio.gather(*(self.world.read(name, some) for some in (records, again) if some))
        return all(done)

    @rule(name=READERS, back=st.integers(1, 6))
    def offsets_are_set_back(self, name: str, back: int) -> None:
        self.world.committed[name] = [max(0, offset - back) for offset in self.world.committed[name]]

    @rule(name=READERS, subject=SUBJECTS)
    def a_subject_fails(self, name: str, subject: str) -> None:
        self.world.poisoned.add((name, subject))

    @rule(which=WHICH)
    def a_subject_is_mended(self, which: int) -> None:
        self.world.poisoned.difference_update(chosen(sorted(self.world.poisoned), which))

    # Relaying

    @rule(most=st.integers(1, 6), windows=st.lists(ANSWERS, min_size=1, max_size=5), cut=st.integers(0, 4))
    def windows_are_relayed(self, most: int, windows: list[str], cut: int = 0) -> None:
        """Each with what befalls it: nothing, or one of the broker's mishaps; after the last the leader goes.

        cut: at which deletion its session ends, while the next window may be under way; 0: at none.
        """
        mishaps = self.world.broker.mishaps = [*windows, "before"]
        for _ in range(len(windows) + 4):
            if mishaps:
                self.play(self.world.relay_rows(self.leader, most, cut))
                self.leader = self.world.broker.open()
                cut = 0
        mishaps.clear()

    @rule(most=st.integers(1, 6), windows=st.lists(ANSWERS, max_size=5))
    def the_leader_freezes_with_a_window_and_another_goes_on(self, most: int, windows: list[str]) -> None:
        if self.frozen is not None:
            return
        window = self.play(self.world.window(self.leader, most))
        if window.ids:
            self.frozen = (self.leader, window)
            self.leader = self.world.broker.open()
            self.windows_are_relayed(most, windows)

    @rule()
    def the_frozen_leader_wakes(self) -> None:
        if self.frozen is None:
            return
        producer, window = self.frozen
        self.frozen = None
        self.play(self.world.wake(producer, window))

    @rule(strict=st.booleans())
    def the_broker_takes_large_rows(self, strict: bool) -> None:
        self.world.broker.strict = strict

    @rule(which=WHICH, give_up=st.booleans())
    def an_operator_decides_on_a_row_aside(self, which: int, give_up: bool) -> None:
        for identity in chosen([row.id for row in self.play(self._connected(outbox.aside))], which):
            if give_up:
                self.never_sent.add(self.play(self.world.version_aside(identity)))
            self.play(self._connected((outbox.discard_aside if give_up else outbox.release_aside), identity))

    # Dead letters

    @rule(which=WHICH, dry_run=st.booleans(), meanwhile=st.booleans())
    def an_operator_redrives(self, which: int, dry_run: bool, meanwhile: bool) -> None:
        for group, subject, _ in chosen(self.play(self._connected(dead_letters.held_up)), which):
            name = group.rpartition(".")[2]
            records = self.world.unread(name, 6, backwards=False) if meanwhile else []
            self.play(self._redrive(group, subject, dry_run=dry_run, reading=(name, records)))

    @rule(which=WHICH)
    def an_operator_discards(self, which: int) -> None:
        for letter in chosen(self.play(self._connected(dead_letters.letters)), which):
            self._discard(letter)

    # What must hold

    @invariant()
    def all_is_there_once_and_in_order(self) -> None:
        found = self.play(self.world.look())
        for subject in {*self.sent, *found.versions}:
            versions = range(1, found.versions.get(subject, 0) + 1)
            self._compare(found, "a", subject, self.sent.get(subject, []))
            self._compare(found, "b", subject, [n for n in versions if (subject, n) not in self.never_sent])
            self._compare_log(found, subject, set(versions))

    def _compare(self, found: Found, name: str, subject: str, expected: list[int]) -> None:
        """Effects, and then what is parked: what was sent, as far as it has been read, but for what was given up."""
        expected = [number for number in expected if (name, subject, number) not in self.given_up]
        done = found.effects[name, subject] + found.parked[name, subject]
        assert done == expected[: len(done)], (name, subject)
        offsets = self.world.committed[name]
        acknowledged = {
            number_of(item.cause.id)
            for item in self.world.logged(name)
            if item.subject == subject and item.record.offset < offsets[item.record.partition]
        }
        assert acknowledged <= {*done, *(n for by, about, n in self.given_up if (by, about) == (name, subject))}

    def _compare_log(self, found: Found, subject: str, versions: set[int]) -> None:
        """Each version is in the log, in the outbox or aside; nothing is first in the log that should be second.

        And once nothing waits the newest is the last: it is what compaction leaves.
        """
        logged = [item.cause.sequence for item in self.world.logged("b") if item.subject == subject]
        waiting = found.waiting[subject]
        assert {*logged, *waiting, *(n for about, n in self.never_sent if about == subject)} == versions, subject
        firsts = list(dict.fromkeys(logged))
        assert firsts == sorted(firsts), subject
        assert waiting or not logged or logged[-1] == max(logged), subject

    def teardown(self) -> None:
        """Mend everything and wait until it is quiet: then all is done, but for what was given up."""
        world = self.world
        world.poisoned.clear()
        world.mishaps.clear()
        world.broker.strict = False
        for file in self.folder.iterdir():
            file.unlink()
        for _ in range(3):
            self._drain("a")
            for row in self.play(self._connected(outbox.aside)):
                self.play(self._connected(outbox.release_aside, row.id))
            self.leader = world.broker.open()
            assert self.play(world.relay_rows(self.leader, 100))
            self._drain("b")
        self.all_is_there_once_and_in_order()
        found = self.play(world.look())
        for subject, numbers in self.sent.items():
            assert found.effects["a", subject] == [n for n in numbers if ("a", subject, n) not in self.given_up]
        assert not any((*found.parked.values(), *found.waiting.values()))

    def _drain(self, name: str) -> None:
        records = self.world.unread(name, 10_000, backwards=False)
        assert self.play(self.world.read(name, records))
        self.world.acknowledge(name, records)
        while held := self.play(self._connected(dead_letters.held_up, self.world.readers[name].group)):
            for group, subject, _ in held:
                self.play(self._redrive(group, subject, dry_run=False, reading=(name, [])))
                for letter in self.play(self._connected(dead_letters.letters, group, subject))[:1]:
                    assert letter.error == "invalid"
                    self._discard(letter)

    def _discard(self, letter: dead_letters.DeadLetter) -> None:
        self.given_up.add((letter.reader.rpartition(".")[2], letter.subject, number_of(letter.message_id)))
        self.play(self._connected(dead_letters.discard, letter.id, by="op", reason="model"))

    async def _redrive(self, group: str, subject: str, *, dry_run: bool, reading: tuple[str, Any]) -> None:
        async with self.world.pool.acquire() as connection:
            await redrive_requests.ask(connection, group, subject, by="op", reason="model", dry_run=dry_run)
        await asyncio.gather(self.world.redrive(), self.world.read(*reading))

    async def _connected(self, call: Callable[..., Awaitable[ResultT]], *arguments: Any, **more: Any) -> ResultT:
        async with self.world.pool.acquire() as connection:
            return await call(connection, *arguments, **more)
