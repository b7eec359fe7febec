"""A good call of every command, over one stack, in the order in which they may be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

JSON = "--json"
WHY = ("--why", "a test, case 1234", "--as", "Tester")
REASON = ("--reason", "a test, case 1234", "--as", "Tester")
SERVICES = ("distribution", "municipality", "notification", "letters", "gateway")


@dataclass(frozen=True)
class Call:
    """One call. Words in braces stand for what the stack has: see ``prepared``.

    path: the command's own words. statuses: those it may end with, as docs/cli.md and its help say.
    typed: what comes on standard input. stopped: processes that must not run meanwhile. here: it takes --data-dir.
    silent: where all goes well, it says nothing.
    """

    path: str
    words: tuple[str, ...] = ()
    statuses: Sequence[int] = (0,)
    typed: str = ""
    stopped: tuple[str, ...] = ()
    here: bool = True
    silent: bool = False

    def __str__(self) -> str:
        return " ".join((self.path, *self.words))

    @property
    def as_json(self) -> bool:
        """Whether it asks for JSON."""
        return JSON in self.words


def both(
    path: str, *words: str, statuses: Sequence[int] = (0,), typed: str = "", stopped: tuple[str, ...] = ()
) -> list[Call]:
    """Give a call that may be made twice, for people and for programs."""
    return [Call(path, (*words, *more), statuses, typed, stopped) for more in ((), (JSON,))]


def elsewhere(path: str, *words: str) -> Call:
    """Give a call of a command that asks no stack."""
    return Call(path, words, here=False)


CALLS: Sequence[Call] = (
    # About the stack.
    Call("up", ("--detach",)),
    *both("status"),
    Call("logs", ("distribution", "-n", "5")),
    *both("env"),
    Call("install", here=False, silent=True),
    *both("migrate"),
    *both("doctor", statuses=(3,)),  # what was brought about beforehand is found
    # Topics.
    *both("topics list"),
    *both("topics describe", "distribution.events"),
    *both("topics check"),
    *both("topics create"),
    *both("topics access", "--dry-run", statuses=(0, 1)),
    *both("topics tail", "distribution.events", "-n", "3"),
    *both("topics tail", "distribution.answers", "-n", "1", "--unmask", *WHY),
    *both("topics lag", "--over", "0.2"),
    Call("topics lag", ("--watch", "--count", "1", "--every", "0.2", JSON)),
    *both("topics trace", "{answered}"),
    Call("topics replay", ("distribution.events", "--to-file", "{folder}/story.ndjson")),
    Call("topics replay", ("distribution.events", "--to-file", "{folder}/again.ndjson", JSON)),
    Call("topics replay", ("distribution.events", "--to-group", "ops.walk", *WHY)),
    Call("topics replay", ("distribution.events", "--to-group", "ops.walk.again", *WHY, JSON)),
    *both("topics seek", "ops.walk", "--to", "beginning", "--dry-run"),
    *both("topics seek", "ops.walk", "--to", "end", "--yes", *WHY),
    *both("topics history"),
    # IMDi's side.
    elsewhere("demo list", "--municipality", "0301", "--persons", "2", "--seed", "1"),
    elsewhere("demo withdraw", "FL-2026-000123", "--person", "2"),
    elsewhere("demo erase", "FL-2026-000123", "--person", "2"),
    elsewhere("demo extend", "FL-2026-000123", "--deadline", "2026-12-08"),
    elsewhere("demo reply", "FL-2026-000123", "--text", "Heis holder."),
    Call("demo year", ("--lists", "10", "--persons", "40", "--out", "{folder}/year.ndjson"), here=False, silent=True),
    Call("demo load"),
    Call("publish", ("{list}", "--dry-run")),
    Call("publish", ("{list}", "--follow", "--bulk", "walk", "--seconds", "60")),
    Call("publish", ("{other_list}", "--follow", "--bulk", "walk-json", "--seconds", "60", JSON)),
    Call("bulk", ("walk", "--expect", "1")),
    Call("bulk", ("walk-json", "--expect", "1", JSON)),
    *both("watch", "--from-beginning", "--count", "1", "--seconds", "60"),
    *both("four-eyes", "0301"),
    Call("four-eyes", ("5001", "on", "--as", "Tester")),
    Call("four-eyes", ("5001", "off", "--as", "Tester", JSON)),
    # What waits for somebody to decide.
    *both("dead-letters list"),
    *both("dead-letters show", "{parked_1}"),
    *both("dead-letters show", "{parked_1}", "--unmask", *WHY),
    Call("dead-letters discard", ("{parked_1}", *REASON)),
    Call("dead-letters discard", ("{parked_2}", *REASON, JSON)),
    Call("dead-letters redrive", ("{parked_3}", "--yes", *WHY)),
    Call("dead-letters redrive", ("{parked_4}", "--yes", *WHY, JSON)),
    *both("dead-letters history"),
    *both("outbox aside list"),
    Call("outbox aside release", ("distribution:1000001", *REASON)),
    Call("outbox aside release", ("distribution:1000002", *REASON, JSON)),
    Call("outbox aside discard", ("distribution:1000003", *REASON)),
    Call("outbox aside discard", ("distribution:1000004", *REASON, JSON)),
    Call("mail bounce", typed="{bounce_1}"),
    Call("mail bounce", typed="{bounce_2}"),
    *both("mail failed"),
    *both("mail unsure"),
    Call("mail resend", ("{mail_1}", *WHY)),
    Call("mail resend", ("{mail_2}", *WHY, JSON)),
    Call("mail settle", ("{mail_3}", *WHY)),
    Call("mail settle", ("{mail_4}", *WHY, JSON)),
    *both("letters failed"),
    Call("letters resend", ("{letter_1}", *WHY)),
    Call("letters resend", ("{letter_2}", *WHY, JSON)),
    Call("letters remake", ("{letter_3}", *WHY)),
    Call("letters remake", ("{letter_4}", *WHY, JSON)),
    # The record, and what is held.
    *both("audit verify"),
    Call("audit report", ("--person", "{answered}/1", *WHY)),
    Call("audit export", ("--cef", "--since", "1h", *WHY)),
    *both("audit retention", "--dry-run"),
    *both("audit retention", *WHY),
    *both("privacy find", "{answered}/1", statuses=(1,)),
    *both("privacy find", "FL-1999-999999/1"),
    # Everything told, compared and built again.
    *both("republish", "municipality"),
    *both("rebuild", "--quiet"),
    *both("reconcile", "--wait", "90", "--quiet", "5"),
    # After a disaster; and the end.
    *both("recover database", "letters", "--since", "{since}", stopped=("letters",)),
    *both("recover kafka", stopped=SERVICES),
    Call("down"),
)
