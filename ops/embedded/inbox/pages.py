"""The pages: the list, a mail, and its HTML in a frame where nothing can run, load or reach out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage, MIMEPart
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlsplit

from ops.embedded.inbox.store import Entry, Store, headers, parsed

HERE = Path(__file__).parent
SHOWN = 100
CALM = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
PAGE = {"content-type": "text/html; charset=utf-8", "content-security-policy": f"{CALM}; frame-ancestors 'none'"}
# A link opens a tab of its own; else the mail can do nothing but be seen.
ALLOWED = "allow-popups allow-popups-to-escape-sandbox"
FRAME = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": f"sandbox {ALLOWED}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'",
}
SHOWN_HEADERS = ("From", "Delivered-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a GET is answered with."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: PAGE)


def answer(store: Store, target: str) -> Answer:
    """Answer a GET."""
    url = urlsplit(target)
    match url.path.split("/")[1:]:
        case ["readyz"]:
            return Answer(body=b'{"status": "ok"}', headers={"content-type": "application/json"})
        case ["inbox.css"]:
            return Answer(body=(HERE / "inbox.css").read_bytes(), headers={"content-type": "text/css; charset=utf-8"})
        case [""]:
            return _list(store, parse_qs(url.query).get("sok", [""])[0])
        case ["post", name, *part]:
            return _of_mail(store, name, "/".join(part))
    return _missing()


def _of_mail(store: Store, name: str, part: str) -> Answer:
    raw = store.raw(name)
    if raw is not None and part == "":
        return Answer(body=_mail(name, headers(raw), parsed(raw)))
    if raw is not None and part == "html":
        return Answer(body=_html(parsed(raw)).encode(), headers=FRAME)
    if raw is not None and part == "kilde":
        return Answer(body=raw, headers={"content-type": "text/plain; charset=utf-8"})
    return _missing()


def _missing() -> Answer:
    return Answer(404, _page("Finnes ikke", "<h1>Finnes ikke</h1><p>Denne e-posten er ikke her.</p>"))


def _page(title: str, main: str) -> bytes:
    page = Template((HERE / "page.html").read_text(encoding="utf-8"))
    return page.substitute(title=escape(title), main=main).encode()


def _list(store: Store, search: str) -> Answer:
    entries, count = store.newest(SHOWN, search), store.count()
    form = (
        '<form method="get" action="/"><label for="sok">Søk i mottaker og emne</label>'
        f'<input id="sok" name="sok" type="search" value="{escape(search)}"><button>Søk</button></form>'
    )
    total = f"{count} e-post" if count == 1 else f"{count} e-poster"
    return Answer(body=_page("Innboks", f"<h1>Innboks</h1><p class='soft'>{total}.</p>{form}{_rows(entries, search)}"))


def _rows(entries: Sequence[Entry], search: str) -> str:
    if not entries:
        none = "Ingen treff." if search else "Ingen e-post ennå. Den kommer når en liste mottas eller besvares."
        return f"<p>{none}</p>"
    rows = "\n".join(
        f'<li><a href="/post/{entry.name}">{escape(entry.subject or "(uten emne)")}</a>'
        f'<span class="to">{escape(entry.to)}</span>'
        f'<time datetime="{entry.taken_at.isoformat()}">{entry.taken_at:%d.%m.%Y kl. %H.%M.%S}</time></li>'
        for entry in entries
    )
    return f'<ul class="mails">\n{rows}\n</ul>'


def _mail(name: str, head: EmailMessage, mail: EmailMessage) -> bytes:
    subject = str(head["Subject"] or "(uten emne)")
    rows = "\n".join(
        f"<dt>{header}</dt><dd>{escape(str(value))}</dd>"
        for header in SHOWN_HEADERS
        for value in head.get_all(header, [])
    )
    main = f'<p><a href="/">← Innboks</a></p><h1>{escape(subject)}</h1><dl>{rows}</dl>'
    if mail.get_body(("html",)) is not None:
        main += f'<h2>HTML</h2><iframe src="/post/{name}/html" sandbox="{ALLOWED}" title="E-posten som HTML"></iframe>'
    text = mail.get_body(("plain",))
    if text is not None:
        main += f"<h2>Ren tekst</h2><pre>{escape(_content(text))}</pre>"
    return _page(subject, f'{main}<p><a href="/post/{name}/kilde">Kildetekst</a></p>')


def _html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    content = _content(part) if part is not None else ""
    return re.sub("<head[^>]*>", lambda head: f'{head[0]}<base target="_blank">', content, count=1, flags=re.IGNORECASE)


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        return str(part.get_payload())
