import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadPhoto
from services.common.child import Child, ChildDied, ChildOutOfMemory, ChildOverstayed, ChildRaised
from tests.services.common import featherweight, misbehaving

MB = 1_000_000


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(name="test", memory_bytes=50 * MB, initializer=misbehaving.warm_up) as child:
        yield child


def test_a_function_runs_elsewhere(child: Child) -> None:
    """The result comes back, from another process, which stays the same one."""
    pids = {child.call(misbehaving.pid, timeout_s=5) for _ in range(3)}

    assert pids == {child.pid}
    assert os.getpid() not in pids
    assert child.call(misbehaving.add, 2, 3, timeout_s=5) == 5


def test_results_are_data(child: Child) -> None:
    """Dataclasses, arrays and ordinary containers come back as they were."""
    found = child.call(misbehaving.find, "face", timeout_s=5)
    assert (found.name, found.embedding.tolist()) == ("face", [0.5, 0.25])

    value = {"a": [1, None, "x"], "b": (b"y", {2.5})}
    assert child.call(misbehaving.echo, value, timeout_s=5) == value
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.testing.assert_array_equal(child.call(misbehaving.echo, array, timeout_s=5), array)


def test_large_arguments_travel_beside_the_message(child: Child) -> None:
    """Read-only bytes arrive as bytes, without having been pickled."""
    data = bytes(20 * MB)
    assert child.call(misbehaving.length, pickle.PickleBuffer(data), timeout_s=5) == ("bytes", 20 * MB)


def test_a_flow_is_gathered(child: Child) -> None:
    """More than the child's memory limit flows through it, since no two parts exist at once."""
    about, data = child.gather(misbehaving.count_down, 80 * MB + 7, MB, timeout_s=10)

    assert (about, len(data)) == ("zeros", 80 * MB + 7)


def test_a_flow_may_fail(child: Child) -> None:
    """A failure half way is told as any other, and the child goes on."""
    before = child.pid
    with pytest.raises(ChildRaised, match="ValueError"):
        child.gather(misbehaving.fail_half_way, MB, timeout_s=5)

    assert child.call(misbehaving.pid, timeout_s=5) == before


def test_a_flow_may_not_exceed_what_it_announced(child: Child) -> None:
    """The parent's memory is not the child's to fill."""
    with pytest.raises(ChildDied):
        child.gather(misbehaving.pour_too_much, MB, timeout_s=5)


def test_a_flow_may_not_drip_for_ever(child: Child) -> None:
    """Bytes that keep coming are no excuse for being late."""
    with pytest.raises(ChildOverstayed):
        child.gather(misbehaving.drip, 500 * MB, timeout_s=0.2)


def test_our_errors_cross_as_themselves(child: Child) -> None:
    """Reason, message, hint and metadata survive; the child does too."""
    with pytest.raises(BadPhoto, match="not readable") as caught:
        child.call(misbehaving.refuse, timeout_s=5)

    assert caught.value.reason == reasons.REASON_CORRUPT
    assert caught.value.retry_after_s == 1.5
    assert caught.value.metadata == {"kind": "JPEG"}


def test_other_errors_cross_by_type_alone(child: Child) -> None:
    """A message may quote a photo; type and place never do."""
    with pytest.raises(ChildRaised) as caught:
        child.call(misbehaving.raise_with_secret, timeout_s=5)

    assert caught.value.type_name == "ValueError"
    assert "misbehaving" in "".join(caught.value.trail)
    assert "secret" not in f"{caught.value}{caught.value.trail}{caught.value.__cause__}"


def test_a_result_that_does_not_travel_is_an_error(child: Child) -> None:
    """Our mistake, told as what it is; the child goes on."""
    before = child.pid
    with pytest.raises(ChildRaised):
        child.call(misbehaving.return_what_does_not_travel, timeout_s=5)

    assert child.call(misbehaving.pid, timeout_s=5) == before


