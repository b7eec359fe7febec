"""Hvem har sett: who of the municipality's own has looked at a person who is placed there, when, and for what."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from gateway.auth.guards import access_of
from gateway.folders.guards import PART
from gateway.folders.looks import Part, Purpose, Refusal, Wanted
from gateway.folders.opening import names_a_person
from gateway.folders.seen_by import MOST, find_seen_by
from gateway.pages.folders import FOLDER, folder_path, viewer_of
from gateway.pages.list_pages import list_path
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts
from gateway.readmodel.folders import has_folder


@get(f"{FOLDER}/oppslag", include_in_schema=False, opt={PART: Part.IDENTIFIED})
async def seen_by(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], running_number: FromPath[int]
) -> Template:
    """Show who has looked. It tells nothing of the person, so it is no look; who is turned away is written down."""
    access = access_of(request)
    who = (access.municipality_id, list_id, running_number)
    if not names_a_person(list_id, running_number):
        raise NotFoundException
    if not await has_folder(parts.reader, *who):
        await parts.looks.record(
            viewer_of(request), Wanted(*who, Part.IDENTIFIED, Purpose.SETTLEMENT), Refusal.NOT_OPEN
        )
        raise NotFoundException
    return page(
        request,
        "seen_by.html",
        access=access,
        number=running_number,
        list_id=list_id,
        found=await find_seen_by(parts.reader, *who),
        most=MOST,
        folder=folder_path(request, list_id, running_number),
        of_list=list_path(access, list_id),
    )
