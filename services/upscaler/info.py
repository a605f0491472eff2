"""GetInfo: what serves here, and what it takes."""

from collections.abc import Mapping

from likeness.common.v1.work_pb2 import Limits
from likeness.upscaler.v1 import upscaler_pb2 as pb

from likeness_wire.times import span
from services.upscaler.answers import Maker
from services.upscaler.catalogue import Served
from services.upscaler.servicer import KINDS, MOST_PICTURES
from services.upscaler.settings import UpscalerSettings


def info(settings: UpscalerSettings, networks: Mapping[str, Served], maker: Maker) -> pb.GetInfoResponse:
    return pb.GetInfoResponse(
        served_by=maker.made_by(*networks),
        networks=[_network(network, maker) for network in networks.values()],
        default_network=next(iter(networks)),
        max_factor=max(network.factor for network in networks.values()),
        max_output_pixels=settings.result_max_pixels,
        limits=_limits(settings),
    )


def _network(network: Served, maker: Maker) -> pb.Network:
    return pb.Network(
        name=network.name,
        factor=network.factor,
        can_denoise=network.can_denoise,
        model=maker.refs[network.name][0],
    )


def _limits(settings: UpscalerSettings) -> Limits:
    return Limits(
        kinds=sorted(KINDS),
        max_blob_bytes=settings.picture_max_bytes,
        max_pixels=settings.picture_max_pixels,
        max_images=MOST_PICTURES,
        max_idle=span(settings.stream_idle_s),
    )
