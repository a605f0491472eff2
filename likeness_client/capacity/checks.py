"""What makes no sense is refused before anything is simulated."""

from dataclasses import fields
from math import isfinite

from likeness_client.capacity.origins import told_fields
from likeness_client.capacity.scenario import Scenario
from likeness_client.failure import CommandFailed

# Of these 0 means something.
_MAY_BE_ZERO = {
    "demand.singles_per_pack",
    "generator.cold_start_s",
    "generator.least",
    "generator.usd_per_hour",
    "upscaler.cold_start_s",
    "upscaler.least",
    "upscaler.usd_per_hour",
    "gateway.before_s",
    "gateway.finish_s",
    "scaling.scrape_s",
    "scaling.tolerance",
    "scaling.up_percent",
    "scaling.down_window_s",
    "scaling.cooldown_s",
}
_SHARES = ("slo.share", "tries.accepted", "tries.kept_enlarged")


def checked(scenario: Scenario) -> Scenario:
    """CommandFailed names the first number that cannot be."""
    values = {
        f"{part.name}.{entry.name}": getattr(getattr(scenario, part.name), entry.name)
        for part in fields(scenario)
        for entry in told_fields(getattr(scenario, part.name))
    }
    for name, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            _check_number(name, value)
    for name in _SHARES:
        if values[name] > 1:
            raise CommandFailed(f"{name} is a share, at most 1: {values[name]:g}")
    if not 1 <= scenario.demand.busiest <= 2:
        raise CommandFailed(f"demand.busiest is from 1 to 2: {scenario.demand.busiest:g}")
    try:
        scenario.generator.pace  # noqa: B018 - it checks itself
    except ValueError as error:
        raise CommandFailed(f"generator: {error}") from None
    return scenario


def _check_number(name: str, value: float) -> None:
    if not isfinite(value) or value < 0 or (value == 0 and name not in _MAY_BE_ZERO):
        raise CommandFailed(f"{name} is more than 0: {value:g}")
