"""The ledger of one fault, list by list: what was published, asked, and told in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.told import Line, What

OUTCOMES = (What.ACCEPTED, What.REFUSED)


@dataclass
class Asked:
    """One command by its key, with everything that clients were told of it."""

    key: str
    action: str
    details: Mapping[str, Any]
    told: list[Line] = field(default_factory=list)

    @property
    def outcomes(self) -> list[Line]:
        """What it was told that is an outcome."""
        return [line for line in self.told if line.what in OUTCOMES]

    @property
    def accepted(self) -> bool:
        """Whether somebody was told that it took effect."""
        return any(line.what is What.ACCEPTED for line in self.outcomes)

    @property
    def refused(self) -> bool:
        """Whether somebody was told that it did not."""
        return any(line.what is What.REFUSED for line in self.outcomes)

    @property
    def version(self) -> int | None:
        """The list's version after it, as told."""
        return next((line.details["version"] for line in self.outcomes if line.details.get("version")), None)

    @property
    def problems(self) -> set[str]:
        """Why it was refused, as told."""
        return {str(line.details.get("problem")) for line in self.outcomes if line.what is What.REFUSED}

    @property
    def approves(self) -> frozenset[int]:
        """The running numbers it accepts."""
        return frozenset(self.details.get("accepted", ()))

    @property
    def declines(self) -> dict[int, str]:
        """The running numbers it declines, with their reasons."""
        return {int(number): str(reason) for number, reason in self.details.get("declined", {}).items()}


@dataclass
class History:
    """One list."""

    list_id: str
    published: list[Line] = field(default_factory=list)
    unpublished: list[Line] = field(default_factory=list)
    commands: dict[str, Asked] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether the broker has a message about it that has to be taken."""
        return any(line.details.get("expects") == "taken" for line in self.published)

    @property
    def withdrawn(self) -> bool:
        """Whether the broker has IMDi's withdrawal of it."""
        return any(line.details.get("kind") == "imdi.withdraw-list.v1" for line in self.published)

    @property
    def persons(self) -> frozenset[int]:
        """The running numbers that were published."""
        return frozenset(one["number"] for line in self.published for one in line.details.get("persons", ()))

    def asked(self, action: str) -> list[Asked]:
        """Tell the commands of a kind, in the order they were asked."""
        return [one for one in self.commands.values() if one.action == action]

    @property
    def sent(self) -> bool | None:
        """Whether it was answered, by what clients were told; None where they were not told."""
        sends = self.asked("send")
        if any(one.accepted for one in sends):
            return True
        return None if any(not one.outcomes for one in sends) else False

    @property
    def approval(self) -> Asked | None:
        """The approval that holds: the last one that was accepted."""
        accepted = [one for one in self.asked("approve") if one.accepted]
        return max(accepted, key=lambda one: one.version or 0) if accepted else None


def histories(lines: Iterable[Line]) -> dict[str, History]:
    """Sort a ledger by list."""
    found: dict[str, History] = {}
    for line in lines:
        history = found.setdefault(line.list_id, History(line.list_id))
        if line.what is What.PUBLISHED:
            history.published.append(line)
        elif line.what is What.NOT_PUBLISHED:
            history.unpublished.append(line)
        elif line.what is What.ASKED:
            history.commands.setdefault(line.key, Asked(line.key, str(line.details["action"]), line.details))
        elif line.key in history.commands:
            history.commands[line.key].told.append(line)
    return found


def good(found: Mapping[str, History]) -> Iterator[History]:
    """Tell the lists that have to be there."""
    return (history for history in found.values() if history.good)


def keys(found: Mapping[str, History]) -> Sequence[str]:
    """Tell all that was sent: ids of messages and keys of commands."""
    published = {line.key for history in found.values() for line in history.published}
    return sorted(published | {key for history in found.values() for key in history.commands})
