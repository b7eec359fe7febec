from __future__ import annotations

import shlex
import signal
from configparser import RawConfigParser
from dataclasses import replace

from ops.embedded.launch import Launch
from ops.stack.environment import Stack
from ops.stack.layout import Layout
from ops.stack.processes import table
from ops.stack.programs import PROGRAMS, Stage
from ops.stack.supervisor import Supervised, configuration


def _parse(text: str) -> RawConfigParser:
    parser = RawConfigParser()
    parser.read_string(text)
    return parser


def test_the_last_stage_stops_first(stack: Stack) -> None:
    """The gateway's group stops before the services', and Kafka and PostgreSQL stop last."""
    parsed = _parse(configuration(stack, table(stack, PROGRAMS)))
    groups = {name: parsed[name] for name in parsed.sections() if name.startswith("group:")}
    # The supervisor stops the group with the highest priority first.
    order = sorted(groups, key=lambda name: int(groups[name]["priority"]), reverse=True)
    assert order == ["group:edge", "group:services", "group:embedded"]
    assert groups["group:edge"]["programs"] == "gateway"
    assert groups["group:embedded"]["programs"] == "postgres,kafka,oidc,mail,svarut"


def test_every_process_is_restarted_without_end(stack: Stack) -> None:
    """No process is given up, none is started by the supervisor on its own, and each writes a log of its own."""
    parsed = _parse(configuration(stack, table(stack, PROGRAMS)))
    for process in table(stack, PROGRAMS):
        section = parsed[f"program:{process.name}"]
        assert (section["autorestart"], section["autostart"]) == ("true", "false")
        assert int(section["startretries"]) >= 1_000_000
        assert section["stdout_logfile"] == str(stack.layout.log(process.name))
        assert section["redirect_stderr"] == "true"


def test_postgres_is_stopped_fast(stack: Stack) -> None:
    """PostgreSQL is asked to end its sessions (SIGINT), not to wait for them (SIGTERM)."""
    parsed = _parse(configuration(stack, table(stack, ())))
    assert parsed["program:postgres"]["stopsignal"] == "INT"
    assert parsed["program:kafka"]["stopsignal"] == "TERM"


def test_whom_somebody_waits_for_comes_first(stack: Stack) -> None:
    """Pages and what decides about answers, then what follows on one, then letters."""
    parsed = _parse(configuration(stack, table(stack, PROGRAMS)))
    commands = {program.name: shlex.split(parsed[f"program:{program.name}"]["command"]) for program in PROGRAMS}
    stands_back = {name: int(argv[2]) if argv[0] == "nice" else 0 for name, argv in commands.items()}
    assert stands_back["gateway"] == stands_back["distribution"] == 0
    assert 0 < stands_back["municipality"] == stands_back["notification"] < stands_back["letters"]


def test_awkward_paths_and_arguments(stack: Stack) -> None:
    """Spaces, quotes and percent signs in a path or an argument come out as they went in."""
    awkward = replace(stack, layout=Layout(stack.layout.data / "a b%c"))
    argv = ("/bin/my program", "it's 100%", 'say "hi"')
    process = Supervised("odd", Stage.SERVICES, Launch(argv, {"A": "50%"}, signal.SIGTERM))
    section = _parse(configuration(awkward, [process]))["program:odd"]
    assert tuple(shlex.split(section["command"].replace("%%", "%"))) == argv
    assert section["environment"] == 'A="50%%"'
    assert section["stdout_logfile"].replace("%%", "%") == str(awkward.layout.log("odd"))
