"""What a service reads, and what it does with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from chassis.storage.transaction import Transaction
from chassis.validation import FieldError
from contracts.envelope import Envelope, Message, Upcast

BodyT_co = TypeVar("BodyT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it came from Kafka. ``timestamp``: milliseconds since 1970; ``value`` None is a tombstone."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    headers: Sequence[tuple[str, bytes]]
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Received(Generic[BodyT_co]):
    """A record that was understood. ``body`` is None where it is a tombstone."""

    envelope: Envelope
    body: BodyT_co
    raw: Record

    @property
    def is_tombstone(self) -> bool:
        """Whether the record erases its key."""
        return self.raw.value is None


class Dedupe(Enum):
    """How a repeat is known."""

    ID = "id"
    """By message id and source: for what comes from outside, and for commands."""
    SEQUENCE = "sequence"
    """By the last sequence of each subject, one message a version: for ``.events``; a gap is an alarm."""
    SNAPSHOT = "snapshot"
    """By the last sequence of each subject, gaps allowed: for ``.state``, where compaction makes them."""


@dataclass(frozen=True)
class Reading:
    """What a reader knows of the types on its topic.

    classes: those it handles, by type. known: types it skips. sequenced: whether a message needs a sequence.
    upcasts: by the old type; one counts only where it leads, over others if need be, to a class that is handled.
    """

    classes: Mapping[str, type[Message]]
    known: frozenset[str] = frozenset()
    sequenced: bool = True
    upcasts: Mapping[str, Upcast] = field(default_factory=dict)

    def way(self, kind: str) -> Sequence[Upcast] | None:
        """Find the upcasts from a type to one that is handled: none for one that is; None where there is no way."""
        way: list[Upcast] = []
        while kind not in self.classes:
            upcast = self.upcasts.get(kind)
            if upcast is None or len(way) > len(self.upcasts):
                return None
            way.append(upcast)
            kind = upcast.new.message_type
        return way


Handler: TypeAlias = Callable[[Received[Any], Transaction], Awaitable[None]]
BatchHandler: TypeAlias = Callable[[Sequence[Received[Any]], Transaction], Awaitable[None]]
InvalidHandler: TypeAlias = Callable[[Record, list[FieldError], Transaction], Awaitable[None]]


@dataclass(frozen=True)
class Subscription:
    """One topic and what is done with its messages.

    messages: handlers by message class. With ``batch``, the classes to read (values are not called).
    dedupe: how repeats are known.
    batch: instead of the handlers; gets the fresh messages of a chunk in order, tombstones included.
    ahead: before the handlers; gets what they will be given, to look up together what they would one by one. It may
        neither change nor wait for anything: a handler that finds nothing looked up looks itself.
    known: further message types of the topic: skipped silently. Any other type is invalid.
    on_tombstone: what to do when a key of a handled type is erased; without it tombstones are skipped.
    on_invalid: what to do with a record that cannot be read: reject it. Without it, it becomes a dead letter.
    on_duplicate: what to do with a repeat, e.g. repeat the stored outcome; without it repeats are skipped.
    repeats_matter: what comes under a used id may be new: if on_duplicate fails for good, the record is parked.
    unhurried: nobody waits at a page for what comes of it: of a mass that lasts it is taken in still larger parts.
    reader: name of this reading, where a service reads a topic twice or anew; part of the consumer group.
    """

    topic: str
    messages: Mapping[type[Message], Handler] | Collection[type[Message]]
    dedupe: Dedupe
    batch: BatchHandler | None = None
    ahead: BatchHandler | None = None
    known: frozenset[str] = field(default_factory=frozenset)
    on_tombstone: Handler | None = None
    on_invalid: InvalidHandler | None = None
    on_duplicate: Handler | None = None
    repeats_matter: bool = False
    unhurried: bool = False
    reader: str = ""

    def __post_init__(self) -> None:
        if self.batch is None and not isinstance(self.messages, Mapping):
            raise TypeError(f"{self.topic}: without a batch handler each message class needs a handler")

    def reading(self, upcasts: Iterable[Upcast] = ()) -> Reading:
        """Tell how its records are read, with these upcasts for messages of earlier majors."""
        return Reading(
            self.classes,
            self.known,
            sequenced=self.dedupe is not Dedupe.ID,
            upcasts={upcast.old.message_type: upcast for upcast in upcasts},
        )

    @cached_property
    def classes(self) -> Mapping[str, type[Message]]:
        """Message classes by type."""
        return {message.message_type: message for message in self.messages}

    def handler(self, message: type[Message]) -> Handler:
        """Find the handler of a message class of this subscription."""
        assert isinstance(self.messages, Mapping)
        return self.messages[message]

    def group(self, service: str) -> str:
        """Name the consumer group, ``<service>.<topic>``: one a topic, so that topics do not rebalance each other."""
        return ".".join(part for part in (service, self.topic, self.reader) if part)
