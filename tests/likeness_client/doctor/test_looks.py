"""What the doctor finds: on this machine, and on machines with something wrong."""

import os
import socket
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from likeness_client.doctor.certificates import certificates
from likeness_client.doctor.finding import Finding, Patient, Verdict
from likeness_client.doctor.gpu import gpu
from likeness_client.doctor.machine import machine
from likeness_client.doctor.ports import ports
from likeness_client.doctor.storage import storage
from likeness_client.doctor.versions import versions
from likeness_client.doctor.weights import weights
from likeness_client.stack.profiles import Profile
from tests.authority import Authority

SMI = """#!/bin/sh
echo 'NVIDIA H100 80GB HBM3, 570.124.06, 81559, {used}, {capability}'
"""


def patient(folder: Path, profile: Profile = Profile.EMBEDDED, *, quick: bool = False) -> Patient:
    return Patient(profile, folder / "data", folder / "models", quick)


def verdicts(findings: Iterable[Finding]) -> dict[str, Verdict]:
    return {finding.subject: finding.verdict for finding in findings}


def of(subject: str, findings: Iterable[Finding]) -> Finding:
    (found,) = (finding for finding in findings if finding.subject == subject)
    return found


def with_gpu(folder: Path, monkeypatch: pytest.MonkeyPatch, used: int = 0, capability: str = "9.0") -> None:
    """A program that answers like nvidia-smi of a machine that has one."""
    program = folder / "nvidia-smi"
    program.write_text(SMI.format(used=used, capability=capability))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_every_finding_that_is_not_ok_says_what_to_do(tmp_path: Path) -> None:
    """A complaint without advice helps nobody."""
    looks = (versions, machine, gpu, weights, storage, certificates)
    found = [finding for look in looks for finding in look(patient(tmp_path, Profile.GPU))]

    assert all(finding.do for finding in found if finding.verdict is not Verdict.OK)


def test_this_machine_can_run_the_embedded_profile(tmp_path: Path) -> None:
    """Or these tests could not; every byte of its models is read."""
    found = [finding for look in (versions, weights, storage, gpu) for finding in look(patient(tmp_path))]

    assert Verdict.FAULT not in verdicts(found).values()
    assert "33.5 MB, sha256 as locked" == of("model realesrgan-x4plus-ncnn", found).says
    assert "dlib-landmarks-68" in of("licences", found).says


def test_quick_looks_at_weights_without_reading_them(tmp_path: Path) -> None:
    """And says so."""
    found = list(weights(patient(tmp_path, quick=True)))

    assert "33.5 MB, not read" == of("model realesrgan-x4plus-ncnn", found).says


def test_weights_that_are_missing_or_refused_are_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that brings them; a licence policy counts as well."""
    missing = of("model sdxl-base-1.0", weights(patient(tmp_path, Profile.GPU)))
    monkeypatch.setenv("LIKENESS_LICENSE_POLICY", "commercial")
    refused = of("model dlib-landmarks-68", weights(patient(tmp_path)))

    assert (Verdict.FAULT, "likeness models fetch sdxl-base-1.0") == (missing.verdict, missing.do)
    assert "refused by LICENSE_POLICY" in refused.says


def test_a_policy_that_does_not_exist_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would stop every service."""
    monkeypatch.setenv("LIKENESS_LICENSE_POLICY", "relaxed")

    assert {"models": Verdict.FAULT} == verdicts(weights(patient(tmp_path)))


def test_without_a_gpu_only_the_profile_that_needs_one_complains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no program to ask."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert Verdict.OK is of("gpu", gpu(patient(tmp_path))).verdict
    assert Verdict.FAULT is of("gpu", gpu(patient(tmp_path, Profile.GPU))).verdict


@pytest.mark.parametrize(
    ("used", "capability", "verdict", "advice"),
    [(500, "9.0", Verdict.OK, ""), (70_000, "9.0", Verdict.WARNING, "ROWS=4"), (0, "7.5", Verdict.WARNING, "float16")],
)
def test_a_gpu_is_named_with_driver_and_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: int, capability: str, verdict: Verdict, advice: str
) -> None:
    """One that is full or old works, with other settings."""
    with_gpu(tmp_path, monkeypatch, used, capability)
    found = of("gpu 0", gpu(patient(tmp_path, Profile.GPU)))

    assert verdict is found.verdict
    assert f"NVIDIA H100 80GB HBM3, driver 570.124.06, {used} of 81559 MiB" in found.says
    assert advice in found.do


def test_libraries_that_see_no_gpu_are_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build for the CPU would otherwise be found out by the first start."""
    with_gpu(tmp_path, monkeypatch)
    found = list(gpu(patient(tmp_path, Profile.GPU)))

    assert "sees no GPU" in of("torch", found).says
    assert "no CUDA" in of("onnxruntime", found).says


def test_a_folder_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    """Keys lie in it."""
    (tmp_path / "data").mkdir(mode=0o755)

    first, second = storage(patient(tmp_path))

    assert (Verdict.WARNING, f"chmod 700 {tmp_path / 'data'}") == (first.verdict, first.do)
    assert Verdict.OK is second.verdict
    assert [] == list((tmp_path / "data").iterdir())


def test_a_store_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    """Whatever stands in its place."""
    (tmp_path / "data").write_text("a file")

    assert Verdict.FAULT in verdicts(storage(patient(tmp_path))).values()


def test_a_cluster_s_stores_are_asked_by_the_gateway_s_own_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong variable is named."""
    monkeypatch.setenv("LIKENESS_STORE", "s3")

    assert "LIKENESS_S3_ENDPOINT" in of("store", storage(patient(tmp_path))).says


def certified(folder: Path, monkeypatch: pytest.MonkeyPatch, *, expired: bool) -> Sequence[Finding]:
    issued = Authority().issue(expired=expired)
    for part, content in (("CHAIN", issued.chain), ("KEY", issued.key)):
        (folder / part).write_bytes(content)
        monkeypatch.setenv(f"LIKENESS_TLS_{part}", str(folder / part))
    return list(certificates(patient(folder)))


def test_a_certificate_that_ends_soon_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within two weeks; these live for an hour."""
    found = of("certificate of services", certified(tmp_path, monkeypatch, expired=False))

    assert Verdict.WARNING is found.verdict
    assert found.says.startswith("good until ")


def test_a_certificate_that_has_ended_or_does_not_fit_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is half of one."""
    expired = of("certificate of services", certified(tmp_path, monkeypatch, expired=True))
    (tmp_path / "KEY").write_bytes(Authority().issue().key)
    foreign = of("certificate of services", certificates(patient(tmp_path)))
    monkeypatch.delenv("LIKENESS_TLS_KEY")
    half = of("certificate of services", certificates(patient(tmp_path)))

    assert [Verdict.FAULT] * 3 == [expired.verdict, foreign.verdict, half.verdict]
    assert "expired on" in expired.says


def test_a_port_that_somebody_holds_is_a_fault_with_its_number(tmp_path: Path) -> None:
    """Unless it is our own stack."""
    with ExitStack() as stack:
        holder = stack.enter_context(socket.socket())
        try:
            holder.bind(("127.0.0.1", 7494))
            holder.listen()
        except OSError:
            pass  # somebody else holds it, which serves as well
        found = of("ports", ports(patient(tmp_path)))

    assert Verdict.FAULT is found.verdict
    assert "7494" in found.says


def test_memory_disk_and_clock_are_looked_at(tmp_path: Path) -> None:
    """Each with its own line."""
    assert {"memory", "swap", "disk", "clock"} == set(verdicts(machine(patient(tmp_path))))
