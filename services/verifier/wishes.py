"""What a request wants measured, checked before a pixel has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from likeness.common.v1 import reason_pb2 as reasons
from likeness.verifier.v1 import verifier_pb2 as pb

from likeness_wire.errors import BadRequest
from services.common.admission import Priority
from services.faces.embedding import Embedding, Recognition
from services.faces.serving.requests import embedding_of, invalid, priority_of

MOST_REFERENCES = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """One request's options; embeddings by recogniser id."""

    identities: Mapping[str, Embedding] = field(repr=False)
    references: Mapping[str, list[Embedding]] = field(repr=False)
    priority: Priority


def wish(options: pb.VerifyOptions, recognitions: Sequence[Recognition]) -> Wish:
    """BadRequest names what is wrong: a recogniser that is not run here, numbers that none makes, too many."""
    by_id = {recognition.id: recognition for recognition in recognitions}
    identities: dict[str, Embedding] = {}
    references: dict[str, list[Embedding]] = {}
    for message in options.identities:
        embedding = _known(embedding_of(message), by_id)
        if identities.setdefault(embedding.recogniser_id, embedding) is not embedding:
            raise invalid("identities", "one for each recogniser")
    for message in options.references:
        embedding = _known(embedding_of(message), by_id)
        references.setdefault(embedding.recogniser_id, []).append(embedding)
    if any(len(given) > MOST_REFERENCES for given in references.values()):
        raise invalid("references", f"at most {MOST_REFERENCES} for each recogniser")
    priority = priority_of(options.priority if options.HasField("priority") else None)
    return Wish(identities, references, priority)


def _known(embedding: Embedding, recognitions: Mapping[str, Recognition]) -> Embedding:
    recognition = recognitions.get(embedding.recogniser_id)
    if recognition is None:
        raise BadRequest(
            reasons.REASON_RECOGNISER_MISMATCH,
            "that recogniser is not run here; embed the photos again with one that is",
            served=",".join(recognitions),
        )
    return recognition.check(embedding)
