"""How often things are done that cost: counters of whole packs against what arithmetic says."""

from bench.generator.rig import request, rig
from bench.generator.steps import Stopped
from bench.table import Row
from services.generator.call import Prompt, Request, Strength
from services.generator.counters import Counters
from services.generator.loading import Models

_PROMPTS = ("a portrait", "a portrait outdoors", "in a studio", "black and white", "in an office")
_PACK = 50
_STEPS = 30


def pack(models: Models) -> list[Row]:
    """50 pictures of one person in one pose, five prompts and one negative, sixteen rows, thirty steps."""
    words = [Prompt(text, "ugly") for text in _PROMPTS]
    done = _counted(models, request(range(_PACK), prompts=words, steps=_STEPS))
    return [
        _exactly("forwards of a pack of 50", done.unet_forwards, 210),
        _exactly("… embeddings of key points", done.key_point_embeddings, 1),
        _exactly("… projections of the identity", done.identity_tokens, 1),
        _exactly("… encodings of prompts, five and a negative", done.prompt_encodings, len(_PROMPTS) + 1),
        _fill("… rows that were filled", done),
    ]


def savings(models: Models) -> list[Row]:
    """IdentityNet's forwards against those of a full window."""
    full = _counted(models, request(range(8), steps=_STEPS)).identity_forwards
    half = _counted(models, request(range(8), steps=_STEPS, identity_net=Strength(0.8, 0.0, 0.5))).identity_forwards
    none = _counted(models, request(range(8), steps=_STEPS, identity_net=Strength(0.0))).identity_forwards
    rows = _counted(models, request(range(8), steps=_STEPS, cfg=1.0)).unet_rows
    return [
        _saved("IdentityNet with half a window", half, full, full / 2),
        _saved("IdentityNet with strength 0", none, full, full),
        _saved("rows without guidance", rows, 8 * 2 * _STEPS, 8 * _STEPS),
    ]


def _counted(models: Models, wanted: Request) -> Counters:
    with rig(models, backend=Stopped()) as made:
        made.render([wanted])
        return made.counters.copy()


def _exactly(name: str, count: int, goal: int) -> Row:
    return Row(name, str(count), "", "", f"{goal}" + ("" if count == goal else ", missed"))


def _fill(name: str, done: Counters) -> Row:
    """The last, smaller wave is not full by arithmetic: two pictures of fifty."""
    fill, best = done.unet_rows / (done.unet_forwards * 16), _PACK * 2 * _STEPS / (210 * 16)
    goal = "≥ 0.90" + ("" if fill >= 0.9 * best else ", missed")
    return Row(name, f"{fill:.3f}", f"{best:.3f}", f"{fill / best:.2f}", goal)


def _saved(name: str, count: int, full: int, predicted: float) -> Row:
    ratio = (full - count) / predicted
    goal = "≥ 0.95" + ("" if ratio >= 0.95 else ", missed")
    return Row(f"saved: {name}", f"{full - count}", f"{predicted:.0f}", f"{ratio:.2f}", goal)
