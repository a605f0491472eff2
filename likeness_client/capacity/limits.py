"""What gateways and autoscalers have to be told so that a fleet can be used, and what the manifests tell them now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from likeness_client.capacity.arrivals import tries_a_picture
from likeness_client.capacity.scenario import Scenario
from likeness_client.capacity.simulation import Size

# deploy/k8s/overlays/production with autoscaling-keda; a test holds them equal.
DEPLOYED: Mapping[str, Mapping[str, int]] = {
    "generator": {"most": 8},
    "upscaler": {"most": 4},
    "verifier": {"replicas": 2},
    "gateway": {
        "gateways": 2,
        "pictures_at_once": 32,
        "generator_places": 32,
        "upscaler_places": 8,
        "verifier_places": 8,
    },
}

# Rows are filled where a quarter more pictures are at work: those are being measured, enlarged and stored.
_MORE_IN_HAND = 1.25
# Of a gateway with 8 GiB: 100 MB for each at 4K, and room. Those of the other priority are few, and small.
_HANDS_OF_ONE = 60
_FEWEST_GATEWAYS = 2
# Verifiers cost little beside GPUs: nobody should wait for them.
_VERIFIERS_BUSY = 0.7


@dataclass(frozen=True, slots=True)
class Load:
    """Replicas of each role that would be busy all the time, on average."""

    generators: float
    upscalers: float
    verifiers: float


def load(scenario: Scenario) -> Load:
    demand, tries = scenario.demand, scenario.tries
    packs = demand.packs_per_minute * demand.pictures / 60
    singles = demand.packs_per_minute * demand.singles_per_pack / 60
    pack_renders = packs * tries_a_picture(tries, enlarged=demand.enlarged)
    renders = pack_renders + singles * tries_a_picture(tries, enlarged=False)
    enlarged = pack_renders * tries.accepted if demand.enlarged else 0.0
    return Load(
        renders * scenario.generator.pace.best_s,
        enlarged * scenario.upscaler.pace.best_s,
        (renders + enlarged) * scenario.verifier.pace.best_s,
    )


def verifiers_for(scenario: Scenario) -> int:
    return scenario.verifier.replicas or max(2, ceil(load(scenario).verifiers / _VERIFIERS_BUSY))


def as_deployed(scenario: Scenario) -> Scenario:
    """With what the manifests say wherever nothing else is said."""
    return _filled(scenario, DEPLOYED)


def fitted(scenario: Scenario, size: Size) -> Scenario:
    """With what such a fleet needs, wherever nothing else is said. No more replicas than that: a pack asks for as many
    as it has batches, so that the autoscaler would soon have all there are."""
    generators = scenario.generator.most or size.generators
    upscalers = scenario.upscaler.most or size.upscalers
    seats = generators * scenario.generator.together
    hands = ceil(_MORE_IN_HAND * seats)
    gateways = scenario.gateway.gateways or max(_FEWEST_GATEWAYS, ceil(hands / _HANDS_OF_ONE))
    deployed = DEPLOYED["gateway"]
    return _filled(
        scenario,
        {
            "generator": {"most": generators},
            "upscaler": {"most": upscalers},
            "verifier": {"replicas": size.verifiers},
            "gateway": {
                "gateways": gateways,
                "pictures_at_once": max(deployed["pictures_at_once"], ceil(hands / gateways)),
                "generator_places": ceil(seats / gateways),
                "upscaler_places": ceil(upscalers * scenario.upscaler.target / gateways),
                "verifier_places": max(deployed["verifier_places"], ceil(2 * size.verifiers / gateways)),
            },
        },
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """One number of the manifests."""

    name: str
    now: int
    needed: int


def settings(scenario: Scenario) -> list[Setting]:
    """Of a scenario that has been fitted."""
    names = {
        ("generator", "most"): "generator: maxReplicaCount",
        ("upscaler", "most"): "upscaler: maxReplicaCount",
        ("verifier", "replicas"): "verifier: replicas",
        ("gateway", "gateways"): "gateway: replicas",
        ("gateway", "pictures_at_once"): "gateway: LIKENESS_PICTURES_AT_ONCE",
        ("gateway", "generator_places"): "gateway: LIKENESS_GENERATOR_PLACES",
        ("gateway", "upscaler_places"): "gateway: LIKENESS_UPSCALER_PLACES",
        ("gateway", "verifier_places"): "gateway: LIKENESS_VERIFIER_PLACES",
    }
    return [
        Setting(name, DEPLOYED[part][entry], getattr(getattr(scenario, part), entry))
        for (part, entry), name in names.items()
    ]


def _filled(scenario: Scenario, values: Mapping[str, Mapping[str, int]]) -> Scenario:
    def part(name: str) -> Any:
        holder: Any = getattr(scenario, name)
        missing = {entry: value for entry, value in values[name].items() if getattr(holder, entry) is None}
        return replace(holder, **missing)

    return replace(scenario, **{name: part(name) for name in values})
