"""The client for programs without coroutines."""

import inspect
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from likeness_client import AsyncLikeness, Consent, Likeness, State, StateChanged
from likeness_client.errors import NotFound
from tests.likeness_client.fake_gateway import FakeGateway, running_elsewhere
from tests.likeness_client.script import jpeg


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Likeness]:
    with running_elsewhere(gateway) as port, Likeness(f"127.0.0.1:{port}") as likeness:
        yield likeness


def test_the_whole_journey(client: Likeness, gateway: FakeGateway, consent: Consent, tmp_path: Path) -> None:
    """Photos in, pictures out, forgotten, without an event loop in sight."""
    upload = client.upload(jpeg(1))
    job = client.wait(client.create_job(upload, ["corporate", "outdoor"], consent=consent))
    paths = [client.download(result, tmp_path) for result in job.results]

    assert client.inspect(upload).usable
    assert State.PARTIAL is job.state
    assert list(gateway.script.pictures.values()) == [path.read_bytes() for path in paths]
    assert 6 == len(client.tries(job))
    assert job.name == client.delete(job).subject
    assert 3 == len(client.receipts())


def test_iterators_may_be_left_early(client: Likeness, consent: Consent) -> None:
    """The stream behind is ended; the client goes on."""
    job = client.create_job(client.upload(jpeg(1)), "corporate", consent=consent)
    first = next(event for event in client.watch(job) if isinstance(event, StateChanged))

    assert State.RUNNING is first.state
    assert [job.name] == [each.name for each in client.jobs()]


def test_threads_may_share_it(client: Likeness, consent: Consent) -> None:
    """Their calls run side by side."""
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(client.upload(jpeg(1)).name)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 8 == len(set(names))


def test_errors_are_the_same(client: Likeness) -> None:
    """Raised where the call was made."""
    with pytest.raises(NotFound) as caught:
        client.job("tenants/local/jobs/nowhere")

    assert "NOT_FOUND" == caught.value.reason_name


def test_a_closed_client_says_so(client: Likeness) -> None:
    """Closing twice is fine, and its thread is gone."""
    client.close()
    client.close()

    with pytest.raises(ValueError, match="closed"):
        client.styles()
    assert "likeness" not in {thread.name for thread in threading.enumerate()}


def test_both_clients_do_the_same() -> None:
    """Every method, with the same parameters."""

    def surface(client: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(client, inspect.isfunction)
        return {name: list(inspect.signature(method).parameters) for name, method in methods if name[0] != "_"}

    assert surface(AsyncLikeness) == surface(Likeness)
    assert list(inspect.signature(AsyncLikeness).parameters) == list(inspect.signature(Likeness).parameters)
