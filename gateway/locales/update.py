"""Bring the catalogues to what the source says, for `make catalogues`.

``python -m gateway.locales.update`` adds strings that are new, with nothing in them, and drops those that are gone;
``--check`` only compares. Exit code 1 with one line for each catalogue that somebody must translate.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

from gateway.language import BOKMAAL, LANGUAGES
from gateway.locales import FOLDER, read

SOURCE = FOLDER.parent
WIDTH = 120
TAGS = tuple(tag for tag in LANGUAGES if tag != BOKMAAL.tag)
HEADER = "# What the pages' bokmål source strings are in this language; kept by `make catalogues` (docs/languages.md)."


def extracted() -> Catalog:
    """Read every source string of the pages, with the files it is in."""
    with (FOLDER / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = {**DEFAULT_KEYWORDS, "_n": None, "marked": None}
    found = Catalog(fuzzy=False)
    for name, _line, text, comments, context in extract_from_dir(SOURCE, methods, options, keywords):
        found.add(text, None, [(f"gateway/{name}", 1)], auto_comments=comments, context=context)
    return found


def strings(catalogue: Iterable[Message]) -> dict[str | tuple[str, ...], Message]:
    """Give the messages by what they are in the source, without the header."""
    return {_key(one): one for one in catalogue if one.id}


def untranslated(catalogue: Catalog) -> list[Message]:
    """Give those that say nothing in the language, or not surely."""
    return [one for one in strings(catalogue).values() if one.fuzzy or not all(_texts(one))]


def update(tag: str, found: Catalog) -> Catalog:
    """Give a language's catalogue as the source wants it: what it said it still says."""
    kept, new = (
        strings(read(tag)),
        Catalog(locale=tag, fuzzy=False, header_comment=HEADER, project="Fordeling", version="pages"),
    )
    for key, one in strings(found).items():
        old = kept.get(key)
        new.add(one.id, old.string if old else None, sorted(one.locations), context=one.context)
    return new


def problems(tag: str, found: Catalog, there: Catalog) -> list[str]:
    """Tell in a line what is to be done about a catalogue; nothing where it is whole."""
    wanted = strings(found)
    new = wanted.keys() - strings(there).keys()
    unused = strings(there).keys() - wanted.keys()
    empty = len(new) + len(untranslated(there))
    file = f"gateway/locales/{tag}.po"
    lines = [f"{file}: run `make catalogues`, then translate {empty} strings in it"] if empty else []
    if unused and not empty:
        lines.append(f"{file}: run `make catalogues` to drop {len(unused)} strings that nothing uses")
    return lines


def write(tag: str, catalogue: Catalog) -> None:
    """Write a catalogue. No line numbers and no dates: two people's strings then meet in git as lines of their own."""
    path = FOLDER / f"{tag}.po"
    with path.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, sort_by_file=True, include_lineno=False, omit_header=False)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    dated = (
        '"POT-Creation-Date',
        '"PO-Revision-Date',
        '"Last-Translator',
        '"Generated-By',
        '"Report-Msgid',
        '"Language-Team',
    )
    path.write_text("".join(line for line in lines if not line.startswith(dated)), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Update or check; returns the exit status."""
    found = extracted()
    if "--check" not in arguments:
        for tag in TAGS:
            write(tag, update(tag, found))
    told = [line for tag in TAGS for line in problems(tag, found, read(tag))]
    for line in told:
        print(line)  # noqa: T201  what a command line tells
    return 1 if told else 0


def _key(one: Message) -> str | tuple[str, ...]:
    text = tuple(one.id) if isinstance(one.id, (list, tuple)) else one.id
    return text if one.context is None else (one.context, *([text] if isinstance(text, str) else text))


def _texts(one: Message) -> tuple[str, ...]:
    return tuple(one.string) if isinstance(one.string, (list, tuple)) else (one.string or "",)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
