"""Who gets in: certificates made on the spot, real handshakes between real servers and channels."""

import asyncio
import itertools
import logging
import ssl
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.echo.v1.echo_pb2 import EchoBlobsRequest, EchoRequest
from likeness.echo.v1.echo_pb2_grpc import EchoServiceStub

from likeness_wire.certificates import CertificateFiles
from likeness_wire.channels import connect, service_config
from likeness_wire.chunks import Blob, cut
from likeness_wire.errors import LikenessError
from likeness_wire.hop import HopChannel
from likeness_wire.renewal import RenewingChannel
from likeness_wire.status import from_rpc_error
from services.common import peers
from services.common.settings import ProcessSettings
from services.common.startup import StartupError
from services.echo.servicer import NAME
from tests.authority import Authority, write
from tests.running import RunningShell, running_shell, until

GATEWAY = "spiffe://likeness.test/gateway"
STRANGER = "spiffe://likeness.test/stranger"
ECHO = "spiffe://likeness.test/echo"
EVERYTHING = {f"{NAME}/*": (GATEWAY,)}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def echo_files(authority: Authority, tmp_path: Path) -> CertificateFiles:
    return write(tmp_path / "echo", authority.issue(ECHO), authority)


@asynccontextmanager
async def guarded(
    files: CertificateFiles, allowed: Mapping[str, tuple[str, ...]] | None = None
) -> AsyncIterator[RunningShell]:
    """The echo service, as settings for mTLS make it."""
    async with running_shell(
        tls_chain=files.chain,
        tls_key=files.key,
        tls_authorities=files.authorities,
        allowed_peers=allowed or EVERYTHING,
        health_port=0,
    ) as running:
        yield running


def called_by(running: RunningShell, files: CertificateFiles) -> HopChannel:
    return connect(f"127.0.0.1:{running.shell.grpc_port}", NAME, default_timeout_s=5, identity=files)


def in_steps_of(seconds: float) -> Callable[[], float]:
    """A clock on which so much passes between any two looks at it."""
    return partial(next, itertools.count(0.0, seconds))


def probing(running: RunningShell) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(f"127.0.0.1:{running.shell.health_port}")


async def outcome(channel: HopChannel, text: str = "hello") -> "str | LikenessError":
    """What came back from one call, answer or error."""
    async with channel:
        try:
            return (await EchoServiceStub(channel).Echo(EchoRequest(text=text))).text  # type: ignore[no-any-return, misc]
        except grpc.aio.AioRpcError as error:
            return from_rpc_error(error)


async def test_a_listed_peer_may_call(authority: Authority, echo_files: CertificateFiles, tmp_path: Path) -> None:
    """Both sides show certificates of one authority, and the caller's SPIFFE id is on the list."""
    gateway = write(tmp_path / "gateway", authority.issue(GATEWAY), authority)
    async with guarded(echo_files) as running:
        assert await outcome(called_by(running, gateway)) == "hello"


@pytest.mark.parametrize("ids", [(STRANGER,), (GATEWAY.upper(),), (GATEWAY + "/more",)])
async def test_an_unlisted_peer_may_not(
    authority: Authority, echo_files: CertificateFiles, tmp_path: Path, ids: tuple[str, ...]
) -> None:
    """A good certificate of the right authority is a connection, not a permission."""
    stranger = write(tmp_path / "stranger", authority.issue(*ids), authority)
    async with guarded(echo_files) as running:
        error = await outcome(called_by(running, stranger))

    assert isinstance(error, LikenessError)
    assert error.reason in (reasons.REASON_NOT_ALLOWED, reasons.REASON_UNAUTHENTICATED)


@pytest.mark.parametrize("ids", [(), (GATEWAY, STRANGER), ("https://likeness.test/gateway",)])
async def test_who_has_not_exactly_one_id_is_nobody(
    authority: Authority, echo_files: CertificateFiles, tmp_path: Path, ids: tuple[str, ...]
) -> None:
    """None, several, or something else that looks like one."""
    nobody = write(tmp_path / "nobody", authority.issue(*ids), authority)
    async with guarded(echo_files) as running:
        error = await outcome(called_by(running, nobody))

    assert isinstance(error, LikenessError)
    assert error.reason == reasons.REASON_UNAUTHENTICATED


