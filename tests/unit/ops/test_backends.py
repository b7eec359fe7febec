"""Where the tests' own Kafka and PostgreSQL come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.errors import UserError
from ops.testing import backends
from ops.testing.backends import Backend, GivenPostgres


def test_tests_are_embedded_unless_containers_are_asked_for() -> None:
    """No Docker is needed by default; an empty variable is none."""
    assert backends.backend({}) is Backend.EMBEDDED
    assert backends.backend({"FORDELING_TEST_BACKEND": ""}) is Backend.EMBEDDED
    assert backends.backend({"FORDELING_TEST_BACKEND": "containers"}) is Backend.CONTAINERS


def test_an_unknown_backend_is_refused(tmp_path: Path) -> None:
    """With what there is to choose among, before anything is started."""
    with (
        pytest.raises(UserError, match="FORDELING_TEST_BACKEND=podman is unknown: choose among embedded, containers"),
        backends.kafka(tmp_path, {"FORDELING_TEST_BACKEND": "podman"}),
    ):
        pass


def test_containers_without_docker_are_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to do about it."""
    pytest.importorskip("testcontainers")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
    for part in (backends.kafka, backends.postgres):
        with (
            pytest.raises(UserError, match=r"no Docker daemon answers .*: start Docker, or unset the variable"),
            part(tmp_path, {"FORDELING_TEST_BACKEND": "containers"}),
        ):
            pass


def test_given_parts_have_to_be_there(tmp_path: Path) -> None:
    """The embedded ones do not step in, and no password is told."""
    with (
        pytest.raises(UserError, match="No Kafka broker answers"),
        backends.kafka(tmp_path, {"FORDELING_TEST_KAFKA": "127.0.0.1:1"}),
    ):
        pass
    with (
        pytest.raises(UserError, match="Cannot reach the database of FORDELING_TEST_POSTGRES") as caught,
        backends.postgres(tmp_path, {"FORDELING_TEST_POSTGRES": "postgresql://root:hidden@127.0.0.1:1/postgres"}),
    ):
        pass
    assert "hidden" not in str(caught.value)


def test_a_given_cluster_is_reached_as_its_superuser_and_as_roles_of_ours() -> None:
    """Whatever else its URL says stays."""
    cluster = GivenPostgres("postgresql://root:p%40ss@db:5433/postgres?sslmode=require")
    assert cluster.url("one") == "postgresql://root:p%40ss@db:5433/one?sslmode=require"
    assert cluster.url("one", "reader", "x/y") == "postgresql://reader:x%2Fy@db:5433/one?sslmode=require"
    assert "p%40ss" not in repr(cluster)
