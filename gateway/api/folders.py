"""Person folders: who a placed person is, and what there is on its health. Each look is written down first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal, Self

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from contracts.codes import Need
from contracts.fields import Text
from contracts.imdi.v1 import PostalAddress
from gateway.api.bodies import STRICT
from gateway.api.documented import GONE, WRITTEN, Write, documented
from gateway.api.guards import access_of, caller_of, json_body
from gateway.api.models import Answered
from gateway.api.problems import ProblemError
from gateway.api.reading import ApiRequest
from gateway.folders.guards import PART
from gateway.folders.looks import LONGEST_PURPOSE, Channel, HealthPurpose, Part, Purpose, Refusal, Viewer, Wanted
from gateway.folders.opening import ClosedError, names_a_person, open_folder
from gateway.parts import Parts
from gateway.readmodel.folders import Folder

PATH = "/distribution-lists/{list_id:str}/persons/{running_number:int}/folder"
TAGS = ["Person folders"]
Stated = Literal["settlement", "housing", "health_services", "school_or_childcare", "reception"]
"""What can be stated without words."""
HEALTH_LOOKS: list[JsonValue] = [
    {
        "title": "For one of these",
        "properties": {"purpose": {"enum": [one.value for one in HealthPurpose if one is not HealthPurpose.OTHER]}},
    },
    {
        "title": "For something else",
        "properties": {
            "purpose": {"const": HealthPurpose.OTHER.value},
            "purpose_text": {"type": "string", "pattern": r"[^\s\x00-\x20]"},
        },
        "required": ["purpose", "purpose_text"],
    },
]
"""The rule of ``HealthLook`` as the document tells it."""


class PersonFolder(Answered):
    """Who a placed person is. There is one from the placement until a withdrawal."""

    list_id: str
    running_number: int
    given_name: str
    family_name: str
    birth_date: date
    duf_number: Annotated[str, Field(description="Its check digits are not checked: the rule is not public.")]
    identity_number: str | None
    address: PostalAddress
    languages: list[str]
    placed_on: date
    household: Annotated[list[int], Field(description="Running numbers of the household's placed persons.")]

    @classmethod
    def of(cls, found: Folder) -> Self:
        """Make it from an open folder."""
        state = found.identity
        own = state.model_dump(include=set(cls.model_fields) - {"household"})
        return cls.model_validate({**own, "household": list(found.household)})


class HealthPart(Answered):
    """What there is on a placed person's health."""

    list_id: str
    running_number: int
    needs: list[Need]
    needs_note: str | None
    health_note: str | None

    @classmethod
    def of(cls, found: Folder) -> Self:
        """Make it from an open folder that was read with it."""
        person = found.person
        return cls(
            list_id=person.list_id,
            running_number=person.running_number,
            needs=person.needs,
            needs_note=person.needs_note,
            health_note=found.identity.health_note,
        )


class HealthLook(BaseModel):
    """Why the health part is asked for; the purpose `other` needs words. It is kept with the look."""

    model_config = STRICT | ConfigDict(json_schema_extra={"oneOf": HEALTH_LOOKS})
    purpose: HealthPurpose
    purpose_text: Annotated[Text, Field(max_length=LONGEST_PURPOSE)] | None = None

    @model_validator(mode="after")
    def _other_has_words(self) -> Self:
        if self.purpose is HealthPurpose.OTHER and not (self.purpose_text or "").strip():
            raise ValueError("the purpose 'other' needs a text")
        return self


@get(
    PATH,
    operation_id="getPersonFolder",
    summary="Who a placed person is",
    tags=TAGS,
    opt={PART: Part.IDENTIFIED},
    responses=documented(*GONE),
    operation_class=Write,
)
async def folder(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    running_number: FromPath[int],
    purpose: Annotated[Stated | None, HeaderParameter(name="Look-Purpose", description="Why it is looked at.")] = None,
) -> PersonFolder:
    """Give name, numbers and address of a placed person. The look is kept: who, whom, when and why."""
    wanted = _wanted(request, list_id, running_number, Part.IDENTIFIED, Purpose(purpose) if purpose else None)
    return PersonFolder.of(await _open(request, parts, wanted))


@post(
    f"{PATH}/health",
    operation_id="lookAtHealth",
    status_code=200,
    summary="What there is on a placed person's health",
    tags=TAGS,
    guards=[json_body],
    opt={PART: Part.HEALTH},
    responses=documented(*WRITTEN),
)
async def health(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    running_number: FromPath[int],
    data: JSONBody[HealthLook],
) -> HealthPart:
    """Give the health part for the purpose that is stated. It needs the scope that writes: it adds a look."""
    wanted = _wanted(request, list_id, running_number, Part.HEALTH, Purpose(data.purpose.value))
    text = (data.purpose_text or "").strip() or None
    return HealthPart.of(await _open(request, parts, replace(wanted, purpose_text=text)))


def viewer_of(request: ApiRequest) -> Viewer:
    """Tell which client looks."""
    actor = caller_of(request).actor
    return Viewer(actor.user_id, actor.display_name, actor.role, Channel.API)


def _wanted(request: ApiRequest, list_id: str, number: int, part: Part, purpose: Purpose | None) -> Wanted:
    if not names_a_person(list_id, number):
        raise ProblemError("folder-not-found")
    return Wanted(access_of(request).municipality_id, list_id, number, part, purpose)


async def _open(request: ApiRequest, parts: Parts, wanted: Wanted) -> Folder:
    try:
        return await open_folder(parts.reader, parts.looks, viewer_of(request), wanted)
    except ClosedError as error:
        if error.refusal is Refusal.NO_PURPOSE:
            raise ProblemError("purpose-missing", "Send one of the purposes as Look-Purpose.") from None
        raise ProblemError("folder-not-found") from None
