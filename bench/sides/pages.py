"""The same letters as HTML, for WeasyPrint: the sheet's texts in the same order, with the same fonts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fontpkg_noto_sans
import fontpkg_noto_sans_arabic
from jinja2 import Environment
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from services.letters.adapters.sheets import sheet_of
from services.letters.domain.content import Content

PAGE = """<!doctype html>
<html lang="{{ sheet.language }}"><head><meta charset="utf-8"><title>{{ sheet.document_title }}</title></head><body>
<footer>{{ sheet.sender.foot }} · {{ sheet.case }} ·
{{ sheet.labels.reference }} {{ sheet.reference }} · <span></span></footer>
<header><b>{{ sheet.sender.short }}</b> {{ sheet.sender.long }}</header>
<table class="facts"><tr><td>{{ sheet.addressee | join("\n") }}</td><td>{{ sheet.labels.date }} {{ sheet.date }}
{{ sheet.labels.case }} {{ sheet.case }}
{{ sheet.labels.reference }} {{ sheet.reference }}</td></tr></table>
<h1>{{ sheet.title }}</h1>
{% for body in [sheet.body, sheet.body.translation] if body %}
{% if body.language %}<section lang="{{ body.language }}" dir="{{ body.direction }}">
<p class="note">{{ body.notice }}</p><h1>{{ body.title }}</h1>{% else %}<section>{% endif %}
<p>{{ body.decision }}</p>
{% if body.rows %}<p>{{ body.basis }}</p><h2>{{ body.persons_heading }}</h2>
<table><thead><tr>{% for name in body.columns %}<th>{{ name }}</th>{% endfor %}</tr></thead>
{% for row in body.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>
<p>{{ body.number_note }}</p>{% endif %}
<h2>{{ body.next_heading }}</h2><ul>{% for line in body.next %}<li>{{ line }}</li>{% endfor %}</ul>
{% if body.facts %}<h2>{{ body.facts_heading }}</h2>
<table>{% for name, value in body.facts %}<tr><th>{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>
<p>{{ body.wrong }}</p>
<h2>{{ body.appeal_heading }}</h2><ul>{% for line in body.appeal %}<li>{{ line }}</li>{% endfor %}</ul>{% endif %}
<p>{{ body.confidential }} {{ body.questions }} {{ body.help }}</p></section>
{% endfor %}
<p>{{ sheet.closing | join("\n") }}</p></body></html>"""

STYLE = """
@page { size: A4; margin: 20mm 22mm 25mm; @bottom-left { content: element(foot) } }
footer { position: running(foot); font-size: 8.5pt } footer span::after { content: counter(page) " / " counter(pages) }
body { font: 10.5pt/1.45 "Noto Sans", "Noto Sans Arabic" } td, p { white-space: pre-line }
section[dir] { break-before: page } table { border-collapse: collapse } td, th { padding: 2pt 8pt; text-align: start }
"""


def _faces() -> str:
    faces = []
    for family, package in (("Noto Sans", fontpkg_noto_sans), ("Noto Sans Arabic", fontpkg_noto_sans_arabic)):
        assert package.__file__
        for file in sorted((Path(package.__file__).parent / "files").glob("*.ttf")):
            style = "italic" if "Italic" in file.name else "normal"
            source = f'font-family: "{family}"; font-style: {style}; src: url("{file.as_uri()}")'
            faces.append(f"@font-face {{ {source}; font-weight: 100 900 }}")
    return "\n".join(faces)


FONTS = FontConfiguration()
SHEET = CSS(string=_faces() + STYLE, font_config=FONTS)
TEMPLATE = Environment(autoescape=True).from_string(PAGE)


def make(content: Content) -> bytes:
    """Set one letter, tagged: its archival variant takes longer still."""
    text = TEMPLATE.render(sheet=sheet_of(content))
    pdf: Any = HTML(string=text).write_pdf(stylesheets=[SHEET], font_config=FONTS, pdf_variant="pdf/ua-1")
    return bytes(pdf)
