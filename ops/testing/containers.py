"""The tests' Kafka and PostgreSQL in containers, by testcontainers. Needs a Docker daemon and its images."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from docker.errors import APIError, DockerException  # type: ignore[import-untyped]
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from ops.embedded.kafka import SETTINGS as KAFKA_SETTINGS, answers_metadata
from ops.embedded.ports import free_ports
from ops.embedded.postgres import FORGETFUL, SETTINGS as POSTGRES_SETTINGS, SUPERUSER
from ops.embedded.waiting import wait_until
from ops.errors import UserError

KAFKA_IMAGE = os.environ.get("FORDELING_TEST_KAFKA_IMAGE", "apache/kafka:4.4.0")
POSTGRES_IMAGE = os.environ.get("FORDELING_TEST_POSTGRES_IMAGE", "postgres:18")
POSTGRES_PORT = 5432
CONTROLLER_PORT = 9093
READY_SECONDS = 120.0
LISTENING = {"listen_addresses", "unix_socket_directories"}
"""What the image decides itself."""


@contextmanager
def kafka(image: str = KAFKA_IMAGE) -> Iterator[str]:
    """Keep a broker, on the same port inside and outside: it tells its clients where it is. Gives bootstrap servers."""
    [port] = free_ports(1)
    host = _host()
    container = DockerContainer(image).with_bind_ports(port, port)
    settings = KAFKA_SETTINGS | {
        "listeners": f"PLAINTEXT://:{port},CONTROLLER://:{CONTROLLER_PORT}",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "controller.quorum.voters": f"1@localhost:{CONTROLLER_PORT}",
    }
    for name, value in settings.items():
        container.with_env(kafka_variable(name), value)
    bootstrap_servers = f"{host}:{port}"
    with _running(container, lambda: answers_metadata(bootstrap_servers)):
        yield bootstrap_servers


@contextmanager
def postgres(password: str, image: str = POSTGRES_IMAGE) -> Iterator[str]:
    """Keep a cluster that forgets; gives its superuser's URL."""
    _host()
    settings = {name: value for name, value in POSTGRES_SETTINGS.items() if name not in LISTENING} | FORGETFUL
    container = (
        DockerContainer(image)
        .with_env("POSTGRES_PASSWORD", password)
        .with_exposed_ports(POSTGRES_PORT)
        .with_command([part for name, value in settings.items() for part in ("-c", f"{name}={value}")])
    )
    with _running(container, lambda: _takes_connections(_url(container, password))):
        yield _url(container, password)


def kafka_variable(setting: str) -> str:
    """Tell the variable by which Apache Kafka's image takes a setting."""
    return f"KAFKA_{setting.upper().replace('.', '_')}"


def _url(container: DockerContainer, password: str) -> str:
    port = container.get_exposed_port(POSTGRES_PORT)
    return f"postgresql://{SUPERUSER}:{password}@{container.get_container_host_ip()}:{port}/postgres"


def _takes_connections(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def _host() -> str:
    """Tell where containers' ports are reached. Raises UserError where no daemon answers."""
    try:
        client = DockerClient()
        client.client.ping()
        return client.host()
    except DockerException as error:
        raise UserError(
            "FORDELING_TEST_BACKEND=containers, but no Docker daemon answers "
            f"({type(error).__name__}): start Docker, or unset the variable to test with the embedded parts."
        ) from None


@contextmanager
def _running(container: DockerContainer, ready: Callable[[], bool]) -> Iterator[None]:
    try:
        container.start()
    except APIError as error:
        raise UserError(f"The image {container.image} cannot be started: {error.explanation}") from None
    try:
        if not wait_until(ready, READY_SECONDS, alive=lambda: _alive(container)):
            logs = b"\n".join(container.get_logs()).decode(errors="replace").strip().splitlines()
            raise UserError(f"{container.image} did not become ready: {' | '.join(logs[-3:])}")
        yield
    finally:
        container.stop()


def _alive(container: DockerContainer) -> bool:
    container.reload()
    return str(container.status) in {"created", "running"}
