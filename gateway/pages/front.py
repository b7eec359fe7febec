"""The front page, the choice of municipality, help, and the accessibility statement."""

from __future__ import annotations

from datetime import date
from typing import Final

from litestar import get
from litestar.response import Redirect, Template

from gateway.auth.guards import signed_in
from gateway.pages import operations
from gateway.pages.render import PageRequest, page

SEE_OTHER: Final = 303
STATED, CHECKED = date(2026, 11, 26), date(2026, 11, 26)
"""When the accessibility statement was made, and when what it says was last checked: see docs/accessibility.md."""


@get("/", include_in_schema=False)
async def front(request: PageRequest) -> Template | Redirect:
    """Welcomes a stranger; a user goes on to the work surface, or chooses where."""
    user = request.user
    if user is None:
        return page(request, "front.html")
    if user.operator:
        return Redirect(operations.ROOT, status_code=SEE_OTHER)
    if len(user.access) == 1:
        return Redirect(f"/kommune/{user.access[0].municipality_id}/arbeidsflate", status_code=SEE_OTHER)
    return Redirect("/velg-kommune", status_code=SEE_OTHER)


@get("/velg-kommune", guards=[signed_in], include_in_schema=False)
async def choose_municipality(request: PageRequest) -> Template | Redirect:
    """Show the municipalities the session gives a right to; where there is none, whom to ask for one."""
    assert request.user is not None
    if request.user.operator:
        return Redirect(operations.ROOT, status_code=SEE_OTHER)
    if not request.user.access:
        return page(request, "no_access.html", status=403)
    return page(request, "choose.html")


@get("/hjelp", include_in_schema=False)
async def help_page(request: PageRequest) -> Template:
    """How it is done, and whom to ask."""
    return page(request, "help.html")


@get("/tilgjengelighet", include_in_schema=False)
async def accessibility_statement(request: PageRequest) -> Template:
    """Tell what the regulation on universal design asks for: what is not met, whom to tell, where to complain."""
    return page(request, "accessibility.html", made=STATED, checked=CHECKED)
