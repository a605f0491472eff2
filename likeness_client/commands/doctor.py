"""`likeness doctor`: can this machine run it, and what should be done about what stands against it."""

from pathlib import Path
from typing import Annotated

import typer

from likeness_client.doctor.certificates import certificates
from likeness_client.doctor.finding import Finding, Look, Patient, Verdict
from likeness_client.doctor.gpu import gpu
from likeness_client.doctor.machine import machine
from likeness_client.doctor.ports import ports
from likeness_client.doctor.storage import storage
from likeness_client.doctor.versions import versions
from likeness_client.doctor.weights import weights
from likeness_client.folders import data_folder, models_folder
from likeness_client.output import show_json
from likeness_client.stack.profiles import Profile

# In the order of what the next one rests on.
LOOKS: tuple[Look, ...] = (versions, machine, gpu, weights, storage, certificates, ports)

_COLOURS = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAULT: "red"}


def doctor(
    profile: Annotated[Profile, typer.Option(help="What should run here.")] = Profile.EMBEDDED,
    data: Annotated[Path | None, typer.Option(help="Folder of its data. Default: ~/.likeness.")] = None,
    models: Annotated[
        Path | None, typer.Option(help="The models directory, for gpu.", envvar="LIKENESS_MODELS_DIR")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Do not read weights: look whether they are there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at this machine: versions, memory, disk, clock, GPU and driver, digests of models, store, certificates,
    ports. Each line is ok, a warning or a fault, with what to do. Ends with 1 if there is a fault."""
    patient = Patient(profile, data_folder(data), models_folder(models), quick)
    findings: list[Finding] = []
    for look in LOOKS:
        for finding in look(patient):
            findings.append(finding)
            if not as_json:
                _show(finding)
    faults = [finding for finding in findings if finding.verdict is Verdict.FAULT]
    if as_json:
        show_json({"ok": not faults, "profile": profile, "findings": [finding.as_json() for finding in findings]})
    else:
        _conclude(findings, profile)
    if faults:
        raise typer.Exit(1)


def _show(finding: Finding) -> None:
    typer.secho(f"{finding.verdict:8}", fg=_COLOURS[finding.verdict], nl=False)
    typer.echo(f"{finding.subject}: {finding.says}")
    if finding.do:
        typer.echo(f"{'':8}  → {finding.do}")


def _conclude(findings: list[Finding], profile: Profile) -> None:
    counts = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    if counts[Verdict.FAULT]:
        typer.echo(f"\n{_many(counts[Verdict.FAULT], 'fault')}: the profile {profile} will not run like this.")
    else:
        typer.echo(f"\nThe profile {profile} can run here; {_many(counts[Verdict.WARNING], 'warning')}.")


def _many(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


app = typer.Typer()
app.command()(doctor)
