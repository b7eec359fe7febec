"""The work surface: what awaits one, first thing after logging in."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from contracts import topics
from contracts.notification.v1 import MarkNoticesRead
from gateway.auth.guards import FORM_PAGE, OWN, access_of
from gateway.commands.desk import Command, Kind, command_id
from gateway.pages.answer_form import Sheet, form_id_of
from gateway.pages.notice_labels import grouped
from gateway.pages.render import PageRequest, page
from gateway.pages.report_kinds import SORTS
from gateway.pages.submitting import SEE_OTHER, submit
from gateway.parts import Parts
from gateway.readmodel.surface import NOTICES_AT_MOST, NOTICES_SHOWN, find_surface

LONGEST_ID = 64
MARKING = {FORM_PAGE: "/kommune/{municipality_id}/arbeidsflate", OWN: True}


@get("/arbeidsflate", include_in_schema=False)
async def work_surface(
    request: PageRequest, parts: NamedDependency[Parts], shown: Annotated[str, QueryParameter(name="varsler")] = ""
) -> Template:
    """Notices and open lists."""
    access, user = access_of(request), request.user
    assert user is not None
    notices = NOTICES_AT_MOST if shown == "alle" else NOTICES_SHOWN
    now = parts.clock.now()
    surface = await find_surface(parts.reader, access.municipality_id, user.user_id, now, notices=notices)
    return page(
        request,
        "surface.html",
        access=access,
        surface=surface,
        all_notices=notices > NOTICES_SHOWN,
        groups=grouped(surface.notices, user.user_id),
        new_form_id=str(uuid4()),
        report_slugs={kind: sort.slug for kind, sort in SORTS.items()},
        inbox=parts.settings.inbox,
    )


@post("/varsler/lest", status_code=200, include_in_schema=False, opt=MARKING)
async def mark_read(request: PageRequest, parts: NamedDependency[Parts]) -> Template | Redirect:
    """Mark one notice, or all that are shown, as read by this user. It is each user's own: readers do it too."""
    access, user = access_of(request), request.user
    assert user is not None
    data = await request.form()
    ids = [str(one) for one in data.getall("varsel", []) if 0 < len(str(one)) <= LONGEST_ID and "\x00" not in str(one)]
    if not ids:
        return Redirect(f"/kommune/{access.municipality_id}/arbeidsflate", status_code=SEE_OTHER)
    body = MarkNoticesRead(
        municipality_id=access.municipality_id, notice_ids=ids[:NOTICES_AT_MOST], actor=user.acting_in(access)
    )
    stored: dict[str, Any] = {"notice_ids": body.notice_ids}
    sheet = Sheet(form_id_of(data), 0)
    command = Command(
        # sent twice from the same page, marking the same notices is one command
        command_id=command_id(sheet.form_id, Kind.READ_NOTICES, body),
        kind=Kind.READ_NOTICES,
        topic=topics.NOTIFICATION_COMMANDS.name,
        municipality_id=access.municipality_id,
        subject=access.municipality_id,
        user_id=user.user_id,
        body=body,
        form=stored,
    )
    return await submit(request, parts, access, command, sheet)
