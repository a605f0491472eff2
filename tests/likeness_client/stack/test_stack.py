"""Processes that stand together: ready when all are, mended when one dies, gone when the stack is."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from likeness_client.stack.attendant import PartFailed
from likeness_client.stack.readiness import until_serving
from tests.likeness_client.stack.parts import ECHO, RememberedLog, echo, scripted, small_stack
from tests.running import until


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def environment_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text().split("\0")


async def test_a_stack_is_ready_when_every_part_serves() -> None:
    """And gone without a trace when the block ends."""
    log = RememberedLog()
    async with small_stack(echo("one"), echo("two"), log=log) as stack:
        pids = list(stack.pids.values())
        for address in stack.addresses.values():
            await asyncio.wait_for(until_serving(address.grpc, ECHO), 5)

    assert 2 == len(set(pids))
    assert not any(map(lives, pids))
    assert log.has("one", "ready after")
    assert log.has("two: stopped")


async def test_a_part_that_dies_is_said_and_started_again_where_it_was() -> None:
    """Whoever is connected finds it at the same address."""
    log = RememberedLog()
    async with small_stack(echo(), log=log) as stack:
        before, address = stack.pids["echo"], stack.addresses["echo"].grpc
        os.kill(before, signal.SIGKILL)
        await until(lambda: stack.pids.get("echo", before) != before)
        await asyncio.wait_for(until_serving(address, ECHO), 20)

    assert log.has("echo: was ended by SIGKILL; starting it again in 0.05 s")


async def test_a_part_that_is_stuck_is_ended_and_started_again() -> None:
    """It would hold its port and answer nobody."""
    log = RememberedLog()
    async with small_stack(echo(), log=log) as stack:
        before, address = stack.pids["echo"], stack.addresses["echo"].grpc
        os.kill(before, signal.SIGSTOP)
        await until(lambda: stack.pids.get("echo", before) != before, 30)
        await asyncio.wait_for(until_serving(address, ECHO), 20)

    assert log.has("echo: does not answer any more, and is ended")
    assert not lives(before)


async def test_a_part_that_refuses_to_start_stops_the_stack_with_its_own_words() -> None:
    """Starting it again would end the same way; the other parts do not stay behind."""
    log = RememberedLog()
    with pytest.raises(PartFailed, match="wrong cannot start: LIKENESS_COMPUTE_THREADS"):
        async with small_stack(echo("right"), echo("wrong", {"COMPUTE_THREADS": "0"}), log=log):
            pytest.fail("it must not stand")

    assert not log.has("starting it again")


async def test_a_part_that_keeps_dying_ends_the_stack(tmp_path: Path) -> None:
    """After three more chances; a stack that is not whole would only fail jobs."""
    log = RememberedLog()
    dying = scripted(tmp_path, "dying", "raise SystemExit(70)")

    with pytest.raises(PartFailed, match="dying failed, once too often"):
        async with small_stack(dying, log=log):
            pytest.fail("it must not stand")

    assert 3 == sum("starting it again" in line for line in log.lines)


async def test_a_peer_is_told_addresses_that_were_free_at_the_time() -> None:
    """Ports are chosen by the processes themselves, so no other can have taken them."""
    log = RememberedLog()
    async with small_stack(echo("embedder"), echo("gateway", peers=("embedder",)), log=log) as stack:
        told = environment_of(stack.pids["gateway"])

        assert f"LIKENESS_EMBEDDER={stack.addresses['embedder'].grpc}" in told


async def test_a_peer_is_told_every_replica() -> None:
    """As one name for gRPC, which calls them by turns."""
    parts = [echo("embedder"), echo("embedder-2"), echo("gateway", peers=("embedder",))]
    async with small_stack(*parts) as stack:
        told = environment_of(stack.pids["gateway"])
        both = ",".join(stack.addresses[name].grpc for name in ("embedder", "embedder-2"))

        assert f"LIKENESS_EMBEDDER=ipv4:{both}" in told


async def test_the_gateway_ends_before_what_it_calls() -> None:
    """Jobs in flight still need the services while it drains."""
    log = RememberedLog()
    async with small_stack(echo("embedder"), echo("gateway"), log=log):
        pass

    stopped = [line for line in log.lines if line.endswith(": stopped")]

    assert ["gateway: stopped", "embedder: stopped"] == stopped


async def test_work_ends_with_the_stack_that_it_waits_for(tmp_path: Path) -> None:
    """Rather than waiting for a part that will not come back; work that is done is what came of it."""
    fragile = scripted(
        tmp_path,
        "fragile",
        "import os, sys, runpy\n"
        f"if os.path.exists({str(tmp_path / 'broken')!r}): sys.exit('cannot start: broken')\n"
        "runpy.run_module('services.echo', run_name='__main__', alter_sys=True)",
    )
    async with small_stack(fragile) as stack:
        assert "done" == await stack.during(asyncio.sleep(0, "done"))
        (tmp_path / "broken").touch()
        os.kill(stack.pids["fragile"], signal.SIGKILL)

        with pytest.raises(PartFailed, match="once too often"):
            await stack.during(asyncio.sleep(60))


async def test_a_stack_that_is_stopped_twice_is_gone_at_once(tmp_path: Path) -> None:
    """A part that does not drain is killed, not left behind."""
    stubborn = scripted(
        tmp_path,
        "stubborn",
        "import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: print('asked', flush=True))\n"
        "print('deaf', flush=True)\nwhile True: time.sleep(1)",
    )
    log = RememberedLog()

    async def stand() -> None:
        async with small_stack(stubborn, log=log):
            pass

    standing = asyncio.create_task(stand())
    await until(lambda: log.has("deaf"))
    standing.cancel()
    await until(lambda: log.has("asked"))
    standing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(standing, 5)