@pytest.mark.parametrize("function", [misbehaving.burn, misbehaving.hold_the_gil, misbehaving.ignore_signals_and_sleep])
def test_who_overstays_is_replaced(child: Child, function: object) -> None:
    """At the deadline, whatever it is doing; the next call finds a warm child."""
    before, began = child.pid, time.monotonic()
    with pytest.raises(ChildOverstayed):
        child.call(function, timeout_s=0.3)  # type: ignore[arg-type]
    assert time.monotonic() - began < 10  # on a machine that lets it run, 0.3

    assert child.call(misbehaving.pid, timeout_s=5) != before
    assert before is not None
    assert not psutil.pid_exists(before)


def test_cpu_time_is_counted_apart(child: Child) -> None:
    """Sleeping costs none of it; burning ends soon after it is used up."""
    child.call(misbehaving.sleep, 0.3, timeout_s=5, cpu_s=0.1)

    began = time.monotonic()
    with pytest.raises(ChildOverstayed):
        child.call(misbehaving.burn, timeout_s=30, cpu_s=0.1)
    assert time.monotonic() - began < 10


def test_cpu_time_is_counted_per_call(child: Child) -> None:
    """What earlier calls used is forgotten: together they use far more than one of them may."""
    before = child.pid
    for _ in range(5):
        child.call(misbehaving.burn_for, 0.1, timeout_s=5, cpu_s=0.3)

    assert before == child.pid


@pytest.mark.parametrize("how", [misbehaving.crash, misbehaving.hang_up, misbehaving.babble])
def test_who_dies_or_babbles_is_replaced(child: Child, how: object) -> None:
    """The caller learns that the child died, and the next call finds another."""
    before = child.pid
    with pytest.raises(ChildDied):
        child.call(how, timeout_s=5)  # type: ignore[arg-type]

    assert child.call(misbehaving.pid, timeout_s=5) != before


def test_the_way_of_dying_is_told(child: Child) -> None:
    """A signal by name, an exit by its code; sys.exit is no way out of a call."""
    with pytest.raises(ChildDied, match="SIGSEGV"):
        child.call(misbehaving.crash, timeout_s=5)
    with pytest.raises(ChildDied, match="exit code 7"):
        child.call(misbehaving.leave, 7, timeout_s=5)
    with pytest.raises(ChildRaised, match="SystemExit"):
        child.call(misbehaving.exit_politely, timeout_s=5)


def test_memory_is_limited_beyond_what_is_needed_anyway(child: Child) -> None:
    """Forty of fifty megabytes are granted again and again, sixty never."""
    for _ in range(3):
        assert child.call(misbehaving.eat, 40, timeout_s=5) == 40 * MB
    for function, *args in ((misbehaving.eat, 60), (misbehaving.eat_slowly,)):
        with pytest.raises(ChildOutOfMemory):
            child.call(function, *args, timeout_s=5)
    with pytest.raises(ChildOutOfMemory):
        child.call(misbehaving.length, pickle.PickleBuffer(bytes(60 * MB)), timeout_s=5)

    assert child.call(misbehaving.eat, 40, timeout_s=5) == 40 * MB


def test_a_child_cannot_make_its_parent_do_things(child: Child, tmp_path: Path) -> None:
    """A pickle that would run something is refused, unrun, and its sender replaced."""
    target, before = tmp_path / "made", child.pid
    with pytest.raises(ChildDied):
        child.call(misbehaving.enchant, str(target), timeout_s=5)

    assert not target.exists()
    assert child.call(misbehaving.pid, timeout_s=5) != before


def test_a_child_writes_no_files(child: Child, tmp_path: Path) -> None:
    """Nothing of what it handles can reach a disk."""
    with pytest.raises(ChildRaised, match="OSError"):
        child.call(misbehaving.write_file, str(tmp_path), timeout_s=5)


def test_a_sealed_child_can_do_nothing_but_compute(tmp_path: Path) -> None:
    """It runs as the same user, and yet may not touch a file, a network, a program or its parent."""
    secret = tmp_path / "secret"
    secret.write_text("key")
    with Child(name="sealed", initializer=misbehaving.warm_up, sealed=True) as sealed:
        answers = sealed.call(misbehaving.try_all, str(secret), os.getpid(), timeout_s=5)
        computed = sealed.call(misbehaving.compute_in_threads, timeout_s=5)

    assert {name: answer for name, answer in answers.items() if answer != "EPERM"} == {}
    assert len(answers) == 12
    assert computed == 8_000_000


