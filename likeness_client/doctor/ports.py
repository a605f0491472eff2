"""The usual ports: free, held by a stack of ours, or by somebody else."""

import socket
from collections.abc import Iterable
from contextlib import suppress

from likeness_client.doctor.finding import Finding, Patient, fault, ok
from likeness_client.failure import CommandFailed
from likeness_client.stack import addresses
from likeness_client.stack.addresses import FILE_NAME
from likeness_client.stack.profiles import Place, parts_of

_HOST = "127.0.0.1"


def ports(patient: Patient) -> Iterable[Finding]:
    parts = parts_of(patient.profile, Place(patient.data, patient.models, threads=2))
    wanted = [port for part in parts for port in (part.grpc_port, part.metrics_port, part.http_port) if port]
    taken = sorted(port for port in wanted if not _free(port))
    if not taken:
        yield ok("ports", "7400 to 7440, 7480 and 7490 to 7494 are free")
    elif set(taken) <= _ours(patient):
        yield ok("ports", f"held by the stack that runs on {patient.data}")
    else:
        yield fault(
            "ports", f"taken: {', '.join(map(str, taken))}", "stop what holds them, or likeness up --ports free"
        )


def _ours(patient: Patient) -> set[int]:
    with suppress(CommandFailed):
        stack = addresses.read(patient.data / FILE_NAME)
        held = (*stack.grpc.values(), *stack.metrics.values(), *stack.http.values())
        return {int(address.rpartition(":")[2]) for address in held}
    return set()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True
