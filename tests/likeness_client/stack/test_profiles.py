"""What each profile runs, and what it tells whom."""

from pathlib import Path

import pytest

from likeness_client.failure import CommandFailed
from likeness_client.stack.profiles import Part, Place, Profile, changed, parts_of, replicated, tiny_models
from services.embedder.settings import EmbedderSettings
from services.generator.settings import GeneratorSettings
from services.upscaler.settings import UpscalerSettings
from services.verifier.settings import VerifierSettings

PLACE = Place(Path("data"), Path("weights"), threads=2)
SETTINGS = {
    "embedder": EmbedderSettings,
    "generator": GeneratorSettings,
    "upscaler": UpscalerSettings,
    "verifier": VerifierSettings,
}


def parts(profile: Profile, place: Place = PLACE) -> dict[str, Part]:
    return {part.name: part for part in parts_of(profile, place)}


@pytest.mark.parametrize("profile", Profile)
def test_every_variable_is_one_that_its_service_reads(profile: Profile) -> None:
    """A misspelt one would be a warning in a log, and the default."""
    for name, settings in SETTINGS.items():
        told = parts(profile)[name].variables

        assert set() == {variable.lower() for variable in told} - set(settings.model_fields)


@pytest.mark.parametrize("profile", Profile)
def test_ports_are_those_of_the_services_themselves(profile: Profile) -> None:
    """So that a part can be stopped and run by hand."""
    for name, settings in SETTINGS.items():
        part, fields = parts(profile)[name], settings.model_fields

        assert (fields["grpc_port"].default, fields["metrics_port"].default) == (part.grpc_port, part.metrics_port)
        assert (fields["http_port"].default if "http_port" in fields else None) == part.http_port


def test_evaluation_engines_run_where_they_are_named_and_nowhere_else() -> None:
    """On a GPU nothing falls back to dlib or preview."""
    embedded, gpu = parts(Profile.EMBEDDED), parts(Profile.GPU)

    assert ("dlib", "preview") == (
        embedded["embedder"].variables["FACE_ENGINE"],
        embedded["generator"].variables["ENGINE"],
    )
    assert all({"FACE_ENGINE", "ENGINE", "DEVICE", "NETWORKS"}.isdisjoint(part.variables) for part in gpu.values())


def test_diffusion_is_told_the_recogniser_and_preview_needs_none() -> None:
    """Its adapter means nothing with another one."""
    wanted = {profile: parts(profile)["generator"].recogniser_of for profile in Profile}

    assert {Profile.EMBEDDED: "", Profile.TINY: "embedder", Profile.GPU: "embedder"} == wanted


def test_weights_are_small_ones_beside_the_data_or_those_of_the_user() -> None:
    """Nobody points tiny at gigabytes by mistake."""
    assert str(tiny_models(PLACE)) == parts(Profile.TINY)["generator"].variables["MODELS_DIR"]
    assert "weights" == parts(Profile.GPU)["generator"].variables["MODELS_DIR"]


def test_only_the_gateway_knows_where_data_is() -> None:
    """Services hold nothing and can reach nothing."""
    knowing = {name for name, part in parts(Profile.EMBEDDED).items() if "DATA_DIR" in part.variables}

    assert {"gateway"} == knowing


def test_free_ports_are_left_to_the_processes() -> None:
    """0 takes one that is free; asking first would be a race."""
    free = parts(Profile.EMBEDDED, Place(Path("data"), Path("weights"), 2, free_ports=True))

    assert {(0, 0)} == {(part.grpc_port, part.metrics_port) for part in free.values()}
    assert 0 == free["gateway"].http_port


def test_a_single_variable_can_be_changed() -> None:
    """With or without its prefix."""
    wishes = ["generator.backend=compile", "upscaler.LIKENESS_CALLS=1"]
    by_name = {part.name: part.variables for part in changed(parts_of(Profile.GPU, PLACE), wishes)}

    assert ("compile", "1") == (by_name["generator"]["BACKEND"], by_name["upscaler"]["CALLS"])


@pytest.mark.parametrize("wish", ["backend=compile", "painter.CALLS=1", "generator.CALLS", "gateway.DATABASE_URL=x"])
def test_a_wish_that_is_not_understood_is_refused(wish: str) -> None:
    """So is one that would move the data from under the hands that erase it."""
    with pytest.raises(CommandFailed, match="--set"):
        changed(parts_of(Profile.EMBEDDED, PLACE), [wish])


def test_replicas_differ_in_their_names_and_ports_alone() -> None:
    """The first keeps its own, so that whoever knows it finds it."""
    alone = parts(Profile.EMBEDDED)
    found = {part.name: part for part in replicated(parts_of(Profile.EMBEDDED, PLACE), ["generator=2", "gateway=2"])}

    assert set(found) - set(alone) == {"generator-2", "gateway-2"}
    assert (7421, 7502, None) == port_numbers(found["generator-2"])
    assert (7401, 7500, 7481) == port_numbers(found["gateway-2"])
    assert found["generator"] == alone["generator"]
    assert found["generator-2"].variables == alone["generator"].variables
    assert "generator" == found["generator-2"].kind
    ports = [port for part in found.values() for port in port_numbers(part) if port]
    assert len(ports) == len(set(ports))


def test_replicas_take_free_ports_where_the_others_do() -> None:
    """None is counted up from 0."""
    place = Place(Path("data"), Path("weights"), 2, free_ports=True)

    assert (0, 0, 0) == port_numbers(replicated(parts_of(Profile.EMBEDDED, place), ["gateway=2"])[-1])


@pytest.mark.parametrize("wish", ["painter=2", "generator", "generator=0", "generator=ten", "generator=10"])
def test_replicas_that_cannot_be_are_refused(wish: str) -> None:
    """With what would be understood."""
    with pytest.raises(CommandFailed, match="--replicas wants PART=NUMBER with one of embedder"):
        replicated(parts_of(Profile.EMBEDDED, PLACE), [wish])


def port_numbers(part: Part) -> tuple[int, int, int | None]:
    return part.grpc_port, part.metrics_port, part.http_port
