"""Faults of what the fleet stands on: disk, database, store, network, certificates."""

import asyncio
import io
import signal
import socket
import ssl
import time
from collections import Counter

import psycopg
from cryptography import x509
from minio import Minio

from bench.drill.bites import bitten, until
from bench.drill.fleet import Fleet
from bench.drill.lines import Ill
from likeness_client.stack.attendant import Address
from likeness_client.stack.profiles import GATEWAY
from tests.authority import Authority

FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT

_LASTS_S = 12.0
_FULL_S = 15.0
_BACK_S = 120.0
_PIECE_TAKES_S = 0.3
_STOPS_S, _GOES_S = 2.0, 0.5
_PROBE = "probe/of-the-drill"
# What a client needs to see, at its next call, that certificates are others.
_LOOKED_S = 3.0


async def full_disk(fleet: Fleet) -> str:
    """ENOSPC for whatever the store wants to write; then room, and a restart: SeaweedFS 4.48 goes on refusing what
    belongs to a piece of its index that could not be written once.
    """
    bitten(fleet.ground.disk.small, "the store has a small disk of its own, which only root can mount")
    await asyncio.to_thread(fleet.ground.disk.fill)
    try:
        await asyncio.sleep(_FULL_S)
        free = fleet.ground.disk.free_bytes
        taken = await asyncio.to_thread(_takes_objects, fleet)
    finally:
        fleet.ground.disk.clear()
    bitten(free < 4096, f"no byte is free, where {free} are")
    bitten(not taken, "the store refuses an object")
    await _store_restarted(fleet)
    return f"{free} bytes free, and the store refused objects; with room and after a restart it took them again"


async def _store_restarted(fleet: Fleet) -> None:
    server = fleet.ground.server
    await asyncio.to_thread(server.program.end, signal.SIGTERM)
    server.program.begin()
    await asyncio.to_thread(server.until_answering)
    began = time.monotonic()
    while not await asyncio.to_thread(_takes_objects, fleet):
        bitten(time.monotonic() - began < _BACK_S, "the store takes objects again")
        await asyncio.sleep(0.5)


async def database_restarted(how: signal.Signals, fleet: Fleet) -> str:
    before = await asyncio.to_thread(_start_time, fleet)
    await asyncio.to_thread(fleet.ground.database.end, how)
    fleet.ground.database.begin()
    await asyncio.to_thread(fleet.ground.database.until_answering)
    after = await asyncio.to_thread(_start_time, fleet)
    bitten(after != before, "the server says that it started at another time")
    return "its start time is another"


async def ill_store(ill: Ill, fleet: Fleet) -> str:
    before = fleet.ground.store.spoiled
    fleet.ground.store.fall_ill(ill)
    try:
        await asyncio.sleep(_LASTS_S)
    finally:
        fleet.ground.store.ill = None
    spoiled = fleet.ground.store.spoiled - before
    bitten(spoiled > 2, f"more than two requests were spoiled, where {spoiled} were")
    return f"{spoiled} requests were spoiled"


async def slow_line(kind: str, fleet: Fleet) -> str:
    line = fleet.lines[fleet.of_kind(kind)[0]]
    before, line.delay_s = line.delayed, _PIECE_TAKES_S
    try:
        await asyncio.sleep(_LASTS_S)
        line.delay_s = 0.0
        for _ in range(4):
            line.flowing.clear()
            await asyncio.sleep(_STOPS_S)
            line.flowing.set()
            await asyncio.sleep(_GOES_S)
    finally:
        line.delay_s = 0.0
        line.flowing.set()
    bitten(line.delayed > before, "something was delayed")
    return f"{line.delayed - before} pieces came late"


async def certificates_renewed(fleet: Fleet) -> str:
    """Every server shows the new ones to who connects, and the gateways call with theirs."""
    before = _renewals(fleet)
    fleet.credentials.issue(fleet.credentials.authority)
    await _shown(fleet)
    # Its server says it once, and each of its channels.
    await until(
        lambda: all(n > before[name] + 1 for name, n in _renewals(fleet).items()), "gateways call with the new ones"
    )
    return f"{len(fleet.parts)} servers show other serial numbers, and both gateways call with theirs"


async def authority_replaced(fleet: Fleet) -> str:
    """Both in ca.crt everywhere; all certificates by the new one; the old one out."""
    credentials, before, following = fleet.credentials, fleet.credentials.authority, Authority("drill 2")
    for issuer, believed in (before, (before, following)), (following, (before, following)), (following, (following,)):
        credentials.authority = issuer
        credentials.issue(*believed)
        await _shown(fleet)
        await asyncio.sleep(_LOOKED_S)
    found = await asyncio.to_thread(_issuers, fleet)
    bitten(found == {"CN=drill 2"}, f"all certificates are of the new authority: {', '.join(sorted(found))}")
    return f"{len(fleet.parts)} servers show certificates of the new authority, and the old one is believed by nobody"


async def _shown(fleet: Fleet) -> None:
    serials, addresses = fleet.credentials.serials, fleet.stack.addresses

    def others() -> bool:
        return all(_certificate(address).serial_number == serials[name] for name, address in addresses.items())

    deadline = time.monotonic() + 60
    while not await asyncio.to_thread(others):
        bitten(time.monotonic() < deadline, "all servers show the certificates that were issued last")
        await asyncio.sleep(0.5)


def _issuers(fleet: Fleet) -> set[str]:
    return {_certificate(address).issuer.rfc4514_string() for address in fleet.stack.addresses.values()}


def _certificate(address: Address) -> x509.Certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with socket.create_connection((address.host, address.grpc_port), 5) as plain, context.wrap_socket(plain) as shown:
        return x509.load_der_x509_certificate(shown.getpeercert(binary_form=True) or b"")


def _renewals(fleet: Fleet) -> Counter[str]:
    """As each gateway said it."""
    return Counter({name: fleet.chronicle.heard_of[name, "certificates renewed"] for name in fleet.of_kind(GATEWAY)})


def _start_time(fleet: Fleet) -> object:
    with psycopg.connect(fleet.ground.database.address) as connection:
        row = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
        return row and row[0]


def _takes_objects(fleet: Fleet) -> bool:
    """Asked past the line that may be ill, and cleaned up."""
    store: Minio = fleet.ground.server.client()
    try:
        store.put_object(fleet.ground.bucket, _PROBE, io.BytesIO(bytes(70_000)), 70_000)
        store.remove_object(fleet.ground.bucket, _PROBE)
    except Exception:  # whatever the library makes of a store that cannot write
        return False
    return True