async def test_the_list_is_by_call(authority: Authority, echo_files: CertificateFiles, tmp_path: Path) -> None:
    """Who may say something may not send blobs."""
    gateway = write(tmp_path / "gateway", authority.issue(GATEWAY), authority)
    allowed = {f"{NAME}/Echo": (GATEWAY,), f"{NAME}/EchoBlobs": (STRANGER,)}
    async with guarded(echo_files, allowed) as running, called_by(running, gateway) as channel:
        stub = EchoServiceStub(channel)
        assert (await stub.Echo(EchoRequest(text="hello"))).text == "hello"  # type: ignore[misc]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.EchoBlobs(blob_of(1000)).read()  # type: ignore[attr-defined, arg-type]

    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("pattern", [f"{NAME}/Echo", f"{NAME}/*", "*"])
async def test_a_pattern_is_a_call_a_service_or_all(
    authority: Authority, echo_files: CertificateFiles, tmp_path: Path, pattern: str
) -> None:
    """And nothing in between."""
    gateway = write(tmp_path / "gateway", authority.issue(GATEWAY), authority)
    async with guarded(echo_files, {pattern: (GATEWAY,)}) as running:
        assert await outcome(called_by(running, gateway)) == "hello"


async def test_without_a_certificate_there_is_no_connection(authority: Authority, echo_files: CertificateFiles) -> None:
    """Neither with TLS alone, nor without it."""
    async with guarded(echo_files) as running:
        target = f"127.0.0.1:{running.shell.grpc_port}"
        anonymous = grpc.ssl_channel_credentials(authority.pem)
        for credentials in (anonymous, None):
            error = await outcome(connect(target, NAME, default_timeout_s=5, credentials=credentials))
            assert isinstance(error, LikenessError)
            assert error.reason == reasons.REASON_PEER_UNAVAILABLE


async def test_certificates_of_others_and_old_ones_open_nothing(
    authority: Authority, echo_files: CertificateFiles, tmp_path: Path
) -> None:
    """The name in them may be as right as can be."""
    other = Authority("other")
    forged = write(tmp_path / "forged", other.issue(GATEWAY), authority)
    expired = write(tmp_path / "expired", authority.issue(GATEWAY, expired=True), authority)
    async with guarded(echo_files) as running:
        for files in (forged, expired):
            error = await outcome(called_by(running, files))
            assert isinstance(error, LikenessError)
            assert error.reason == reasons.REASON_PEER_UNAVAILABLE


async def test_a_client_believes_only_the_right_server(authority: Authority, tmp_path: Path) -> None:
    """Of its own authorities, in time, and under the name it was called by."""
    gateway = write(tmp_path / "gateway", authority.issue(GATEWAY), authority)
    other = Authority("other")
    forged = write(tmp_path / "forged", other.issue(ECHO), authority)
    expired = write(tmp_path / "expired", authority.issue(ECHO, expired=True), authority)
    for files in (forged, expired):
        async with guarded(files) as running:
            error = await outcome(called_by(running, gateway))
            assert isinstance(error, LikenessError)
            assert error.reason == reasons.REASON_PEER_UNAVAILABLE

    good = write(tmp_path / "good", authority.issue(ECHO), authority)
    async with guarded(good) as running:
        elsewhere = [("grpc.ssl_target_name_override", "elsewhere.test")]
        target = f"127.0.0.1:{running.shell.grpc_port}"
        error = await outcome(connect(target, NAME, default_timeout_s=5, identity=gateway, options=elsewhere))
        assert isinstance(error, LikenessError)


