"""A list as it is printed: everything open, nothing to click."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from gateway.auth.guards import access_of
from gateway.pages import list_view
from gateway.pages.answer_form import AnswerForm
from gateway.pages.list_pages import list_path, the_list
from gateway.pages.render import PageRequest, page
from gateway.pages.threads_view import threads
from gateway.parts import Parts


@get("/bosetting/fordelinger/{list_id:str}/utskrift", include_in_schema=False)
async def printed_list(request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]) -> Template:
    """One list with the details of everybody on it, whatever its status."""
    access = access_of(request)
    found = await the_list(parts, access, list_id)
    return page(
        request,
        "list_print.html",
        access=access,
        found=found,
        list=found.state,
        households=list_view.households(found),
        places=list_view.places(found, AnswerForm.of(found)),
        timeline=list_view.timeline(found),
        open_details=True,
        threads=threads(found),
        may_ask=False,
        path=list_path(access, found.state.list_id),
    )