def test_a_child_leaves_no_core(child: Child) -> None:
    """Neither as a file nor through a core handler, and it can gain no rights."""
    assert child.call(misbehaving.limits, timeout_s=5) == {"core": (0, 0), "dumpable": 0, "no_new_privs": True}


def test_ctrl_c_is_for_the_parent(child: Child) -> None:
    """The terminal's signals go to a session that the child is not in: draining calls still need it."""
    child.start()
    assert child.pid is not None

    assert os.getsid(child.pid) == child.pid


def test_a_child_sees_no_secrets(child: Child) -> None:
    """Of our environment only what interpreters and libraries need."""
    os.environ["LIKENESS_TEST_SECRET"] = "hush"
    try:
        with Child(name="other") as other:
            seen = other.call(misbehaving.environment, timeout_s=5)
    finally:
        del os.environ["LIKENESS_TEST_SECRET"]

    assert not [name for name in seen if name.startswith("LIKENESS")]
    assert "PATH" in seen


def test_a_child_is_light() -> None:
    """It imports what its functions need, and nothing of its parent's."""
    with Child(name="light") as light:
        seen = set(light.call(featherweight.modules, timeout_s=5))

    assert not seen & {"grpc", "torch", "numpy", "asyncio", "prometheus_client", "pydantic"}


def test_death_between_calls_goes_unnoticed(child: Child) -> None:
    """A child that the kernel killed while idle is replaced before the next call."""
    assert child.pid is not None
    process = psutil.Process(child.pid)
    process.kill()
    with contextlib.suppress(psutil.TimeoutExpired):
        process.wait(5)

    assert child.call(misbehaving.add, 1, 1, timeout_s=5) == 2


def test_calls_take_turns(child: Child) -> None:
    """From many threads, each gets its own answer."""
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        answers[number] = child.call(misbehaving.echo, number, timeout_s=10)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {number: number for number in range(20)}


def test_closing_ends_a_call_under_way() -> None:
    """Nobody waits for a hung function at shutdown, and a closed child takes no more."""
    child = Child(name="closing")
    child.start()
    failures: list[Exception] = []

    def ask() -> None:
        try:
            child.call(misbehaving.sleep, 3600, timeout_s=60)
        except ChildDied as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    pid = child.pid
    assert pid is not None
    while not child.busy:
        time.sleep(0.001)
    child.close()
    thread.join(5)

    assert len(failures) == 1
    assert not psutil.pid_exists(pid)
    with pytest.raises(ChildDied, match="closed"):
        child.call(misbehaving.add, 1, 1, timeout_s=5)


def test_an_initializer_that_fails_is_heard() -> None:
    """At start, with the same rules: our errors as themselves, others by type."""
    with pytest.raises(ChildRaised, match="RuntimeError"):
        Child(name="broken", initializer=misbehaving.broken_initializer).start()
    with pytest.raises(BadPhoto):
        Child(name="refusing", initializer=misbehaving.refusing_initializer).start()


def test_what_cannot_be_imported_is_refused(child: Child) -> None:
    """A lambda is a mistake of ours, seen at once."""
    with pytest.raises(ValueError, match="module-level"):
        child.call(lambda: 1, timeout_s=5)


@pytest.mark.parametrize("busy", [True, False])
def test_no_child_outlives_a_killed_parent(busy: bool) -> None:
    """SIGKILL of the parent takes the child with it, even one that holds the GIL in a C function."""
    script = """
import sys, threading
from services.common.child import Child
from tests.services.common import featherweight, misbehaving
child = Child(name="orphan")
child.start()
if sys.argv[1] == "True":
    call = lambda: child.call(misbehaving.hold_the_gil, timeout_s=3600)
    threading.Thread(target=call, daemon=True).start()
print(child.pid, flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(busy)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()

    deadline = time.monotonic() + 5
    while _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
