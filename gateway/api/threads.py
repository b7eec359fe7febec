"""Questions to IMDi and what it wrote back: reading the threads of a list, and asking."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import BaseModel, Field, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from contracts.distribution.threads_v1 import AskQuestion, ThreadMessageState
from contracts.fields import RunningNumber, ThreadText
from gateway.api.bodies import STRICT
from gateway.api.documented import GONE, WRITTEN, Write, documented
from gateway.api.guards import access_of, caller_of, json_body
from gateway.api.models import Answered, Command as CommandOut, NextLink
from gateway.api.reading import ROOT, ApiRequest, Limit, the_list
from gateway.api.sending import submit
from gateway.api.writing import LIST_TAGS, PENDING, Key
from gateway.commands.desk import Kind
from gateway.parts import Parts
from gateway.readmodel.threads import find_messages

After = Annotated[int, QueryParameter(ge=0, le=100_000, description="Messages after this number. `next` names it.")]
WORDS: JsonSchemaValue = {
    "type": "string", "minLength": 1, "maxLength": 10_000, "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$",
}  # fmt: skip
"""``ThreadText`` with all its rules: pydantic leaves a pattern out that stands before a validator."""
NUMBER = "The person whose thread it is in; null: about the list as a whole."


class QuestionBody(BaseModel):
    """A question to IMDi, about the list as a whole or one person of it. No names and no identity numbers."""

    model_config = STRICT
    running_number: Annotated[RunningNumber | None, Field(description=NUMBER)] = None
    text: Annotated[ThreadText, WithJsonSchema(WORDS)]


class ThreadMessage(Answered):
    """What somebody wrote. `number` counts all messages of the list, without a gap; a message never changes."""

    number: int
    running_number: Annotated[int | None, Field(description=NUMBER)]
    by_imdi: bool
    by: Annotated[str, Field(description="The caseworker, or `IMDi`.")]
    at: datetime
    text: str

    @classmethod
    def of(cls, state: ThreadMessageState) -> Self:
        """Make it from the message's state."""
        kept = state.model_dump(include={"number", "running_number", "by_imdi", "text"})
        return cls(**kept, by=state.written.display_name, at=state.written.at)


class ThreadMessages(Answered):
    """Messages of a list, oldest first, those of all its threads together."""

    items: list[ThreadMessage]
    next: NextLink = None


@get(
    "/distribution-lists/{list_id:str}/messages",
    operation_id="listMessages",
    summary="Questions and replies about a list",
    tags=LIST_TAGS,
    responses=documented(*GONE),
)
async def messages(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    after: After = 0,
    limit: Limit = 50,
) -> ThreadMessages:
    """Give what municipality and IMDi have written about the list; readable for as long as the list is.

    Messages are only ever added: who has those up to a number asks for what is after it.
    """
    access = access_of(request)
    await the_list(parts, access, list_id)
    found = await find_messages(parts.reader, access.municipality_id, list_id, after=after, limit=limit + 1)
    shown, following = found[:limit], None
    if len(found) > limit:
        query = f"after={shown[-1].number}&limit={limit}"
        following = f"{ROOT}/{access.municipality_id}/distribution-lists/{list_id}/messages?{query}"
    return ThreadMessages(items=[ThreadMessage.of(message) for message in shown], next=following)


@post(
    "/distribution-lists/{list_id:str}/messages",
    operation_id="askQuestion",
    status_code=200,
    summary="Ask IMDi before the list is answered",
    tags=LIST_TAGS,
    guards=[json_body],
    responses={202: PENDING, **documented(*WRITTEN, 409)},
    operation_class=Write,
)
async def ask(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    data: JSONBody[QuestionBody],
    key: Key = None,
) -> Response[CommandOut]:
    """Send a question to IMDi at once (Send spørsmålet). It fits whatever version the list has; its clock runs on."""
    access = access_of(request)
    found = await the_list(parts, access, list_id)
    body = AskQuestion(
        list_id=found.state.list_id,
        municipality_id=access.municipality_id,
        **data.model_dump(),
        actor=caller_of(request).actor,
    )
    return await submit(request, parts, Kind.ASK, body, key)
