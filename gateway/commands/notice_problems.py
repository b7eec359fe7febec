"""What refusals about notices, and who is to get them, are called to the user."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.commands.words import Params, Problem, Words
from gateway.language import _


def _notice_not_found(_params: Params) -> Problem:
    return Problem(_("Varselet finnes ikke lenger"), _("Last arbeidsflaten på nytt for å se varslene som gjelder."))


def _not_a_contact(_params: Params) -> Problem:
    return Problem(
        _("Adressen er ikke lenger kontakt for kommunen"),
        _("Kontaktene kan være endret siden du åpnet siden. Velg blant dem som står der nå."),
    )


def _contact_taken(_params: Params) -> Problem:
    return Problem(
        _("En kollega har valgt denne adressen"),
        _("En adresse kan bare være én persons. Velg din egen, eller snakk med kollegaen."),
    )


def _last_to_know(params: Params) -> Problem:
    silent = params.get("kinds", "").split(",")
    what = [
        *([_("nye lister")] if "list_received" in silent else []),
        *([_("frister som er ute")] if "list_overdue" in silent else []),
    ]
    return Problem(
        _("Noen i kommunen må få vite det"),
        _(
            "Ingen andre i kommunen får e-post om %(what)s. Velg e-post med en gang eller samlet e-post for det. "
            "Ingenting er lagret ennå."
        )
        % {"what": _(" og ").join(what)},
        fields=tuple(silent),
    )


WORDS: Mapping[str, Words] = {
    "notice-not-found": _notice_not_found,
    "not-a-contact": _not_a_contact,
    "contact-taken": _contact_taken,
    "last-to-know": _last_to_know,
}
