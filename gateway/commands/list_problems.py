"""What refusals about a list and its answer are called to the user."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.commands.words import Params, Problem, Words, by, time_of
from gateway.language import _
from gateway.pages.format import moment


def _already_answered(params: Params) -> Problem:
    return Problem(
        _("Listen er allerede besvart"),
        _("Svaret ble sendt til IMDi%(by)s. Det du sendte nå, er ikke brukt.") % {"by": by(params)},
    )


def _changed(params: Params) -> Problem:
    return Problem(
        _("Listen er endret siden du åpnet den"),
        _(
            "Den ble endret%(by)s. Det du fylte ut, er ikke lagret ennå, men står fortsatt i skjemaet, sammen med det "
            "som er lagret imens om andre. Se over listen og lagre eller godkjenn på nytt."
        )
        % {"by": by(params)},
    )


def _draft_conflict(params: Params) -> Problem:
    touched = [
        *([_("person %(numbers)s") % {"numbers": params["running_numbers"]}] if params.get("running_numbers") else []),
        *([_("husstand %(numbers)s") % {"numbers": params["households"]}] if params.get("households") else []),
        *([_("beskjeden til IMDi")] if params.get("message") else []),
    ]
    return Problem(
        _("En kollega har endret det samme som du"),
        _(
            "Det gjelder %(what)s. Ingenting er overskrevet: det du fylte ut, står fortsatt i skjemaet, og ved siden "
            "av står det kollegaen har lagret. Lagre på nytt hvis det du har fylt ut, skal gjelde."
        )
        % {"what": _(" og ").join([", ".join(touched[:-1]), touched[-1]] if len(touched) > 1 else touched)},
    )


def _split_unconfirmed(params: Params) -> Problem:
    return Problem(
        _("Dere deler en husstand"),
        _(
            "Husstand %(numbers)s får ulike svar. Bekreft at dere mener å dele den, og si hvorfor, eller svar likt for "
            "alle i husstanden."
        )
        % {"numbers": params.get("households", "")},
    )


def _four_eyes(params: Params) -> Problem:
    return Problem(
        _("En kollega må sende svaret"),
        _(
            "Kommunen krever at en annen enn den som godkjente listen, sender svaret. Du godkjente den%(when)s, og "
            "ingenting er sendt."
        )
        % {"when": by({"at": params.get("at", "")})},
    )


def list_withdrawn(at: datetime | None) -> Problem:
    """Say that the list has been taken back meanwhile."""
    return Problem(
        _("IMDi har trukket listen"),
        _("Den ble trukket%(when)s. Det du sendte nå, er ikke brukt, og kommunen skal ikke svare på listen.")
        % {"when": f" {moment(at)}" if at else ""},
    )


def _list_withdrawn(params: Params) -> Problem:
    return list_withdrawn(time_of(params.get("at")))


def _person_withdrawn(params: Params) -> Problem:
    return Problem(
        _("IMDi har trukket personer fra listen"),
        _(
            "Person %(numbers)s ble trukket%(when)s, etter at du åpnet siden. Ingenting er sendt eller lagret nå, men "
            "det du fylte ut om de andre, står fortsatt i skjemaet. Se over listen, og godkjenn den på nytt."
        )
        % {"numbers": params.get("running_numbers", ""), "when": by({"at": params.get("at", "")})},
    )


def _not_open(_params: Params) -> Problem:
    return Problem(
        _("Listen kan ikke endres slik den står nå"),
        _("En kollega kan ha godkjent den eller tatt den tilbake. Under ser du hvordan den står nå."),
    )


def _not_found(_params: Params) -> Problem:
    return Problem(_("Listen finnes ikke lenger"), _("IMDi kan ha trukket den. Se oversikten under Fordelinger."))


def _reason(_params: Params) -> Problem:
    return Problem(
        _("En begrunnelse mangler"),
        _("Alle som ikke er markert for bosetting, må ha en begrunnelse. Velg «Annet» bare sammen med en forklaring."),
    )


def _persons(_params: Params) -> Problem:
    return Problem(
        _("Personene på listen er ikke de samme som i skjemaet"),
        _("IMDi kan ha endret listen. Se over den på nytt før du går videre."),
    )


def _thread_full(params: Params) -> Problem:
    return Problem(
        _("Det er for mange meldinger om listen"),
        _("En liste kan ha høyst %(most)s meldinger. Ta kontakt med IMDi på en annen måte.")
        % {"most": params.get("most", "")},
    )


WORDS: Mapping[str, Words] = {
    "already-answered": _already_answered,
    "list-withdrawn": _list_withdrawn,
    "person-withdrawn": _person_withdrawn,
    "version-conflict": _changed,
    "draft-conflict": _draft_conflict,
    "household-split-unconfirmed": _split_unconfirmed,
    "households-differ": _persons,
    "four-eyes-required": _four_eyes,
    "wrong-status": _not_open,
    "not-approved": _not_open,
    "list-not-found": _not_found,
    "reason-missing": _reason,
    "persons-differ": _persons,
    "thread-full": _thread_full,
}
