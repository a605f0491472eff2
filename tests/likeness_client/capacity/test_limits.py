"""What is taken from the manifests is what they say."""

from dataclasses import fields
from typing import Any

import pytest

from gateway.peers.settings import PeerSettings
from gateway.pipeline.settings import PipelineSettings
from likeness_client.capacity.limits import DEPLOYED, as_deployed, fitted, load, settings
from likeness_client.capacity.scenario import Gateway, Generator, Scaling, Scenario, Upscaler
from likeness_client.capacity.simulation import Size
from services.generator.settings import GeneratorSettings
from tests.deploy.rendering import find, of_kind, variables

PRODUCTION = "production"


def scaled(called: str) -> dict[str, Any]:
    return dict(find(PRODUCTION, "ScaledObject", called)["spec"])


@pytest.mark.parametrize(("called", "part"), [("generator", Generator()), ("upscaler", Upscaler())])
def test_replicas_and_targets_are_those_of_the_scaled_objects(called: str, part: Generator | Upscaler) -> None:
    """At least, at most, pictures for each."""
    spec = scaled(called)

    assert spec["minReplicaCount"] == part.least
    assert spec["maxReplicaCount"] == DEPLOYED[called]["most"]
    assert float(spec["triggers"][0]["metadata"]["threshold"]) == part.target


@pytest.mark.parametrize("called", ["generator", "upscaler"])
def test_the_autoscaler_is_theirs(called: str) -> None:
    """Looks, windows, steps."""
    spec, rules = scaled(called), Scaling()
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    up, down = behavior["scaleUp"], behavior["scaleDown"]

    assert (spec["pollingInterval"], spec["cooldownPeriod"]) == (rules.poll_s, rules.cooldown_s)
    assert (0, "Max") == (up["stabilizationWindowSeconds"], up["selectPolicy"])
    assert [
        {"type": "Percent", "value": rules.up_percent, "periodSeconds": rules.up_period_s},
        {"type": "Pods", "value": rules.up_pods, "periodSeconds": rules.up_period_s},
    ] == up["policies"]
    assert down["stabilizationWindowSeconds"] == rules.down_window_s
    assert [{"type": "Pods", "value": rules.down_pods, "periodSeconds": rules.down_period_s}] == down["policies"]


def test_what_prometheus_knows_is_as_old_as_its_scrapes() -> None:
    """At most."""
    ages = {
        end["interval"] for each in of_kind(PRODUCTION, "PodMonitor") for end in each["spec"]["podMetricsEndpoints"]
    }

    assert {f"{Scaling().scrape_s:g}s"} == ages


def test_what_gateways_send_is_what_they_are_told() -> None:
    """By the manifest, or by the default of the setting."""
    gateway = find(PRODUCTION, "Deployment", "gateway")
    (container,) = gateway["spec"]["template"]["spec"]["containers"]
    told = variables(PRODUCTION, container)

    def setting(name: str) -> int:
        kinds = (PeerSettings, PipelineSettings)
        (default,) = [kind.model_fields[name].default for kind in kinds if name in kind.model_fields]
        return int(told.get(f"LIKENESS_{name.upper()}", default))

    deployed = DEPLOYED["gateway"]
    assert gateway["spec"]["replicas"] == deployed["gateways"]
    assert {name: setting(name) for name in deployed if name != "gateways"} == {
        name: value for name, value in deployed.items() if name != "gateways"
    }
    assert setting("encoders") == Gateway().encoders
    assert find(PRODUCTION, "Deployment", "verifier")["spec"]["replicas"] == DEPLOYED["verifier"]["replicas"]


def test_a_replica_renders_as_many_together_as_it_has_rows_for() -> None:
    """Two rows make one picture."""
    assert GeneratorSettings.model_fields["rows"].default == 2 * Generator().together


def test_nothing_is_left_open() -> None:
    """Whether the manifests fill it in, or what the fleet needs; what was said stays."""
    yours = Scenario(generator=Generator(most=20), gateway=Gateway(gateways=7))
    for filled in (as_deployed(yours), fitted(yours, Size(12, 2, 5))):
        values = [getattr(part, entry.name) for part in _parts(filled) for entry in fields(part)]

        assert None not in values
        assert (20, 7) == (filled.generator.most, filled.gateway.gateways)


def test_gateways_can_fill_the_fleet_and_have_the_memory() -> None:
    """Pictures for all rows, and no more than fit into 8 GiB at 100 MB each."""
    filled = {each.name: each for each in settings(fitted(Scenario(), Size(40, 4, 15)))}
    gateways = filled["gateway: replicas"].needed
    hands = filled["gateway: LIKENESS_PICTURES_AT_ONCE"]

    assert 32 == hands.now
    assert hands.needed <= 60
    assert hands.needed * gateways >= 40 * 8
    assert filled["gateway: LIKENESS_GENERATOR_PLACES"].needed * gateways >= 40 * 8


def test_load_is_rate_times_tries_times_seconds() -> None:
    """Ten packs of fifty and ten singles a minute, 1.25 renders of each, 1.3 s."""
    busy = load(Scenario())

    assert (500 * 1.259 + 10 * 1.248) / 60 * 1.3 == pytest.approx(busy.generators, rel=0.01)
    assert 500 * 1.259 * 0.8 / 60 * 0.15 == pytest.approx(busy.upscalers, rel=0.01)


def _parts(scenario: Scenario) -> list[Any]:
    return [getattr(scenario, part.name) for part in fields(scenario)]
