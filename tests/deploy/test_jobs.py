"""Pods that come to an end: the audit, the rotation of keys, and the fetching of weights."""

import re

import pytest

from gateway.rotation.settings import RotationSettings
from tests.deploy.processes import processes
from tests.deploy.rendering import NAMES, Manifest, find, of_kind

CRON_JOBS = [
    pytest.param(each["spec"], id=f"{name}-{each['metadata']['name']}")
    for name in NAMES
    for each in of_kind(name, "CronJob")
]


@pytest.mark.parametrize("spec", CRON_JOBS)
def test_runs_do_not_pile_up(spec: Manifest) -> None:
    """One at a time, none that is long overdue, each over before the next; and failed ones stay for a look."""
    job = spec["jobTemplate"]["spec"]

    assert spec["concurrencyPolicy"] == "Forbid"
    assert job["backoffLimit"] == 0
    assert job["activeDeadlineSeconds"] < _period_s(spec["schedule"])
    assert 60 <= spec["startingDeadlineSeconds"] < _period_s(spec["schedule"])
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["failedJobsHistoryLimit"] >= spec["successfulJobsHistoryLimit"] >= 1


@pytest.mark.parametrize("name", [name for name in NAMES if name != "laptop"])
def test_what_is_kept_is_looked_at_every_hour(name: str) -> None:
    """By the program that is not the sweep."""
    (process,) = [process for process in processes(name) if process.pod.name == "audit"]

    assert process.pod.owner["kind"] == "CronJob"
    assert _period_s(process.pod.owner["spec"]["schedule"]) == 3600
    assert process.container["args"] == ["-m", "gateway.retention.audit"]


def test_the_rotation_looks_at_least_as_often_as_a_step_may_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a key would stand last for longer than it has to."""
    (process,) = [process for process in processes("production") if process.pod.name == "key-rotation"]
    settings: RotationSettings = process.settings(monkeypatch)

    assert process.container["args"] == ["-m", "gateway.rotation"]
    assert _period_s(process.pod.owner["spec"]["schedule"]) <= settings.learn_s


@pytest.mark.parametrize("name", [name for name in NAMES if name != "laptop"])
def test_fetching_weights_is_tried_again_and_is_forgotten(name: str) -> None:
    """Four hours for 18 GB, on a way that may break; then the next `kubectl apply` looks once more."""
    job = find(name, "Job", "weights")["spec"]
    init = [container["name"] for container in job["template"]["spec"]["initContainers"]]

    assert init == ["grants", "fetch"]
    assert job["activeDeadlineSeconds"] == 4 * 3600
    assert job["backoffLimit"] >= 3
    assert job["template"]["spec"]["restartPolicy"] == "OnFailure"
    assert 0 < job["ttlSecondsAfterFinished"] <= 3600


def _period_s(schedule: str) -> int:
    """Of `17 * * * *`, hourly, or `*/15 * * * *`."""
    minute, *rest = schedule.split()
    assert rest == ["*"] * 4
    every = re.fullmatch(r"(?:\*/(\d+)|\d+)", minute)
    assert every is not None
    return int(every[1]) * 60 if every[1] else 3600
