"""The image projection against diffusers' own, and against the published sizes."""

import numpy as np
import torch
from diffusers.models.embeddings import IPAdapterPlusImageProjection

from bench.generator.reference import Reference
from services.generator.loading import Models
from services.generator.resampler import Resampler
from tests.services.generator.rendering import embedding


def tokens(models: Models, values: np.ndarray) -> torch.Tensor:
    with torch.no_grad():
        result: torch.Tensor = models.resampler(torch.from_numpy(values).reshape(1, 1, -1))
    return result


def test_tokens_equal_diffusers(models: Models, reference: Reference) -> None:
    """For raw, normalised and zero embeddings, to float noise."""
    theirs: IPAdapterPlusImageProjection = reference.pipe.unet.encoder_hid_proj.image_projection_layers[0]
    raw = embedding()
    for values in (raw, raw / np.linalg.norm(raw), np.zeros_like(raw)):
        with torch.no_grad():
            expected = theirs(torch.from_numpy(values).reshape(1, 1, -1))
        assert torch.allclose(expected, tokens(models, values), atol=1e-5)


def test_nobody_is_a_zero_embedding_and_not_zeros(models: Models) -> None:
    """The unconditional tokens are those that the projection makes of zeros."""
    assert torch.equal(tokens(models, np.zeros(512, np.float32)), models.unconditional)
    assert models.unconditional.abs().mean() > 0.1


def test_length_matters(models: Models) -> None:
    """A normalised embedding is another person to the adapter: the raw one has to be given."""
    raw = embedding()
    assert (tokens(models, raw) - tokens(models, raw / np.linalg.norm(raw))).abs().mean() > 0.1


def test_the_published_sizes_are_read_off_the_weights() -> None:
    """81,978,624 parameters in 51 tensors, at InstantID's widths."""
    with torch.device("meta"):
        published = Resampler(512, 1280, 2048, heads=20)
    weights = published.state_dict()
    again = Resampler.shaped_like(weights)
    assert 81_978_624 == sum(tensor.numel() for tensor in weights.values())
    assert 51 == len(weights)
    assert {key: tensor.shape for key, tensor in weights.items()} == {
        key: tensor.shape for key, tensor in again.state_dict().items()
    }
