"""Who may call: TLS with certificates that are renewed under way, and a list of SPIFFE ids for every RPC.

Whoever has a certificate of our authorities gets a connection; what may be called on it, the list says. Health and
reflection answer to everybody who is connected.
"""

import logging
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import grpc
import grpc.aio
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.certificates import CertificateFiles, Certificates, Renewed, UnfitCertificates
from likeness_wire.errors import LikenessError, NotAllowed, Unauthenticated
from services.common.interceptor import Admit, Context, Refuse
from services.common.settings import PREFIX, ProcessSettings
from services.common.startup import StartupError

log = logging.getLogger(__name__)

_SCHEME = "spiffe://"
_VARIABLES = {"chain": "TLS_CHAIN", "key": "TLS_KEY", "authorities": "TLS_AUTHORITIES"}


@dataclass(frozen=True, slots=True)
class Entrance:
    """How callers come in: how connections are made, which of their calls are turned away, and what else stands around
    a call (a caller to be found out by what the call carries, rates, an audit log).
    """

    credentials: grpc.ServerCredentials | None
    refuse: Refuse
    admit: Admit | None = None
    certificate: CertificateFiles | None = None


def entrance(settings: ProcessSettings) -> Entrance:
    """As the settings say: without TLS, with it, or with it on both sides. StartupError where they contradict."""
    files = identity(settings)
    if files is None or files.authorities is None:
        if settings.allowed_peers:
            raise StartupError(f"{PREFIX}ALLOWED_PEERS: nobody can be told apart without {PREFIX}TLS_AUTHORITIES")
        return public(files)
    if not settings.allowed_peers:
        raise StartupError(f"{PREFIX}ALLOWED_PEERS: with {PREFIX}TLS_AUTHORITIES it has to say who may call what")
    return Entrance(server_credentials(files), AllowList(settings.allowed_peers).refuse, certificate=files)


def public(files: CertificateFiles | None, admit: Admit | None = None) -> Entrance:
    """For callers who show no certificate: whoever they are, `admit` has to find out."""
    return Entrance(None if files is None else server_credentials(files), _everybody, admit, files)


def identity(settings: ProcessSettings) -> CertificateFiles | None:
    """Where the process finds who it is; for its own calls to peers too."""
    if settings.tls_chain is None or settings.tls_key is None:
        if settings.tls_chain or settings.tls_key or settings.tls_authorities:
            raise StartupError(f"{PREFIX}TLS_CHAIN: chain and key belong together; one of them is not set")
        return None
    return CertificateFiles(settings.tls_chain, settings.tls_key, settings.tls_authorities)


def server_credentials(files: CertificateFiles) -> grpc.ServerCredentials:
    """Every new connection gets the certificates as they are then. With authorities, callers have to show theirs."""
    renewed = _opened(files)

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        # On a thread of gRPC's, which knows nothing to do with an exception.
        if not renewed.look():
            return None
        log.info("certificates renewed")
        return _configuration(renewed.current)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(renewed.current),
        fetch,  # type: ignore[arg-type] # None means: as before
        require_client_authentication=files.authorities is not None,
    )


def https_context(files: CertificateFiles) -> ssl.SSLContext:
    """The same for servers that take Python's own TLS."""
    renewed = _opened(files)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files.authorities)
    context.load_cert_chain(files.chain, files.key)

    def look(*_: object) -> None:
        if renewed.look():
            context.load_cert_chain(files.chain, files.key)

    context.sni_callback = look
    return context


class AllowList:
    """SPIFFE ids by RPC: `package.Service/Method`, `package.Service/*`, or `*`. What is not listed is refused."""

    def __init__(self, allowed: Mapping[str, Collection[str]]) -> None:
        for name in (name for names in allowed.values() for name in names):
            if not name.startswith(_SCHEME):
                raise StartupError(f"{PREFIX}ALLOWED_PEERS: an id begins with {_SCHEME}")
        self._allowed = {rpc: frozenset(names) for rpc, names in allowed.items()}

    def refuse(self, method: str, context: Context) -> LikenessError | None:
        """`method` as gRPC has it: `/package.Service/Method`."""
        peer = spiffe_id(context)
        if peer is None:
            return Unauthenticated(reasons.REASON_UNAUTHENTICATED, "the certificate holds no SPIFFE id")
        rpc = method.removeprefix("/")
        patterns = (rpc, f"{rpc.partition('/')[0]}/*", "*")
        if any(peer in self._allowed.get(pattern, ()) for pattern in patterns):
            return None
        return NotAllowed(reasons.REASON_NOT_ALLOWED, "this peer may not make this call")


def spiffe_id(context: Context) -> str | None:
    """Of the caller's certificate, which has exactly one; gRPC has checked its form."""
    found = tuple(context.auth_context().get("peer_spiffe_id", ()))
    return found[0].decode() if len(found) == 1 else None


def _everybody(_method: str, _context: Context) -> None:
    return None


def _opened(files: CertificateFiles) -> Renewed:
    try:
        return Renewed(files)
    except UnfitCertificates as misfit:
        raise StartupError(f"{PREFIX}{_VARIABLES[misfit.file]}: {misfit}") from None


def _configuration(certificates: Certificates) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(certificates.key, certificates.chain)], root_certificates=certificates.authorities
    )
