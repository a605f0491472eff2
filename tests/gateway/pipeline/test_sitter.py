"""Who pictures are of, and what each service gets of them."""

from likeness.common.v1.chunk_pb2 import KIND_JPEG, Role
from likeness.common.v1.face_pb2 import Box, Face
from likeness.common.v1.identity_pb2 import Embedding
from likeness.common.v1.quality_pb2 import PhotoReport
from likeness.embedder.v1.embedder_pb2 import EmbeddedPhoto, EmbedResponse, Identity

from gateway.pipeline.sitter import Sitter
from likeness_wire.chunks import Blob


def _sitter(*weights: float) -> Sitter:
    photos = [
        EmbeddedPhoto(
            report=PhotoReport(faces=[Face(), Face(box=Box(left=place))], chosen=1),
            embedding=Embedding(recogniser_id="r", values=[place]),
        )
        for place in range(len(weights))
    ]
    identity = Identity(embedding=Embedding(recogniser_id="r", values=[9]), weights=weights)
    blobs = [Blob(Role.ROLE_PHOTO, KIND_JPEG, b"%d" % place) for place in range(len(weights))]
    return Sitter(EmbedResponse(photos=photos, identity=identity), blobs)


def test_the_best_photo_is_the_one_that_weighs_most() -> None:
    """And the best face is the one that was chosen in it."""
    sitter = _sitter(0.2, 0.5, 0.3)

    assert sitter.best_photo == 1
    assert sitter.best_face.box.left == 1


def test_pictures_are_measured_against_embeddings_where_nobody_needs_the_photos() -> None:
    """Those of photos that count; one that stands apart does not."""
    options, photos = _sitter(0.6, 0, 0.4).reference(photos=False)

    assert [list(each.values) for each in options.identities] == [[9]]
    assert [list(each.values) for each in options.references] == [[0], [2]]
    assert photos == []


def test_photos_go_along_where_another_recogniser_looks_at_them() -> None:
    """Instead of their embeddings: with both, a photo would be compared with itself."""
    options, photos = _sitter(0.6, 0, 0.4).reference(photos=True)

    assert [bytes(photo.data) for photo in photos] == [b"0", b"2"]
    assert not options.references


def test_nothing_of_a_person_is_printed() -> None:
    """Not even by mistake."""
    assert repr(_sitter(1)) == "Sitter(compared=False)"
