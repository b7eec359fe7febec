"""The words of codes on the operations page."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.running.backlog import WAITS_LONG
from contracts.codes import ListStatus
from gateway.language import _, marked as _n
from gateway.operations.lookout import State
from gateway.pages.labels import label

STATES: Mapping[State, tuple[str, str]] = {
    State.READY: (_n("Klar"), "success"),
    State.NOT_READY: (_n("Ikke klar"), "warning"),
    State.STUCK: (_n("Står fast"), "danger"),
    State.SILENT: (_n("Svarer ikke"), "danger"),
}
"""Word and colour."""

CODES: Mapping[str, str] = {
    "planned": _n("Venter på å bli sendt"),
    "claimed": _n("Sendes nå"),
    "handing_over": _n("Overleveres til e-posttjeneren"),
    "to_make": _n("Skal lages"),
    "to_send": _n("Skal sendes til SvarUt"),
    "followed": _n("Sendt, følges i SvarUt"),
    "refused": _n("Avvist"),
    "gave_up": _n("Gitt opp etter to døgn"),
    "bounced": _n("Kommet i retur"),
    "unsure": _n("Usikkert om de kom fram"),
    "no_writer": _n("Ingen kontakt er registrert"),
    "unreached": _n("E-post når ingen av kontaktene"),
}
"""States of mails and stages of letters, and why mails fail (docs/metrics.md); a newer one shows as itself."""

ALARMS: Mapping[str, tuple[str, str]] = {
    "outbox is behind": (_n("Utboksen er på etterskudd"), "outbox.md"),
    "outbox is full": (_n("Utboksen er full"), "outbox.md"),
    "rows stand aside": (_n("Kafka har avvist meldinger for godt"), "outbox.md"),
    "messages are parked": (_n("Meldinger er satt til side"), "dead-letters.md"),
    WAITS_LONG: (_n("Oppgaver har ventet lenge"), "lag.md"),
    "clock is off": (_n("Klokken går feil"), "processes.md"),
    "audit is not sealed": (_n("Revisjonsloggen er ikke forseglet"), "audit.md"),
    "anchors are not stored": (_n("Revisjonsloggens ankere er ikke lagret"), "audit.md"),
}
"""An alarm's words and its runbook in docs/runbooks; a newer one shows as itself."""


def state_word(state: State) -> str:
    """Give the word of a process's state."""
    return _(STATES[state][0])


def state_colour(state: State) -> str:
    """Give Designsystemet's colour of a process's state; its word always stands beside it."""
    return STATES[state][1]


def code_word(code: str) -> str:
    """Give the word of a mail's or letter's state."""
    return _(CODES[code]) if code in CODES else code


def alarm_word(alarm: str) -> str:
    """Give the words of an alarm."""
    return _(ALARMS[alarm][0]) if alarm in ALARMS else alarm


def runbook(alarm: str) -> str:
    """Name the runbook of an alarm; empty where none is known here."""
    return ALARMS[alarm][1] if alarm in ALARMS else ""


def status_word(status: str) -> str:
    """Give the word of a list's status."""
    return label(ListStatus(status)) if status in set(ListStatus) else status
