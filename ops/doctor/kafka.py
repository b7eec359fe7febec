"""The broker, its topics, and how far our groups are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ops.doctor.findings import Finding, State, graded, well
from ops.errors import UserError
from ops.topics import registry
from ops.topics.lag import NEVER, GroupLag, LagReader, expected

FAR_BEHIND = 1000
_NAMED = 3


def check(bootstrap: str) -> Iterator[Finding]:
    """Look at Kafka; where it does not answer, that is all that is told."""
    try:
        found = registry.look(bootstrap)
    except UserError as error:
        said = str(error).split(". ", 1)[0]
        yield Finding("broker", bootstrap, State.BAD, said, "start it, or mend the address or the profile")
        return
    count = f"{found.brokers} broker{'' if found.brokers == 1 else 's'}"
    yield well("broker", bootstrap, f"{count}, {len(found.topics)} topics")
    yield from _topics(found)
    yield from groups(LagReader(bootstrap).look(sorted(expected())))


def _topics(found: registry.Look) -> Iterator[Finding]:
    differing = registry.drift(found)
    missing = [each.topic for each in differing if each.found == "missing"]
    if missing:
        yield Finding("topics", "missing", State.BAD, _some(missing), "fordeling topics create")
    others = Counter(each.what for each in differing if each.found != "missing")
    if others:
        told = ", ".join(f"{what} ({number})" for what, number in others.items())
        yield Finding("topics", "registry", State.LOOK, f"differ in {told}", "fordeling topics check")
    if not differing:
        yield well("topics", "registry", "all as they should be")


def groups(found: Sequence[GroupLag]) -> Iterator[Finding]:
    """Tell who reads and how far, of all groups that must be there."""
    reading = {_service(each) for each in found if each.members}
    # The registry names readers also that a release does not have yet; then the service's others run.
    never = [each.group for each in found if each.state in NEVER and _service(each) in reading]
    silent = [each.group for each in found if not each.members and each.group not in never]
    # Also where nobody reads: a process that tries the same for five minutes is no member of its group meanwhile.
    behind = [each for each in found if each.group not in never and each.lag > FAR_BEHIND]
    stopped = sorted({name.split(".", 1)[0] for name in silent})
    if never:
        yield Finding(
            "groups", "never read", State.LOOK, _some(never), "does this release read it? fordeling topics lag"
        )
    yield graded(
        "groups",
        "readers",
        well_if=not silent,
        said=f"{len(found) - len(never)} groups" if not silent else f"nobody reads as {_some(silent)}",
        todo=f"start {', '.join(stopped)}; its log tells why it ended, or what it has tried for five minutes",
    )
    yield graded(
        "groups",
        "lag",
        well_if=not behind,
        said=_behind(behind)
        if behind
        else f"{sum(each.lag for each in found if each.group not in never)} records to handle",
        todo="fordeling topics lag --watch: does it get less? Else look at the service's log",
        otherwise=State.LOOK,
    )


def _service(group: GroupLag) -> str:
    return group.group.split(".", 1)[0]


def _behind(groups: list[GroupLag]) -> str:
    return ", ".join(f"{each.group} {each.lag} behind" for each in groups[:_NAMED])


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
