"""What deploy/ says about images and containers."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from chassis.broker.kafka_security import KafkaSecurity
from ops.paths import ROOT
from ops.stack.programs import GIVES_BACK, PROGRAMS
from ops.topics.access import OPERATIONS

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def containers(file: str) -> dict[str, Any]:
    """Read the services of a compose file."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / file).read_text())["services"]
    return found


def stages() -> dict[str, str]:
    """Tell the text of each stage of the Dockerfile."""
    parts = re.split(r"^FROM \S+ AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", [program.name for program in PROGRAMS])
def test_every_program_has_an_image_of_its_own(name: str) -> None:
    """With its own code, imported in the build by the user who is to run it, and a container that uses it."""
    stage = stages()[name]
    source = name if name == "gateway" else f"services/{name}"
    assert re.findall(r"^COPY ([a-z]\S*) ", stage, flags=re.MULTILINE) == [source]
    assert f'USER fordeling\nRUN python -c "import {source.replace("/", ".")}.bootstrap' in stage
    assert containers("compose.yaml")[name]["image"] == f"fordeling/{name}"


def test_every_program_gives_memory_back_here_as_in_its_image() -> None:
    """Each image is built on the stage that says so, and the embedded stack says the same."""
    kept = dict(re.findall(r"(MALLOC_\w+)=(\S+)", stages()["bare"]))
    assert kept == dict(GIVES_BACK)
    bases = re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)
    used = {name: base for base, name in bases if name in {one.name for one in PROGRAMS}}
    assert used.keys() == {one.name for one in PROGRAMS}
    assert {*used.values()} <= {"bare", "service"}
    assert all(program.launch().environment == GIVES_BACK for program in PROGRAMS)


def test_every_container_is_confined() -> None:
    """A root file system that is only read, no capabilities, no way to get any."""
    demo = {name: each for name, each in containers("compose.demo.yaml").items() if "image" in each}
    for name, container in (containers("compose.yaml") | demo).items():
        assert container["read_only"] is True, name
        assert container["cap_drop"] == ["ALL"], name
        assert container["security_opt"] == ["no-new-privileges:true"], name


def test_the_gateway_alone_is_reached_from_outside() -> None:
    """And in demonstrations what browsers and IMDi need too; all at this machine's own address."""
    core, demo = containers("compose.yaml"), containers("compose.demo.yaml")
    assert [name for name, each in core.items() if "ports" in each] == ["gateway"]
    assert {name for name, each in demo.items() if "ports" in each} == {"oidc", "mail", "kafka"}
    ports = [port for each in (*core.values(), *demo.values()) for port in each.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_everybody_signs_in_on_the_broker_under_a_name_of_their_own() -> None:
    """No listener for clients is without TLS and a password; rights are kept, and given before anybody starts."""
    core = containers("compose.yaml")
    broker = core["kafka"]["environment"]
    listeners = dict(each.split(":") for each in broker["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    assert {listeners.pop("CONTROLLER"), *listeners.values()} == {"PLAINTEXT", "SASL_SSL"}
    assert "CONTROLLER://localhost:" in broker["KAFKA_LISTENERS"]
    assert broker["KAFKA_AUTHORIZER_CLASS_NAME"].endswith(".StandardAuthorizer")
    names = {program.name: program.name for program in PROGRAMS} | {"topics": OPERATIONS, "access": OPERATIONS}
    for container, name in names.items():
        environment = core[container]["environment"]
        assert environment["KAFKA_SASL_USERNAME"] == name
        assert environment["KAFKA_SASL_PASSWORD_FILE"] == f"/run/secrets/kafka-password-{name}"
        passwords = [each for each in core[container]["secrets"] if str(each).startswith("kafka-password-")]
        assert passwords == [f"kafka-password-{name}"]
        assert KafkaSecurity.of({f"KAFKA_{field.upper()}": environment.get(f"KAFKA_{field.upper()}", "x") for field in (
            "security_protocol", "sasl_mechanism", "sasl_username", "sasl_password")}).encrypts  # fmt: skip
    assert all("access" in core[program.name]["depends_on"] for program in PROGRAMS)


def test_no_password_stands_in_the_files() -> None:
    """Each comes by a file that is named."""
    secret = re.compile(r"(PASSWORD|SECRET|_DATABASE_URL|DATABASE_URL)$")
    for file in ("compose.yaml", "compose.demo.yaml"):
        for name, container in containers(file).items():
            assert not [variable for variable in container.get("environment", {}) if secret.search(variable)], name


def test_images_install_what_the_embedded_stack_runs() -> None:
    """Each package of the services' lock has the same version in the lock that is tested."""
    pin = re.compile(r"^[a-z0-9][^ ;]*==[^ ;]+", flags=re.MULTILINE)
    tested = set(pin.findall((ROOT / "requirements" / "run.txt").read_text()))
    used = set(pin.findall((ROOT / "requirements" / "services.txt").read_text()))
    assert used
    assert used <= tested
