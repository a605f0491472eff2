"""What was made, on its way out: results whole or in part, small looks, the record of every render."""

from collections.abc import AsyncGenerator

from likeness.common.v1.chunk_pb2 import KIND_JPEG, ROLE_PICTURE, ROLE_PREVIEW, ChunkHeader
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.result_pb2 import DownloadFacts

from gateway import names
from gateway.api.pages import PageTokens, page_size
from gateway.api.refusals import invalid
from gateway.api.streams import chunks
from gateway.pipeline.album import Album

_USUAL, _MOST = 50, 200
_LIST = "tries"


class Results:
    """Of a picture nothing is in memory here but the pieces that are being sent."""

    def __init__(self, album: Album, tokens: PageTokens) -> None:
        self._album = album
        self._tokens = tokens

    async def download(
        self, tenant: str, request: pb.DownloadResultRequest
    ) -> AsyncGenerator[pb.DownloadResultResponse, None]:
        """Size and digest are those of what is sent, all or a part."""
        job, number = names.result_of(request.name, tenant)
        async with self._album.reading(tenant, job, number, request.offset, _length(request)) as (result, content):
            facts = DownloadFacts(result=result, offset=request.offset, length=content.size_bytes)
            yield pb.DownloadResultResponse(facts=facts)
            header = ChunkHeader(
                role=ROLE_PICTURE,
                kind=result.kind,
                size_bytes=content.size_bytes,
                width=result.size.width,
                height=result.size.height,
            )
            async for chunk in chunks(header, content):
                yield pb.DownloadResultResponse(chunk=chunk)

    async def thumbnail(self, tenant: str, name: str) -> AsyncGenerator[pb.DownloadThumbnailResponse, None]:
        of_try = names.is_attempt(name)
        job, number = (names.attempt_of if of_try else names.result_of)(name, tenant)
        async with self._album.thumbnail(tenant, job, number, of_try=of_try) as content:
            header = ChunkHeader(role=ROLE_PREVIEW, kind=KIND_JPEG, size_bytes=content.size_bytes)
            async for chunk in chunks(header, content):
                yield pb.DownloadThumbnailResponse(chunk=chunk)

    async def tries(self, tenant: str, request: pb.ListTriesRequest) -> pb.ListTriesResponse:
        """A page begins behind a number."""
        job = names.job_id(request.parent, tenant, "parent")
        query = (_LIST, tenant, job)
        begin = int(self._tokens.cursor(request.page_token, *query) or 0)
        size = page_size(request.page_size, _USUAL, _MOST)
        found = await self._album.tries(tenant, job, begin, size + 1)
        after = str(begin + size) if len(found) > size else None
        return pb.ListTriesResponse(tries=found[:size], next_page_token=self._tokens.token(after, *query))


def _length(request: pb.DownloadResultRequest) -> int | None:
    """None: to the end."""
    if not request.HasField("length"):
        return None
    if not request.length:
        raise invalid("length", "at least 1")
    return request.length
