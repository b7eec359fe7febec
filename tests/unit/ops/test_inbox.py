"""The embedded mail server: takes mails over SMTP, keeps them, and shows them safely."""

from __future__ import annotations

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from ops.embedded.inbox.server import (
    CLOSE,
    DROP,
    PUT_OFF,
    REFUSE,
    REJECT,
    TAKE_AND_DROP,
    TAKE_AND_HANG,
    Inbox,
    inbox,
)
from ops.embedded.inbox.store import Store

EVIL = '<script>alert(1)</script><img src="http://tracker.example/x"><a href="http://localhost/kommune">Åpne</a>'


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Inbox]:
    async with inbox(tmp_path) as running:
        yield running


def mail(subject: str, text: str, html: str = "", to: str = "kari@k0301.example") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ikke-svar@fordeling.example", to, subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def send(server: Inbox, message: EmailMessage, seconds: float = 10) -> None:
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=seconds) as client:
        client.send_message(message)


async def get(server: Inbox, path: str, host: str = "localhost") -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{server.web_port}{path}", headers={"host": host})


async def test_a_mail_is_kept_and_shown(server: Inbox, tmp_path: Path) -> None:
    """What was taken is on the disk; the list has it, its page shows its text, and a restart keeps it."""
    await asyncio.to_thread(send, server, mail("Ny fordelingsliste æøå", "Hei på deg", "<p>Hei</p>"))
    assert Store(tmp_path).count() == 1
    [entry] = Store(tmp_path).newest(10)
    assert (entry.to, entry.subject) == ("kari@k0301.example", "Ny fordelingsliste æøå")
    assert "Ny fordelingsliste æøå" in (await get(server, "/")).text
    assert "Ingen treff" in (await get(server, "/?sok=finnes-ikke")).text
    assert "Ny fordelingsliste" in (await get(server, "/?sok=K0301")).text
    page = await get(server, f"/post/{entry.name}")
    assert "Hei på deg" in page.text
    assert "<p>Hei</p>" in (await get(server, f"/post/{entry.name}/html")).text
    assert "Delivered-To: kari@k0301.example" in (await get(server, f"/post/{entry.name}/kilde")).text


async def test_an_international_address_is_shown_as_it_is(server: Inbox) -> None:
    """A mail with headers in UTF-8 is taken, listed and shown."""
    await asyncio.to_thread(send, server, mail("Ny liste", "Hei", to="kåre@k0301.example"))
    listed = (await get(server, "/")).text
    assert "kåre@k0301.example" in listed
    [path] = re.findall(r'href="(/post/[^"]+)"', listed)
    assert "kåre@k0301.example" in (await get(server, path)).text


async def test_a_mail_can_do_nothing_but_be_seen(server: Inbox, tmp_path: Path) -> None:
    """Its HTML is in a sandbox that runs and loads nothing; its subject and text are only text on our pages."""
    Store(tmp_path).keep(["<b>a@x.no"], mail("<b>hei</b>", EVIL, EVIL).as_bytes())
    [entry] = Store(tmp_path).newest(10)
    frame = (await get(server, f"/post/{entry.name}/html")).headers["content-security-policy"]
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in frame
    assert "default-src 'none'" in frame
    assert "script-src" not in frame
    assert "http" not in frame
    for path in ("/", f"/post/{entry.name}"):
        page = await get(server, path)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert not {"<b>", "<script", "<img"} & {tag for tag in ("<b>", "<script", "<img") if tag in page.text}


@pytest.mark.parametrize(
    "path", ["/post/..%2f..%2fetc%2fpasswd", "/post/../secrets.json", "/post/", "/post/x/html", "/x"]
)
async def test_what_is_no_mail_is_not_found(server: Inbox, path: str) -> None:
    """No other file is reached by a name."""
    assert (await get(server, path)).status_code == 404


async def test_another_name_for_this_machine_reads_nothing(server: Inbox) -> None:
    """A page elsewhere that points its own name here gets no mail."""
    assert (await get(server, "/", host="attacker.example")).status_code == 421
    assert (await get(server, "/readyz", host="127.0.0.1")).status_code == 200


@pytest.mark.parametrize(
    ("trouble", "expected", "kept"),
    [
        (PUT_OFF, smtplib.SMTPRecipientsRefused, 0),
        (REFUSE, smtplib.SMTPRecipientsRefused, 0),
        (CLOSE, smtplib.SMTPRecipientsRefused, 0),
        (REJECT, smtplib.SMTPDataError, 0),
        (DROP, smtplib.SMTPServerDisconnected, 0),
        (TAKE_AND_DROP, smtplib.SMTPServerDisconnected, 1),
        (TAKE_AND_HANG, smtplib.SMTPServerDisconnected, 1),
    ],
)
async def test_a_trouble_lasts_as_long_as_its_switch(
    tmp_path: Path, trouble: str, expected: type[Exception], kept: int
) -> None:
    """A mail meets the trouble that is switched on, and is taken again once it is off."""
    on = {trouble}
    async with inbox(tmp_path, switched_on=on.__contains__) as server:
        with pytest.raises(expected):
            await asyncio.to_thread(send, server, mail("Under", "Hei"), 2 if trouble == TAKE_AND_HANG else 10)
        assert Store(tmp_path).count() == kept
        on.clear()
        await asyncio.to_thread(send, server, mail("Etter", "Hei"))
    assert Store(tmp_path).count() == kept + 1
