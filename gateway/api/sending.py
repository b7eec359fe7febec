"""From a write to its outcome: the key is taken, the command goes the pages' way, and its outcome is the answer."""

from __future__ import annotations

from litestar import Response

from contracts import topics
from contracts.distribution.threads_v1 import AskQuestion
from contracts.distribution.v1 import ListCommand, SendAnswer
from contracts.envelope import Message
from contracts.municipality.reports import ReportCommand
from contracts.municipality.v1 import RegisterResolution
from contracts.notification.v1 import MarkNoticesRead
from gateway.api import problems
from gateway.api.guards import access_of, api_of, caller_of
from gateway.api.headers import entity_tag, idempotency_key
from gateway.api.models import Command as CommandOut, CommandStatus
from gateway.api.problems import ProblemError
from gateway.api.reading import ROOT, ApiRequest
from gateway.api.requests import Asked, KeyReusedError, command_id
from gateway.commands.desk import Command, Kind, Sent
from gateway.commands.outcomes import Outcome
from gateway.parts import Parts

ACCEPTED = 202


async def submit(
    request: ApiRequest,
    parts: Parts,
    kind: Kind,
    body: ListCommand | AskQuestion | MarkNoticesRead | RegisterResolution | ReportCommand,
    key: str | None,
) -> Response[CommandOut]:
    """Send the command unless its key has been used for another, and answer with what becomes of it."""
    access, user_id = access_of(request), caller_of(request).user_id
    subject = _subject(body)
    identity = command_id(user_id, idempotency_key(key))
    content = body.model_dump_json(exclude={"actor", "accepted_at"}).encode()
    asked = Asked(identity, user_id, access.municipality_id, kind, subject, content)
    try:
        taken_at = await api_of(request).requests.claim(asked)
    except KeyReusedError:
        raise ProblemError("idempotency-key-reused") from None
    sending: Message = body
    if isinstance(body, SendAnswer):
        # lateness counts from when it was first taken, however often it is sent again
        sending = body.model_copy(update={"accepted_at": taken_at})
    outcome = await parts.desk.submit(_command(asked, sending))
    return _answer(asked, outcome)


def _subject(body: ListCommand | AskQuestion | MarkNoticesRead | RegisterResolution | ReportCommand) -> str:
    match body:
        case ListCommand() | AskQuestion():
            return body.list_id
        case ReportCommand():
            return body.subject
        case RegisterResolution():
            return f"{body.municipality_id}/{body.year}"
    return body.municipality_id


TOPICS = {
    Kind.READ_NOTICES: topics.NOTIFICATION_COMMANDS,
    Kind.RESOLVE: topics.MUNICIPALITY_COMMANDS,
    Kind.REPORT: topics.MUNICIPALITY_COMMANDS,
    Kind.CONFIRM_REPORT: topics.MUNICIPALITY_COMMANDS,
    Kind.WITHDRAW_REPORT: topics.MUNICIPALITY_COMMANDS,
}
"""Where commands go that are not about a list."""


def _command(asked: Asked, body: Message) -> Command:
    return Command(
        command_id=asked.command_id,
        kind=asked.kind,
        topic=TOPICS.get(asked.kind, topics.DISTRIBUTION_COMMANDS).name,
        municipality_id=asked.municipality_id,
        subject=asked.subject,
        user_id=asked.user_id,
        body=body,
        # what the read model is to show before the answer is given
        form={"notice_ids": body.notice_ids} if isinstance(body, MarkNoticesRead) else None,
    )


def _answer(asked: Asked, outcome: Outcome | None) -> Response[CommandOut]:
    body = told(Sent(asked.command_id, asked.kind, asked.subject, None), outcome)
    if body.problem is not None:
        version = body.problem.current_version
        return problems.response(body.problem, {} if version is None else {"ETag": entity_tag(version)})
    if outcome is None:
        place = f"{ROOT}/{asked.municipality_id}/commands/{asked.command_id}"
        return Response(body, status_code=ACCEPTED, headers={"Location": place, "Retry-After": "1"})
    return Response(body, headers={} if body.version is None else {"ETag": entity_tag(body.version)})


def told(sent: Sent, outcome: Outcome | None) -> CommandOut:
    """Tell how far a command has come."""
    if outcome is None:
        return CommandOut(command_id=sent.command_id, status=CommandStatus.PENDING, subject=sent.subject)
    version = None if sent.kind is Kind.READ_NOTICES else outcome.version
    return CommandOut(
        command_id=sent.command_id,
        status=CommandStatus.ACCEPTED if outcome.accepted else CommandStatus.REFUSED,
        subject=sent.subject,
        version=version,
        problem=None if outcome.accepted else problems.refusal(outcome),
    )