async def test_probes_need_no_certificate_and_get_no_further(echo_files: CertificateFiles) -> None:
    """The health port answers in plain text, and nothing else is on it."""
    async with guarded(echo_files) as running, probing(running) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service=NAME))  # type: ignore[misc]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await EchoServiceStub(channel).Echo(EchoRequest(text="hello"))  # type: ignore[misc]

    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_renewal_under_load_fails_no_call(
    authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Certificates, then their authority: every step of a rotation, on both sides, while calls and a stream go on."""
    caplog.set_level(logging.INFO)
    following = Authority("following")
    echo, gateway = tmp_path / "echo", tmp_path / "gateway"
    files = write(echo, authority.issue(ECHO), authority)
    callers = write(gateway, authority.issue(GATEWAY), authority)
    steps: tuple[tuple[Authority, tuple[Authority, ...]], ...] = (
        (authority, (authority,)),
        (authority, (authority, following)),
        (following, (authority, following)),
        (following, (following,)),
    )
    async with guarded(files) as running, called_by(running, callers) as channel:
        load = Load(channel)
        async with load:
            for issuer, believed in steps:
                write(echo, issuer.issue(ECHO), *believed)
                write(gateway, issuer.issue(GATEWAY), *believed)
                await load.goes_on_for(1.3)

        assert load.failures == []
        renewals = [record.name for record in caplog.records if record.getMessage() == "certificates renewed"]
        assert renewals.count("likeness_wire.renewal") == renewals.count("services.common.peers") == len(steps)
        assert load.answers > 100
        assert load.streamed > 10
        late = write(tmp_path / "late", authority.issue(GATEWAY), following)
        assert isinstance(await outcome(called_by(running, late)), LikenessError)


async def test_a_connection_is_kept_until_there_is_a_better_one(
    authority: Authority, echo_files: CertificateFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Renewed certificates that the server does not believe cost a warning, and no call. Better ones take over."""
    folder = tmp_path / "gateway"
    gateway = write(folder, authority.issue(GATEWAY), authority)
    async with guarded(echo_files) as running:
        target, options = f"127.0.0.1:{running.shell.grpc_port}", [("grpc.service_config", service_config(NAME))]
        opened = partial(grpc.aio.secure_channel, target, options=options)
        hurried = RenewingChannel(opened, gateway, connected_within_s=0.3, clock=in_steps_of(1.0))
        async with HopChannel(hurried, default_timeout_s=5) as channel:
            stub = EchoServiceStub(channel)

            async def calls_until(said: str) -> None:
                while said not in caplog.text:
                    assert (await stub.Echo(EchoRequest(text="hello"))).text == "hello"  # type: ignore[misc]

            caplog.set_level(logging.INFO)
            await stub.Echo(EchoRequest())  # type: ignore[misc]
            write(folder, Authority("other").issue(GATEWAY), authority)
            await asyncio.wait_for(calls_until("no connection with renewed certificates"), 10)
            write(folder, authority.issue(GATEWAY), authority)
            await asyncio.wait_for(calls_until("certificates renewed"), 10)


async def test_halves_of_a_renewal_change_nothing(
    authority: Authority, echo_files: CertificateFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that came before its certificate is left for the next look, on both sides, and said."""
    gateway = write(tmp_path / "gateway", authority.issue(GATEWAY), authority)
    async with guarded(echo_files) as running:
        assert await outcome(called_by(running, gateway)) == "hello"
        renewed = authority.issue(ECHO)
        echo_files.key.write_bytes(renewed.key)
        with caplog.at_level(logging.WARNING):
            assert await outcome(called_by(running, gateway)) == "hello"
        assert "do not fit" in caplog.text
        echo_files.chain.write_bytes(renewed.chain)
        assert await outcome(called_by(running, gateway)) == "hello"
        assert await served_certificate(running, authority) == renewed.chain


async def test_the_public_entrance_is_tls_for_everybody(authority: Authority, tmp_path: Path) -> None:
    """A client of the gateway shows no certificate, checks ours, and gets a renewed one with its next connection."""
    folder = tmp_path / "public"
    entrance = peers.public(write(folder, authority.issue()))
    async with running_shell(entrance=entrance) as running:
        target = f"127.0.0.1:{running.shell.grpc_port}"
        credentials = grpc.ssl_channel_credentials(authority.pem)
        assert await outcome(connect(target, NAME, default_timeout_s=5, credentials=credentials)) == "hello"
        renewed = authority.issue()
        write(folder, renewed)
        assert await outcome(connect(target, NAME, default_timeout_s=5, credentials=credentials)) == "hello"
        assert await served_certificate(running, authority) == renewed.chain


def test_https_serves_renewed_certificates(authority: Authority, tmp_path: Path) -> None:
    """Python's own TLS servers look at each handshake too."""
    files = write(tmp_path / "https", authority.issue())
    server = HTTPServer(("127.0.0.1", 0), _Hello)
    server.socket = peers.https_context(files).wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        believing = ssl.create_default_context(cadata=authority.pem.decode())
        url = f"https://127.0.0.1:{server.server_port}/"
        assert urllib.request.urlopen(url, context=believing).read() == b"hello"
        renewed = authority.issue()
        write(tmp_path / "https", renewed)
        assert urllib.request.urlopen(url, context=believing).read() == b"hello"
        served = ssl.get_server_certificate(("127.0.0.1", server.server_port))
        assert ssl.PEM_cert_to_DER_cert(served) == ssl.PEM_cert_to_DER_cert(renewed.chain.decode())
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_contradictions_stop_the_start(authority: Authority, tmp_path: Path) -> None:
    """One line that names the variable, never a server that is more open than was meant."""
    good = write(tmp_path / "good", authority.issue(ECHO), authority)
    other = write(tmp_path / "other", authority.issue(ECHO), authority)
    both = {"tls_chain": good.chain, "tls_key": good.key}
    mutual = {**both, "tls_authorities": good.authorities}
    broken = tmp_path / "broken"
    broken.write_text("not PEM")

    for settings, complaint in (
        ({"tls_chain": good.chain}, "TLS_CHAIN: chain and key"),
        ({"tls_authorities": good.authorities}, "TLS_CHAIN: chain and key"),
        ({"allowed_peers": EVERYTHING}, "ALLOWED_PEERS: nobody can be told apart"),
        ({**both, "allowed_peers": EVERYTHING}, "ALLOWED_PEERS: nobody can be told apart"),
        (mutual, "ALLOWED_PEERS: with LIKENESS_TLS_AUTHORITIES"),
        ({**mutual, "allowed_peers": {"*": ("gateway",)}}, "ALLOWED_PEERS: an id begins with spiffe://"),
        ({**both, "tls_key": other.key}, "TLS_KEY: it is not the key"),
        ({**both, "tls_key": tmp_path / "absent"}, "TLS_KEY: it cannot be read"),
        ({**both, "tls_chain": broken}, "TLS_KEY: it is not the key"),
        ({**mutual, "tls_authorities": broken, "allowed_peers": EVERYTHING}, "TLS_AUTHORITIES: it holds no"),
    ):
        with pytest.raises(StartupError, match=f"^LIKENESS_{complaint}") as caught:
            peers.entrance(ProcessSettings(**settings))  # type: ignore[arg-type]
        assert str(tmp_path) not in str(caught.value)


def test_the_list_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON, and printed so that it can be read back."""
    monkeypatch.setenv("LIKENESS_ALLOWED_PEERS", '{"a.v1.B/*": ["spiffe://x/y"]}')

    assert ProcessSettings().allowed_peers == {"a.v1.B/*": ("spiffe://x/y",)}


class Load:
    """Calls one after another from several callers, and one stream that outlives every step."""

    def __init__(self, channel: HopChannel) -> None:
        self.answers = 0
        self.streamed = 0
        self.failures: list[object] = []
        self._stub = EchoServiceStub(channel)
        self._ending = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Load":
        self._tasks = [asyncio.create_task(self._call()) for _ in range(8)] + [asyncio.create_task(self._stream())]
        await until(lambda: self.answers and self.streamed)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ending = True
        await asyncio.gather(*self._tasks)

    async def goes_on_for(self, seconds: float) -> None:
        """Channels look at their files once a second."""
        enough = asyncio.get_running_loop().time() + seconds
        await until(lambda: asyncio.get_running_loop().time() > enough)

    async def _call(self) -> None:
        while not self._ending:
            try:
                await self._stub.Echo(EchoRequest(text="hello"))  # type: ignore[misc]
                self.answers += 1
            except grpc.aio.AioRpcError as error:
                self.failures.append(error)
            await asyncio.sleep(0.005)

    async def _stream(self) -> None:
        call = self._stub.EchoBlobs(self._blobs(), timeout=60)  # type: ignore[arg-type, call-arg]
        try:
            async for response in call:  # type: ignore[attr-defined]
                self.streamed += response.chunk.HasField("end")
        except grpc.aio.AioRpcError as error:
            self.failures.append(error)

    async def _blobs(self) -> AsyncIterator[EchoBlobsRequest]:
        index = 0
        while not self._ending and index < 60:
            for chunk in cut(Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, bytes(1000), index=index)):
                yield EchoBlobsRequest(chunk=chunk)
            index += 1
            await asyncio.sleep(0.1)


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None: ...


async def blob_of(size: int) -> AsyncIterator[EchoBlobsRequest]:
    for chunk in cut(Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, bytes(size))):
        yield EchoBlobsRequest(chunk=chunk)


async def served_certificate(running: RunningShell, authority: Authority) -> bytes:
    """What the server shows to a connection made now."""
    context = ssl.create_default_context(cadata=authority.pem.decode())
    context.set_alpn_protocols(["h2"])
    _, writer = await asyncio.open_connection("127.0.0.1", running.shell.grpc_port, ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    with suppress(ssl.SSLError, OSError):
        await writer.wait_closed()
    return ssl.DER_cert_to_PEM_cert(shown).encode()
