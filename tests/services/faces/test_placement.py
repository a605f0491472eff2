"""How the device is called in answers."""

from pathlib import Path

from services.faces.placement import Placement, device_name


def test_the_cpu_is_the_cpu(tmp_path: Path) -> None:
    """Whatever GPUs stand beside it."""
    assert device_name(Placement("cpu"), tmp_path) == "cpu"


def test_a_gpu_has_the_name_its_driver_gives(tmp_path: Path) -> None:
    """The second of two."""
    for number, model in enumerate(["NVIDIA A10", "NVIDIA H100 80GB HBM3"]):
        (tmp_path / f"0000:0{number}:00.0").mkdir()
        (tmp_path / f"0000:0{number}:00.0" / "information").write_text(f"Model: \t\t {model}\nIRQ: 42\n")

    assert device_name(Placement("tensorrt", device_id=1), tmp_path) == "cuda:NVIDIA H100 80GB HBM3"


def test_a_gpu_without_a_name_has_a_number(tmp_path: Path) -> None:
    """Containers may hide the driver's files."""
    assert device_name(Placement("cuda", device_id=3), tmp_path / "nowhere") == "cuda:3"
