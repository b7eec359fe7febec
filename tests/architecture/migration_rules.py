"""What a migration may do while the release before it runs, as rules on its statements.

Where a rule is too strict for a case, the way out is the marking: '-- After deploy', or an outage, said in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = r'[\w."]+'


@dataclass(frozen=True)
class Rule:
    """A pattern that no statement may hold. ``own`` tables, those made in the same file, may be changed at will."""

    told: str
    pattern: re.Pattern[str]


def _rule(told: str, pattern: str) -> Rule:
    return Rule(told, re.compile(pattern, re.IGNORECASE))


ALWAYS = (
    _rule(
        "drops what the old release may use",
        r"^DROP (?!CONSTRAINT)(TABLE|(MATERIALIZED )?VIEW|SCHEMA|TYPE|FUNCTION|TRIGGER|SEQUENCE|INDEX)\b",
    ),
    _rule("renames what the old release may use", r"\bRENAME\b"),
)
TO_TABLES_THAT_WERE_THERE = (
    _rule("drops a column that the old release may use", r"\bDROP COLUMN\b"),
    _rule("changes a column's type: the table is written anew", r"\bALTER (COLUMN )?\w+ (SET DATA )?TYPE\b"),
    _rule("demands a value that the old release does not write", r"\bSET NOT NULL\b"),
    _rule("takes away a default that the old release may rely on", r"\bDROP DEFAULT\b"),
    _rule("adds a column that is computed: the table is written anew", r"\bADD COLUMN [^,]*\bGENERATED\b"),
    _rule(
        "adds a column with a default that differs by row: the table is written anew",
        r"\bADD COLUMN [^,]*\bDEFAULT (gen_random_uuid|uuidv[47]|random|nextval|clock_timestamp)\b",
    ),
    _rule("gives the table to somebody else, or takes rights away", r"\b(OWNER TO|REVOKE)\b"),
)  # fmt: skip
_ADDED_COLUMN = re.compile(r"\bADD (?:COLUMN )(?:IF NOT EXISTS )?\w+ ([^,]*)", re.IGNORECASE)
_DROPPED = re.compile(r"\bDROP CONSTRAINT (?:IF EXISTS )?(\w+)", re.IGNORECASE)
_ADDED = re.compile(r"\bADD CONSTRAINT (\w+) ((?:(?!\bADD CONSTRAINT\b).)*)", re.IGNORECASE)
_ADDED_BARE = re.compile(r"\bADD (CHECK|UNIQUE|PRIMARY KEY|FOREIGN KEY|EXCLUDE)\b", re.IGNORECASE)
_ALTERED = re.compile(rf"^ALTER TABLE (?:IF EXISTS |ONLY )*({_NAME})", re.IGNORECASE)
_CREATED = re.compile(rf"^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?({_NAME})", re.IGNORECASE)
_INDEX = re.compile(rf"^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?.*? ON (?:ONLY )?({_NAME})", re.IGNORECASE)
_PARTS = re.compile(r"--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|;|[^-/$';]+|.", re.DOTALL)
_WRITTEN = re.compile(rf"^(?:UPDATE|DELETE FROM|TRUNCATE(?: TABLE)?) ({_NAME})", re.IGNORECASE)


def breaches(sql: str) -> list[str]:
    """List what a migration before the deploy does that the running release could not live with, one sentence each."""
    found: list[str] = []
    own: set[str] = set()
    for statement in statements(sql):
        if created := _CREATED.match(statement):
            own.add(created[1])
        found += [rule.told for rule in ALWAYS if rule.pattern.search(_outside_texts(statement))]
        found += _breaches(statement, own)
    return sorted(set(found))


def _breaches(statement: str, own: set[str]) -> Iterator[str]:
    bare = _outside_texts(statement)
    if (index := _INDEX.match(bare)) and index[3] not in own:
        if index[1]:
            yield f"{index[3]}: a unique index may refuse what the old release writes"
        if not index[2]:
            yield f"{index[3]}: an index built without CONCURRENTLY locks the table for as long as it takes"
    if (written := _WRITTEN.match(bare)) and written[1] not in own:
        yield f"{written[1]}: rows are changed in the migration's transaction, which holds their locks until it ends"
    altered = _ALTERED.match(bare)
    if altered is None or altered[1] in own:
        return
    table = altered[1]
    yield from (f"{table}: {rule.told}" for rule in TO_TABLES_THAT_WERE_THERE if rule.pattern.search(bare))
    for column in _ADDED_COLUMN.finditer(bare):
        if re.search(r"\bNOT NULL\b", column[1], re.IGNORECASE) and not re.search(
            r"\bDEFAULT\b", column[1], re.IGNORECASE
        ):
            yield f"{table}: demands a value that the old release does not write"
    dropped, added = set(_DROPPED.findall(bare)), dict(_ADDED.findall(bare))
    yield from (f"{table}: drops the constraint {name} for good" for name in sorted(dropped - set(added)))
    # One that takes the place of another of its name is taken for a wider one: who reviews it looks.
    for name in sorted(set(added) - dropped):
        yield f"{table}: the constraint {name} may refuse what the old release writes"
    if _ADDED_BARE.search(bare):
        yield f"{table}: a constraint without a name may refuse what the old release writes"


def statements(sql: str) -> list[str]:
    """Cut SQL into its statements: without comments, white space as single spaces; bodies in $$ stay whole."""
    parts = [found.group(0) for found in _PARTS.finditer(sql)]
    made, current = [], ""
    for part in parts:
        if part.startswith(("--", "/*")):
            current += " "
        elif part == ";":
            made.append(current)
            current = ""
        else:
            current += part
    return [text for text in (re.sub(r"\s+", " ", one).strip() for one in [*made, current]) if text]


def _outside_texts(statement: str) -> str:
    """Leave out what stands between quotes and dollars: words there are no SQL of the statement's own."""
    return re.sub(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'", "''", statement)
