"""``fordeling watch``: see what comes back to IMDi."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from contracts.distribution.threads_v1 import Question
from contracts.distribution.v1 import Answer, Rejection
from contracts.failures import MessageFailed
from contracts.municipality.v1 import RequestRejection
from contracts.topics import (
    DISTRIBUTION_ANSWERS,
    DISTRIBUTION_QUESTIONS,
    DISTRIBUTION_REJECTIONS,
    MUNICIPALITY_REJECTIONS,
    TOPICS,
    Kind,
)
from ops import broker
from ops.address import bootstrap_servers
from ops.commands.options import DataDir
from ops.dead_letters.masking import printable

_TOPICS = (DISTRIBUTION_ANSWERS, DISTRIBUTION_QUESTIONS, DISTRIBUTION_REJECTIONS, MUNICIPALITY_REJECTIONS)
_FAILURES = {topic.name: topic.owner for topic in TOPICS if topic.kind is Kind.FAILURES}


def watch(
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Begin with what is kept, not now.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line: topic, headers and body.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after this many.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop after this long.")] = None,
    list_id: Annotated[str | None, typer.Option("--list", help="Only what is about this list.")] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="Instead: messages that were parked, as they are announced.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show answers, questions and rejections as they come back to IMDi. Words on persons are shown with --json only.

    Exit code 1 where --seconds passed before --count was reached.
    """
    console = Console()
    shown = 0
    for seen in broker.follow(
        bootstrap_servers(data_dir),
        list(_FAILURES) if failures else [topic.name for topic in _TOPICS],
        from_beginning=from_beginning,
        stop=broker.deadline(seconds),
    ):
        if seen is None or (list_id is not None and seen.headers.get("ce_subject") != list_id):
            continue
        if as_json:
            typer.echo(json.dumps(_document(seen), ensure_ascii=False))
        else:
            console.print(_told(seen), soft_wrap=True)
        shown += 1
        if count is not None and shown >= count:
            return
    if count is not None:
        raise typer.Exit(1)


def _document(seen: broker.Seen) -> dict[str, Any]:
    return {
        "topic": seen.topic,
        "partition": seen.partition,
        "offset": seen.offset,
        "key": seen.key,
        "headers": seen.headers,
        "body": json.loads(seen.value) if seen.value else None,
    }


def _told(seen: broker.Seen) -> Text:
    """Write one record; a newer release, or another sender, may have written what this one cannot read."""
    try:
        return _line(seen)
    except ValidationError:
        return Text.assemble(
            ("cannot be read", "red"), f"  {seen.topic}, partition {seen.partition}, offset {seen.offset}"
        )


def _line(seen: broker.Seen) -> Text:
    value = seen.value or b"{}"
    time = seen.headers.get("ce_time", "")[:19].replace("T", " ")
    if seen.topic in _FAILURES:
        return _failure(time, _FAILURES[seen.topic], MessageFailed.model_validate_json(value))
    if seen.topic == DISTRIBUTION_ANSWERS.name:
        return _answer(time, Answer.model_validate_json(value))
    if seen.topic == DISTRIBUTION_QUESTIONS.name:
        return _question(time, Question.model_validate_json(value))
    if seen.topic == DISTRIBUTION_REJECTIONS.name:
        return _rejection(time, Rejection.model_validate_json(value))
    return _rejection(time, RequestRejection.model_validate_json(value))


def _answer(time: str, answer: Answer) -> Text:
    accepted = sum(person.accepted for person in answer.persons)
    reasons = ", ".join(f"{person.running_number}: {person.reason}" for person in answer.persons if person.reason)
    return Text.assemble(
        f"{time}  ",
        ("answered", "green"),
        f"  {answer.list_id}  municipality {answer.municipality_number}  {accepted} accepted,"
        f" {len(answer.persons) - accepted} declined{' (' + reasons + ')' if reasons else ''}"
        f"{'  late' if answer.late else ''}{'  with a message' if answer.message else ''}",
    )


def _question(time: str, question: Question) -> Text:
    about = "the whole list" if question.running_number is None else f"person {question.running_number}"
    return Text.assemble(
        f"{time}  ",
        ("question", "cyan"),
        f"  {question.list_id}  municipality {question.municipality_number}  about {about}, message {question.number}"
        "; reply with: fordeling demo reply",
    )


def _rejection(time: str, rejection: Rejection | RequestRejection) -> Text:
    list_id = getattr(rejection, "list_id", None)
    name = f"list {list_id}" if list_id else f"message {rejection.message_id or f'at offset {rejection.offset}'}"
    lines = [f"\n    {problem.path or 'message'}: {problem.message} [{problem.code}]" for problem in rejection.errors]
    return Text.assemble(
        f"{time}  ",
        ("rejected", "red"),
        f"  {name}  municipality {rejection.municipality_number or '?'}",
        *lines,
    )


def _failure(time: str, service: str, failed: MessageFailed) -> Text:
    return Text.assemble(
        f"{time}  ",
        ("behind", "yellow") if failed.behind else ("parked", "red"),
        f"  {service}:{failed.dead_letter_id}  {printable(failed.subject)}  {printable(failed.failed_type or '?')}"
        f"  from {failed.topic}{f'  {failed.error}' if failed.error else ''}",
    )
