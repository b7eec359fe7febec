"""Templates: the environment they are made in, and a page from one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar.connection import Request
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from markupsafe import Markup

from gateway import language
from gateway.auth.guards import SINCE
from gateway.auth.users import Access, User
from gateway.pages import format as formats, labels, languages, letter_way, phrases
from gateway.pages.assets import Assets
from gateway.pages.days import is_day
from gateway.pages.report_labels import part_name
from gateway.readmodel.places import awaits_resolution

TEMPLATES = Path(__file__).parents[1] / "templates"

OK = 200

PageRequest = Request[User | None, Any, Any]


def environment(assets: Assets) -> Environment:
    """Make a strict environment: an unknown name is an error, all output is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        {**labels.GLOBALS, **letter_way.GLOBALS},
        _=phrases.gettext,
        gettext=phrases.gettext,
        ngettext=phrases.ngettext,
        asset=assets.url,
        language=language.current,
        languages=list(language.LANGUAGES.values()),
    )
    made.filters.update(
        day=formats.day,
        moment=formats.moment,
        machine=formats.machine,
        number=formats.number,
        week_name=formats.week_name,
        week_days=formats.week_days,
        signed=formats.signed,
        percent=formats.percent,
        country=formats.country,
        language_name=formats.language_name,
        label_of=labels.label,
        is_day=is_day,
        lower_first=labels.lower_first,
        part_name=part_name,
    )
    made.globals["reply_clock"] = _reply_clock
    made.globals["norwegian"] = norwegian
    made.globals["awaits_resolution"] = awaits_resolution
    return made


def norwegian(text: object = True) -> Markup:
    """Give the attribute that tells of words in Norwegian on a page that is not; which form, nobody has said.

    text: what the element holds, where that may be nothing; its stand-in is in the page's language.
    """
    return Markup(' lang="no"') if text and language.current() is language.ENGLISH else Markup("")


@pass_context
def _reply_clock(context: Context, deadline: Any) -> formats.Clock:  # noqa: ANN401  a template's value
    return formats.reply_clock(deadline, context["now"])


def engine(assets: Assets) -> JinjaTemplateEngine:
    """Litestar's engine around the environment."""
    return JinjaTemplateEngine.from_environment(environment(assets))


def _only_access(user: User | None) -> Access | None:
    """Find the menu's municipality on a page that is about none: the user's, where there is only one."""
    return user.access[0] if user and len(user.access) == 1 else None


def page(
    request: PageRequest,
    template: str,
    *,
    status: int = 200,
    access: Access | None = None,
    headers: Mapping[str, str] | None = None,
    **context: Any,  # noqa: ANN401
) -> Template:
    """Make a page. Every template gets the user, the municipality it is about (or None), and the time."""
    languages.ensure(request)
    if languages.only_language(request):
        # nothing was to be used, so that nothing is wrong with it yet
        status, context = min(status, OK), context | {"errors": (), "error_texts": {}}
    return Template(
        template_name=template,
        context={
            "user": request.scope.get("user"),
            "access": access or _only_access(request.scope.get("user")),
            "now": request.app.state.parts.clock.now(),
            "here": request.url.path,
            "stay": languages.stay(request),
            "since": request.state.get(SINCE, ""),
            **context,
        },
        status_code=status,
        headers=dict(headers or {}),
        media_type="text/html",
    )
