"""Ask before you answer: the municipality asks IMDi about a list or a person of it, and IMDi writes back.

The reply clock runs on meanwhile. A municipality asks while the list waits for its answer; what was asked may still be
replied to afterwards, until the list or the person is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.distribution.domain.events import ImdiWrote, QuestionAsked
from services.distribution.domain.lists import Actor, Asked, Decided, DistributionList, by_imdi
from services.distribution.domain.problems import Problem
from services.distribution.domain.refusals import Refusal, ThreadFull, UnknownPerson
from services.distribution.domain.reply_clock import RUNS
from services.distribution.domain.thread_messages import MOST_MESSAGES, Thread, ThreadMessage
from services.distribution.domain.treatment import not_workable, persons_withdrawn


@dataclass(frozen=True, slots=True)
class Said:
    """Words for a thread. ``running_number`` None: about the list as a whole."""

    running_number: int | None
    text: str


def ask(current: DistributionList, said: Said, actor: Actor, *, at: datetime) -> Decided | Refusal:
    """Ask IMDi. Whatever has happened to the list since the actor looked, the question is still one."""
    asked = Asked(actor, current.version, at)
    if refusal := not_workable(current, asked):
        return refusal
    if said.running_number is not None:
        person = current.person(said.running_number)
        if person is None:
            return UnknownPerson((said.running_number,))
        if person.withdrawn is not None:
            return persons_withdrawn([person])
    if current.messages >= MOST_MESSAGES:
        return ThreadFull(MOST_MESSAGES)
    act = asked.act()
    message = ThreadMessage(current.messages + 1, said.running_number, act.user_id, act.display_name, at, said.text)
    events = (QuestionAsked(current.version + 1, message),)
    return current.after(events, threads=_with(current, message)), events


def reply(
    current: DistributionList, said: Said, reply_id: str, known: Said | None, *, at: datetime
) -> Decided | list[Problem]:
    """Write in a thread as IMDi. ``known``: what came under this id before: the same again changes nothing."""
    if known == said:
        return current, ()
    if problems := list(_problems(current, said, known)):
        return problems
    act = by_imdi(at)
    message = ThreadMessage(
        current.messages + 1, said.running_number, act.user_id, act.display_name, at, said.text, reply_id
    )
    deadline = current.deadline if current.status in RUNS else None
    events = (ImdiWrote(current.version + 1, message, len(current.present), deadline),)
    erased = None if said.running_number is None else current.words_erased_at
    return current.after(events, threads=_with(current, message), words_erased_at=erased), events


def _problems(current: DistributionList, said: Said, known: Said | None) -> Iterator[Problem]:
    if known is not None:
        yield Problem("reply_id", "reply-changed", "Other words have come under this id before.")
    if current.withdrawn is not None:
        yield Problem("list_id", "list-withdrawn", "The list has been withdrawn.")
    if said.running_number is not None:
        person = current.person(said.running_number)
        if person is None:
            yield Problem("running_number", "unknown-person", "The list has no person with this running number.")
        elif person.erased is not None:
            yield Problem("running_number", "person-erased", "What was known of this person has been erased.")
        elif person.withdrawn is not None and current.withdrawn is None:
            yield Problem("running_number", "person-withdrawn", "This person has been withdrawn.")
    if current.erased == len(current.persons):
        yield Problem("list_id", "list-erased", "What was known of the list's persons has been erased.")
    if current.messages >= MOST_MESSAGES:
        yield Problem("list_id", "thread-full", f"The list has {MOST_MESSAGES} messages; no more are taken.")


def _with(current: DistributionList, message: ThreadMessage) -> tuple[Thread, ...]:
    """Give the list's threads with one more message; in the order in which they were begun."""
    awaits = not message.by_imdi
    if all(thread.running_number != message.running_number for thread in current.threads):
        return (*current.threads, Thread(message.running_number, 1, awaits))
    return tuple(
        replace(thread, messages=thread.messages + 1, awaits_reply=awaits)
        if thread.running_number == message.running_number
        else thread
        for thread in current.threads
    )
