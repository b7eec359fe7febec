"""The comparison itself, on marks alone: what is missing, extra, behind or different, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.envelope import EPOCH


class Side(StrEnum):
    """The place at which a finding shows."""

    DATABASE = "database"
    TOPIC = "topic"
    READ_MODEL = "read model"


class Kind(StrEnum):
    """What is wrong there. EXTRA: it has what the place it follows lacks."""

    MISSING = "missing"
    EXTRA = "extra"
    BEHIND = "behind"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is kept of one row or record: no personal data.

    sequence: the version (on the topic and in the read model with the epoch folded in); None: the database has none.
    held: digest of the fields that the owner's database holds. whole: digest of all; empty where it is not known.
    """

    sequence: int | None
    held: bytes = b""
    whole: bytes = b""


Marks = Mapping[str, Mark]


@dataclass(slots=True)
class Snapshot:
    """One kind of thing as it stands in the three places, by key. ``shown`` None: the read model has none of it."""

    kept: dict[str, Mark] = field(default_factory=dict)
    told: dict[str, Mark] = field(default_factory=dict)
    shown: dict[str, Mark] | None = None

    def sides(self, key: str) -> tuple[Mark | None, ...]:
        """Tell how one key stands everywhere: equal again where nothing has moved."""
        return self.kept.get(key), self.told.get(key), (self.shown or {}).get(key)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is not as it should be. ``key``: a record's key, which is an id."""

    key: str
    side: Side
    kind: Kind


def compare(snapshot: Snapshot, keys: Collection[str] | None = None) -> Iterator[Finding]:
    """Yield what differs between database and topic, and between topic and read model; ``keys`` None: of all."""
    shown = snapshot.shown
    for key in keys if keys is not None else snapshot.kept.keys() | snapshot.told.keys() | (shown or {}).keys():
        kept, told = snapshot.kept.get(key), snapshot.told.get(key)
        if found := _kept_and_told(kept, told):
            yield Finding(key, *found)
        if shown is not None and (kind := _told_and_shown(told, shown.get(key))):
            yield Finding(key, Side.READ_MODEL, kind)


def _kept_and_told(kept: Mark | None, told: Mark | None) -> tuple[Side, Kind] | None:
    if kept is None or told is None:
        return None if kept is told else (Side.TOPIC, Kind.EXTRA if kept is None else Kind.MISSING)
    if kept.sequence is not None:
        # The database keeps versions without the epoch.
        version = (told.sequence or 0) % EPOCH
        if version != kept.sequence % EPOCH:
            return (Side.TOPIC if version < kept.sequence % EPOCH else Side.DATABASE), Kind.BEHIND
    return None if kept.held == told.held else (Side.TOPIC, Kind.DIFFERENT)


def _told_and_shown(told: Mark | None, shown: Mark | None) -> Kind | None:
    if told is None or shown is None:
        return None if told is shown else (Kind.EXTRA if told is None else Kind.MISSING)
    if (shown.sequence or 0) < (told.sequence or 0):
        return Kind.BEHIND
    same = shown.sequence == told.sequence and shown.whole == told.whole
    return None if same else Kind.DIFFERENT
