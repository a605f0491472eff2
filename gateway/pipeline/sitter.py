"""The person that pictures are of, while a step has them in its hands."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from likeness.common.v1.chunk_pb2 import Role
from likeness.common.v1.face_pb2 import Face
from likeness.common.v1.identity_pb2 import Embedding
from likeness.common.v1.work_pb2 import MadeBy
from likeness.embedder.v1.embedder_pb2 import EmbedResponse
from likeness.verifier.v1.verifier_pb2 import VerifyOptions

from gateway.retention.holdings import Holding, Kind
from gateway.vault import Vault
from likeness_wire.chunks import Blob
from services.common import images


@dataclass(frozen=True, slots=True)
class Sitter:
    """Identity and photos. Lives as long as the call that needs it."""

    embedded: EmbedResponse = field(repr=False)
    # Empty where nobody needs them.
    photos: Sequence[Blob] = field(repr=False)
    # Whether a recogniser wants to see them beside the pictures.
    compared: bool = False

    @property
    def identity(self) -> Embedding:
        return self.embedded.identity.embedding

    @property
    def made_by(self) -> MadeBy:
        return self.embedded.made_by

    @property
    def best_photo(self) -> int:
        """The one that the identity rests on most."""
        weights = list(self.embedded.identity.weights) or [1.0]
        return weights.index(max(weights))

    @property
    def best_face(self) -> Face:
        """The face that is meant, in the best photo."""
        report = self.embedded.photos[self.best_photo].report
        return report.faces[report.chosen]

    def reference(self, *, photos: bool) -> tuple[VerifyOptions, list[Blob]]:
        """What pictures are measured against. Photos only where a recogniser wants to look at them itself; otherwise
        their embeddings say the same, and no photo travels. Never both: a photo would be compared with itself."""
        used = [place for place, weight in enumerate(self.embedded.identity.weights) if weight > 0]
        if photos:
            return VerifyOptions(identities=[self.identity]), [self.photos[place] for place in used]
        embeddings = [self.embedded.photos[place].embedding for place in used]
        return VerifyOptions(identities=[self.identity], references=embeddings), []


async def photos_of(vault: Vault, upload: Holding) -> list[Blob]:
    """As they lie in the vault, in the order sent."""
    places = [stored.index for stored in await vault.stored(upload.tenant, upload.id) if stored.kind is Kind.PHOTO]
    return [await _photo(vault, upload, place) for place in places]


async def sitter_of(vault: Vault, upload: Holding, *, photos: bool, compared: bool) -> Sitter:
    """Once the identity is there. Photos are large and stay where they are if nobody needs them."""
    async with vault.reading(upload.tenant, upload.id, Kind.IDENTITY, 0) as content:
        embedded = EmbedResponse.FromString(await content.whole())
    return Sitter(embedded, await photos_of(vault, upload) if photos or compared else [], compared)


async def _photo(vault: Vault, upload: Holding, place: int) -> Blob:
    async with vault.reading(upload.tenant, upload.id, Kind.PHOTO, place) as content:
        data = await content.whole()
    return Blob(Role.ROLE_PHOTO, images.sniff(data), data, index=place)
