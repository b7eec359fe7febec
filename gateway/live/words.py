"""What is said of news, in the user's language; nothing of what is only to be seen on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.language import _
from gateway.live.news import Kind, News, Told

# Made when they are said: the language is the request's.
SAID: Mapping[Kind, Callable[[], str]] = {
    Kind.LIST_PUBLISHED: lambda: _("Ny fordelingsliste fra IMDi: %(list)s."),
    Kind.LIST_WITHDRAWN: lambda: _("IMDi har trukket listen %(list)s."),
    Kind.PERSONS_WITHDRAWN: lambda: _("IMDi har trukket personer fra %(list)s."),
    Kind.DEADLINE_MOVED: lambda: _("IMDi har gitt ny svarfrist på %(list)s."),
    Kind.PERSONS_PLACED: lambda: _("Personer på %(list)s er søkt ut til kommunen."),
    Kind.LIST_SAVED: lambda: _("%(who)s har lagret endringer på %(list)s."),
    Kind.LIST_APPROVED: lambda: _("%(who)s har godkjent %(list)s."),
    Kind.LIST_RETURNED: lambda: _("%(who)s har tatt %(list)s tilbake til behandling."),
    Kind.LIST_ANSWERED: lambda: _("%(who)s har sendt svaret på %(list)s til IMDi."),
    Kind.QUESTION_ASKED: lambda: _("En kollega har spurt IMDi om %(list)s."),
    Kind.IMDI_WROTE: lambda: _("IMDi har skrevet om %(list)s."),
    Kind.PLACES_REQUESTED: lambda: _("IMDi har bedt kommunen om å bosette flyktninger."),
}


def said(told: Told, user_id: str) -> str:
    """Say what has happened; empty where it is the user's own doing, or small."""
    news = told.news
    if news.actor == user_id:
        return ""
    if news.kind is Kind.LETTER_READ:
        return _letter_read(news)
    text = SAID.get(news.kind)
    return text() % {"list": news.list_id, "who": told.who or _("En kollega")} if text else ""


def _letter_read(news: News) -> str:
    if news.list_id is None:
        return _("Et brev om anmodningen er lest.")
    if news.running_number is None:
        return _("Et brev om %(list)s er lest.") % {"list": news.list_id}
    return _("Brevet til person %(number)s på %(list)s er lest.") % {
        "number": news.running_number,
        "list": news.list_id,
    }
