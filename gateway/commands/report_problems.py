"""What a refusal about a report is called to the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from contracts.municipality.codes import ReportStatus
from gateway.commands.outcomes import Outcome
from gateway.commands.problems import Problem, describe
from gateway.language import _
from gateway.pages.format import day, week_name


def describe_report(outcome: Outcome) -> Problem:
    """Give the words for a refused command about a report."""
    words = _WORDS.get(outcome.problem or "")
    return words(outcome.params) if words else describe(outcome)


def _changed(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Innmeldingen er endret siden du åpnet den"),
        _(
            "En kollega kan ha endret den. Det du fylte ut, er ikke lagret, men står fortsatt i skjemaet. Se over det "
            "som gjelder nå, og lagre på nytt hvis ditt fortsatt er riktig."
        ),
    )


def _closed(params: Mapping[str, str]) -> Problem:
    how = {
        ReportStatus.WITHDRAWN.value: _("Den er trukket."),
        ReportStatus.ANSWERED.value: _("IMDi har svart på den med en fordelingsliste."),
        ReportStatus.LAPSED.value: _("Den er utløpt fordi ingen har bekreftet den på lenge."),
    }
    then = _("Det du gjorde nå, er ikke brukt. Meld inn på nytt hvis det gjelder.")
    return Problem(_("Innmeldingen er avsluttet"), f"{how.get(params.get('status', ''), '')} {then}".strip())


def _not_found(_params: Mapping[str, str]) -> Problem:
    return Problem(_("Innmeldingen finnes ikke"), _("Ingenting er endret. Se oversikten over det som er meldt inn."))


def _week_over(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("En uke i skjemaet er over"),
        _("%(week)s er over og kan ikke endres. Ingenting er lagret. Se over de andre ukene, og lagre på nytt.")
        % {"week": week_name(params.get("week", "")).capitalize()},
    )


def _week_too_far(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("En uke er for langt frem"),
        _("Dere kan melde inn plasser til og med %(week)s.") % {"week": week_name(params.get("latest", ""))},
    )


def _date_too_far(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Datoen er for langt unna"),
        _("Datoen må være mellom %(earliest)s og %(latest)s. Sjekk årstallet.")
        % {"earliest": _day(params.get("earliest")), "latest": _day(params.get("latest"))},
    )


def _day(value: str | None) -> str:
    try:
        return day(date.fromisoformat(value)) if value else ""
    except ValueError:
        return ""


_WORDS: Mapping[str, Callable[[Mapping[str, str]], Problem]] = {
    "changed-meanwhile": _changed,
    "report-closed": _closed,
    "report-not-found": _not_found,
    "week-over": _week_over,
    "week-too-far-ahead": _week_too_far,
    "date-too-far-away": _date_too_far,
}
