"""What parts see of our environment."""

import pytest

from likeness_client.stack.environment import environment


def test_secrets_of_the_person_who_starts_it_reach_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of other programs, nor ours for another deployment."""
    for name in ("AWS_SECRET_ACCESS_KEY", "PIP_INDEX_URL", "LIKENESS_S3_SECRET_KEY", "LIKENESS_DATABASE_URL"):
        monkeypatch.setenv(name, "secret")

    assert "secret" not in environment({"DEVICE": "cpu"}, 2).values()


def test_a_part_is_told_its_own_and_what_all_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """By full names; what the profile says wins."""
    monkeypatch.setenv("LIKENESS_LICENSE_POLICY", "commercial")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")

    seen = environment({"DEVICE": "cpu"}, 2)

    assert ("cpu", "commercial", "1") == tuple(
        seen[name] for name in ("LIKENESS_DEVICE", "LIKENESS_LICENSE_POLICY", "CUDA_VISIBLE_DEVICES")
    )


def test_threads_are_bounded_unless_somebody_has_bounded_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four processes with a thread per core each would stand in one another's way."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    bounded = environment({}, 2)["OMP_NUM_THREADS"]
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    assert ("2", "1") == (bounded, environment({}, 2)["OMP_NUM_THREADS"])


def test_grpc_itself_keeps_quiet_unless_somebody_wants_to_hear_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own lines tell nothing that a service does not say."""
    monkeypatch.delenv("GRPC_VERBOSITY", raising=False)
    quiet = environment({}, 1)
    monkeypatch.setenv("GRPC_VERBOSITY", "debug")

    assert (quiet["GRPC_VERBOSITY"], environment({}, 1)["GRPC_VERBOSITY"]) == ("ERROR", "debug")
