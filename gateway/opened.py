"""The gateway with everything behind it, as the settings want it: opened in order, closed in reverse.

async with open_counter(settings, metrics) as counter:                who may call: before anything is served
    async with open_gateway(settings, metrics, counter) as gateway:   swept, and jobs running
        GatewayServicer(gateway.parts)
"""

import importlib.metadata
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.server_pb2 import ServerInfo, ServerLimits

from gateway.api.binding import load_binding
from gateway.api.books import Books
from gateway.api.consents import Consents
from gateway.api.jobs import Jobs
from gateway.api.ordering import Ordering
from gateway.api.pages import PageTokens
from gateway.api.photos import Cleaner
from gateway.api.receipts import ReceiptBook
from gateway.api.requests import Requests
from gateway.api.results import Results
from gateway.api.seeds import Seeds
from gateway.api.server import Server, keep_times, upload_limits
from gateway.api.servicer import Parts
from gateway.api.uploads import Taking, Uploads
from gateway.api.watching import Watching
from gateway.jobs.engine import DurableJobs, Pace, running
from gateway.keeping import keeping
from gateway.marking.marker import Marks, open_marker
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.peers import Peers, open_peers
from gateway.pipeline.album import Album
from gateway.pipeline.desk import Desk
from gateway.pipeline.orders import Orders
from gateway.pipeline.seed_search import SeedSearch
from gateway.pipeline.studio import Studio
from gateway.policy import read_policy
from gateway.retention.database import Database, connect
from gateway.settings import GatewaySettings
from gateway.styles import Styles, read_styles
from gateway.tenants.door import Door, open_door
from gateway.tenants.quotas import Quota, Quotas
from gateway.vault import Vault

_VERSION = importlib.metadata.version("likeness")


@dataclass(frozen=True, slots=True)
class Counter:
    """Where callers stand: the books, and the door they came in by."""

    books: Books
    tokens: PageTokens
    door: Door


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything behind the public port."""

    vault: Vault
    engine: DurableJobs
    peers: Peers
    parts: Parts


@asynccontextmanager
async def open_counter(settings: GatewaySettings, metrics: GatewayMetrics) -> AsyncIterator[Counter]:
    """The job database is there from now on. StartupError where anybody could come in."""
    default_key = settings.data_dir / "binding.key"
    binding = load_binding(settings.binding_key_file or default_key, create=settings.binding_key_file is None)
    database = Database(connect(settings.job_database_url(), stall_s=settings.pace().stall_s))
    threads = Threads(settings.storage_threads)
    try:
        await threads(database.create_tables)
        quotas = Quotas(database, Quota.usual(settings), metrics)
        consents = Consents(database, settings.policy_version)
        books = Books(database, threads, Requests(database, binding), consents, quotas)
        async with open_door(settings, database, threads, metrics) as door:
            yield Counter(books, PageTokens(binding), door)
    finally:
        threads.close()
        database.engine.dispose()


@asynccontextmanager
async def open_gateway(
    settings: GatewaySettings, metrics: GatewayMetrics, counter: Counter, pace: Pace | None = None
) -> AsyncIterator[Gateway]:
    """Swept before it is yielded; jobs run inside. `pace`: if not as the settings say."""
    styles = read_styles(settings.styles_file)
    marks = open_marker(settings, settings.data_dir)
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(keeping(settings, metrics))
        cleaner = await stack.enter_async_context(Cleaner(settings.image_limits(), settings.photo_longest_side))
        peers = await stack.enter_async_context(open_peers(settings, metrics))
        studio = Studio(vault, peers, styles, metrics, settings, marker=marks)
        stack.callback(studio.close)
        engine = await stack.enter_async_context(
            running(
                counter.books.database,
                settings.job_database_url(),
                studio.course,
                metrics=metrics,
                pace=pace or settings.pace(),
                limits=settings.job_limits(),
            )
        )
        desk = await stack.enter_async_context(Desk(vault, engine, counter.books.database).at_work())
        parts = _parts(settings, counter, vault, engine, desk, peers, cleaner, styles, marks)
        yield Gateway(vault, engine, peers, parts)


def _parts(
    settings: GatewaySettings,
    counter: Counter,
    vault: Vault,
    engine: DurableJobs,
    desk: Desk,
    peers: Peers,
    cleaner: Cleaner,
    styles: Styles,
    marks: Marks,
) -> Parts:
    books, tokens = counter.books, counter.tokens
    album = Album(vault, engine, pulse_s=settings.alive_s)
    orders = Orders(styles, read_policy(), settings.order_limits())
    made_by = MadeBy(service="gateway", engine="gateway", device="cpu", version=_VERSION)
    taking = Taking(settings.uploads_at_once, settings.stream_idle_s)
    return Parts(
        uploads=Uploads(vault, books, cleaner, peers.embedder, taking, made_by),
        ordering=Ordering(vault, orders, desk, album, books),
        jobs=Jobs(vault, engine, desk, album, tokens),
        watching=Watching(vault, album),
        results=Results(album, tokens),
        seeds=Seeds(vault, orders, SeedSearch(vault, peers, styles), books, settings.max_candidates),
        receipts=ReceiptBook(vault, tokens),
        server=Server(_told(settings, marks), vault, books, peers),
        styles=styles,
        tokens=tokens,
    )


def _told(settings: GatewaySettings, marks: Marks) -> ServerInfo:
    """What GetServerInfo says for as long as the process lives."""
    limits = ServerLimits(
        upload=upload_limits(settings),
        max_pictures=settings.max_pictures,
        max_tries=settings.max_tries,
        max_long_side=settings.max_long_side,
        max_candidates=settings.max_candidates,
        may_keep_everything=settings.may_keep_everything,
    )
    keep_times(limits, settings)
    return ServerInfo(
        version=_VERSION,
        profile=settings.profile,
        limits=limits,
        policy_version=settings.policy_version,
        provenance=marks.state(),
    )
