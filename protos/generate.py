"""Writes the stubs beside their contracts; with --check, only says whether the committed ones are stale."""

import filecmp
import importlib.resources
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).parent
PLUGIN = Path(sys.executable).with_name("protoc-gen-mypy_grpc")


def generate(into: Path) -> None:
    """All messages with their types; stubs only where there is a service."""
    contracts = sorted(HERE.rglob("*.proto"))
    services = [path for path in contracts if "\nservice " in path.read_text()]
    _run([f"--python_out={into}", f"--pyi_out={into}"], contracts)
    _run([f"--grpc_python_out={into}", f"--mypy_grpc_out=quiet:{into}"], services)


def stale(fresh: Path) -> list[str]:
    """Files that differ from what the contracts say, are missing, or belong to no contract."""
    made = {path.relative_to(fresh) for path in fresh.rglob("*_pb2*.py*")}
    kept = {path.relative_to(HERE) for path in HERE.rglob("*_pb2*.py*") if path.suffix in {".py", ".pyi"}}
    same, _, _ = filecmp.cmpfiles(fresh, HERE, map(str, made & kept), shallow=False)
    return sorted(str(path) for path in (made | kept) if str(path) not in same)


def _run(outputs: list[str], contracts: list[Path]) -> None:
    plugin = f"--plugin=protoc-gen-mypy_grpc={PLUGIN}"
    google = importlib.resources.files("grpc_tools") / "_proto"
    if protoc.main(["protoc", f"-I{HERE}", f"-I{google}", plugin, *outputs, *map(str, contracts)]):
        sys.exit("protoc failed")


def main() -> None:
    if "--check" not in sys.argv:
        generate(HERE)
        return
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        if outdated := stale(Path(folder)):
            sys.exit("stale stubs, run `make protos`: " + " ".join(outdated))


if __name__ == "__main__":
    main()
