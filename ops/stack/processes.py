"""The process table of a stack, and how each of them is asked whether it is ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ops.embedded import kafka, mail, oidc, postgres
from ops.embedded.http import get_ok
from ops.embedded.jars import JarSet
from ops.embedded.launch import Part
from ops.stack.environment import Stack
from ops.stack.programs import Program, Stage
from ops.stack.supervisor import Supervised
from ops.svarut import part as svarut


@dataclass(frozen=True, slots=True)
class Embedded:
    """A part that the stack brings along.

    title: for a person to read.
    jars: what has to be installed for it beside the Python packages; None for nothing.
    """

    name: str
    title: str
    version: str
    part: Part
    jars: JarSet | None = None


def embedded(stack: Stack) -> list[Embedded]:
    """Tell which parts the stack brings along: those whose URL was not given."""
    parts = []
    if stack.embeds_postgres():
        parts.append(Embedded("postgres", "PostgreSQL", postgres.VERSION, stack.postgres()))
    if stack.embeds_kafka():
        parts.append(Embedded("kafka", "Kafka", kafka.VERSION, stack.kafka(), kafka.JARS))
    if stack.embeds_oidc():
        parts.append(Embedded("oidc", "Login provider", oidc.VERSION, stack.oidc(), oidc.JARS))
    if stack.embeds_mail():
        parts.append(Embedded("mail", "Mail server", mail.VERSION, stack.mail()))
    if stack.embeds_svarut():
        parts.append(Embedded("svarut", "SvarUt simulator", svarut.VERSION, stack.svarut()))
    return parts


def table(stack: Stack, programs: Sequence[Program]) -> list[Supervised]:
    """List every process of the stack, in the order in which they start. The parts' folders must be prepared."""
    parts = [Supervised(part.name, Stage.EMBEDDED, part.part.launch()) for part in embedded(stack)]
    ours = [Supervised(program.name, program.stage, program.launch()) for program in programs]
    return parts + ours


def probes(
    stack: Stack, programs: Sequence[Program], environment: Mapping[str, str]
) -> Mapping[str, Callable[[], bool]]:
    """Tell how each process is asked whether it is ready."""
    of_parts: dict[str, Callable[[], bool]] = {part.name: part.part.ready for part in embedded(stack)}
    return of_parts | {program.name: _asking(program.ready_url(environment)) for program in programs}


def _asking(url: str) -> Callable[[], bool]:
    return lambda: get_ok(url)
