"""Python, our own version, and the libraries of a profile."""

import importlib.metadata
import platform
from collections.abc import Iterable, Iterator

from likeness_client.doctor.finding import Finding, Patient, fault, ok
from likeness_client.stack.profiles import Profile

# Of each profile: the extra that brings everything, and packages that show whether it is installed.
_EXTRAS = {
    Profile.EMBEDDED: ("embedded", ("dbos", "tink", "torch", "dlib-bin", "opencv-python-headless", "pillow-heif")),
    Profile.TINY: ("embedded,generator", ("dbos", "tink", "torch", "dlib-bin", "diffusers", "transformers")),
    Profile.GPU: ("gateway,gpu", ("dbos", "tink", "torch", "onnxruntime-gpu", "diffusers", "transformers")),
}
_SHOWN = ("grpcio", "protobuf", "pydantic-settings", "numpy", "pillow")


def versions(patient: Patient) -> Iterable[Finding]:
    yield ok("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    extra, wanted = _EXTRAS[patient.profile]
    found = {name: _version(name) for name in ("likeness", *_SHOWN, *wanted)}
    yield ok("likeness", found.pop("likeness") or "run from its source, not installed")
    if missing := sorted(name for name, version in found.items() if version is None):
        yield fault("packages", f"missing: {', '.join(missing)}", f"pip install 'likeness[{extra}]'")
    else:
        yield ok("packages", ", ".join(f"{name} {version}" for name, version in found.items()))
    yield from _stale_stubs(found["grpcio"])


def _stale_stubs(grpcio: str | None) -> Iterator[Finding]:
    """Generated code refuses a library older than the one it was generated for."""
    floor = "1.85.1"
    if grpcio is not None and _numbers(grpcio) < _numbers(floor):
        yield fault("grpcio", f"{grpcio} is older than {floor}", f"pip install 'grpcio>={floor}'")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
