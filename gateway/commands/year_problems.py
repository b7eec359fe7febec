"""What refusals of a resolution on a year's places are called to the user."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.commands.words import Params, Problem, Words, day_of
from gateway.language import _


def _year_changed(_params: Params) -> Problem:
    return Problem(
        _("Året er endret siden du åpnet skjemaet"),
        _(
            "En kollega kan ha registrert et vedtak, eller IMDi kan ha endret anmodningen. Det du fylte ut, er ikke "
            "registrert, men står fortsatt i skjemaet. Se over det som gjelder nå, og registrer på nytt hvis det "
            "fortsatt er riktig."
        ),
    )


def _more_than_requested(params: Params) -> Problem:
    kind = _("enslige mindreårige") if params.get("place_kind") == "unaccompanied_minor" else _("ordinære plasser")
    return Problem(
        _("Vedtaket er på flere plasser enn IMDi har bedt om"),
        _("IMDi ber om %(requested)s (%(kind)s). Er tallet riktig, bekrefter du det i skjemaet.")
        % {"requested": params.get("requested", ""), "kind": kind},
    )


def _resolved_in_the_future(_params: Params) -> Problem:
    return Problem(_("Vedtaksdatoen er ikke kommet ennå"), _("Registrer vedtaket når det er gjort, eller rett datoen."))


def _resolved_too_early(params: Params) -> Problem:
    return Problem(
        _("Vedtaksdatoen er for lang tid før året det gjelder"),
        _("Vedtak for dette året kan tidligst være gjort %(day)s. Sjekk årstallet i datoen.")
        % {"day": day_of(params.get("earliest"))},
    )


def _year_over(params: Params) -> Problem:
    return Problem(
        _("Året er over"),
        _("Det er ingenting registrert for dette året, og det første som er åpent, er %(year)s. Sjekk årstallet.")
        % {"year": params.get("earliest", "")},
    )


def _year_too_far_ahead(params: Params) -> Problem:
    return Problem(
        _("Året er for langt frem"),
        _("Vedtak kan registreres til og med %(year)s. Sjekk årstallet.") % {"year": params.get("latest", "")},
    )


WORDS: Mapping[str, Words] = {
    "changed-meanwhile": _year_changed,
    "more-than-requested": _more_than_requested,
    "resolved-in-the-future": _resolved_in_the_future,
    "resolved-too-early": _resolved_too_early,
    "year-over": _year_over,
    "year-too-far-ahead": _year_too_far_ahead,
}
