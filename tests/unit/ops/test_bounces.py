"""Mails that came back: which of ours they report, and that nothing else is taken for a report."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ops.bounces import Bounce, read

OURS = "d67812ca-f245-5b5b-85db-1d92925f32d8"
POSTFIX = """\
From: MAILER-DAEMON@relay.example (Mail Delivery System)
To: ikke-svar@fordeling.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

<kari@sogndal.example>: host mx.sogndal.example said: 550 5.1.1 no such user
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
%s
Final-Recipient: rfc822; kari@sogndal.example
Original-Recipient: rfc822;kari@sogndal.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 554 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

From: Fordeling <ikke-svar@fordeling.example>
Message-ID: %s
Subject: Ny fordelingsliste

--b--
"""
EXCHANGE = f"""\
From: <postmaster@sogndal.example>
To: <ikke-svar@fordeling.example>
In-Reply-To: <{OURS}@fordeling.example>
Subject: Undeliverable: Ny fordelingsliste
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/html

<p>Delivery has failed</p>
--b
Content-Type: message/delivery-status

Reporting-MTA: dns;mx.sogndal.example

Final-Recipient: rfc822;kari@sogndal.example
Action: failed
Status: 5.2.2

--b
Content-Type: message/rfc822

Subject: something else

Hei
--b--
"""


def postfix(envelope_id: str = "", message_id: str = f"<{OURS}@fordeling.example>") -> str:
    return POSTFIX % (f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else "", message_id)


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (postfix(), 554),
        (postfix(OURS, "<gone@elsewhere.example>"), 554),
        (postfix(OURS.upper(), ""), 554),
        (EXCHANGE, 550),
        (postfix().replace("Diagnostic-Code: smtp; 554 5.1.1 no such user\n", "").replace("5.1.1", "4.4.7"), 450),
    ],
    ids=[
        "by its Message-ID",
        "by its envelope",
        "by its envelope alone",
        "by what it answers",
        "given up by the relay",
    ],
)
def test_a_report_names_our_mail(report: str, code: int) -> None:
    """However mail servers write it, with LF or CRLF; the code is the other server's."""
    assert read(report.encode()) == Bounce(OURS, code)
    assert read(report.replace("\n", "\r\n").encode()) == Bounce(OURS, code)


@pytest.mark.parametrize(
    "message",
    [
        postfix().replace("Action: failed", "Action: delayed"),
        postfix().replace("Action: failed", "Action: delivered"),
        postfix(message_id="<20261127.4711@elsewhere.example>"),
        postfix(message_id="<d67812ca-f245-4b5b-85db-1d92925f32d8@elsewhere.example>"),
        f"In-Reply-To: <{OURS}@fordeling.example>\nAuto-Submitted: auto-replied\nSubject: Borte\n\nHei.\n",
        f"Subject: Re: Ny liste\n\nAction: failed\nMessage-ID: <{OURS}@fordeling.example>\n",
        "",
    ],
    ids=["a delay", "a delivery", "somebody else's", "another kind of id", "an absence", "words in a mail", "nothing"],
)
def test_what_reports_nothing_of_ours_is_left(message: str) -> None:
    """A delay, an answer by a machine, somebody else's mail."""
    assert read(message.encode()) is None


@given(st.binary(max_size=400), st.sampled_from([b"", postfix().encode(), EXCHANGE.encode()]), st.integers(0, 900))
def test_no_message_is_too_strange_to_be_read(noise: bytes, report: bytes, place: int) -> None:
    """Whatever stands in it, and wherever: it is a report or none, and nothing is raised."""
    found = read(report[:place] + noise + report[place:])
    assert found is None or found.mail_id == OURS
