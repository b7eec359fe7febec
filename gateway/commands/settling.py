"""What refusals of settlements and planned weeks are called to the user."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.commands.words import Params, Problem, Words, by, day_of
from gateway.language import _

KINDS = frozenset({"settle", "plan_week", "correct"})
"""Commands whose forms are about moving in."""


def words(kind: str, problem: str) -> Words | None:
    """Give the words for a refusal of such a command; None where the general ones do, or it is none of these."""
    return _WORDS.get(problem) if kind in KINDS else None


def _before_placement(params: Params) -> Problem:
    return Problem(
        _("Bosettingsdatoen er før personen ble søkt ut"),
        _("Person %(number)s ble søkt ut %(day)s, og kan ikke ha flyttet inn før det. Ingenting er registrert.")
        % {"number": params.get("running_number", ""), "day": day_of(params.get("placed_on"))},
    )


def _in_future(params: Params) -> Problem:
    return Problem(
        _("Bosettingsdatoen er ikke kommet ennå"),
        _("I dag er det %(day)s. Registrer person %(number)s når personen har flyttet inn. Ingenting er registrert.")
        % {"number": params.get("running_number", ""), "day": day_of(params.get("today"))},
    )


def _reason_missing(_params: Params) -> Problem:
    return Problem(
        _("Datoen er registrert fra før"),
        _("En kollega kan ha registrert den nå. Er den feil, retter du den med en begrunnelse, ved siden av personen."),
    )


def _settled(params: Params) -> Problem:
    return Problem(
        _("Noen i husstanden har flyttet inn"),
        _("Person %(numbers)s er registrert som bosatt, og det planlegges ingen uke for dem. Ingenting er endret.")
        % {"numbers": params.get("running_numbers", "")},
    )


def _week_past(_params: Params) -> Problem:
    return Problem(_("Uken er over"), _("Velg denne uken eller en senere."))


def _week_too_far(_params: Params) -> Problem:
    return Problem(_("Uken er for langt frem"), _("Velg en tidligere uke."))


def _changed(params: Params) -> Problem:
    return Problem(
        _("Noe på listen er endret siden du åpnet siden"),
        _(
            "Det ble endret%(by)s. Det du fylte ut, er ikke registrert, men står fortsatt i skjemaet. Se hva som "
            "gjelder nå, og registrer på nytt hvis det fortsatt er riktig."
        )
        % {"by": by(params)},
    )


def withdrawn(_params: Params | None = None) -> Problem:
    """Say that who was placed is so no longer."""
    return Problem(
        _("IMDi har trukket personer fra listen"),
        _("De er ikke lenger søkt ut til kommunen. Ingenting er registrert nå. Se hvem som fortsatt står her."),
    )


def erased(_params: Params | None = None) -> Problem:
    """Say that nothing more is written about whom nothing is known of any more."""
    return Problem(
        _("Personopplysninger er slettet"),
        _("Det kan ikke registreres noe mer om personer som er slettet. Ingenting er registrert nå."),
    )


_WORDS: Mapping[str, Words] = {
    "settlement-before-placement": _before_placement,
    "settlement-in-future": _in_future,
    "correction-reason-missing": _reason_missing,
    "already-settled": _settled,
    "planned-week-past": _week_past,
    "planned-week-too-far": _week_too_far,
    "version-conflict": _changed,
    "person-withdrawn": withdrawn,
    "list-withdrawn": withdrawn,
    "person-erased": erased,
    "not-placed": withdrawn,
}
