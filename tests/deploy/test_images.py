"""The images' recipes: linted, in step with the code, and their one real step tried."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.images import pin
from tests.deploy.rendering import NAMES, ROOT, pods

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RECIPES = {path.name.removesuffix(".Dockerfile"): path for path in pin.recipes()}
# What `install` needs of the repository.
PARTS = ("protos", "likeness_wire", "likeness_client", "services", "gateway", "deploy/images")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_clean(name: str) -> None:
    """hadolint has nothing to say."""
    hadolint = Path(sys.executable).parent / "hadolint"
    said = subprocess.run([hadolint, RECIPES[name]], capture_output=True, text=True)

    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_makes_what_may_run_locked_up(name: str) -> None:
    """Two stages from a base with a version; what lasts is nobody's but the process's; no weights, no shell's magic."""
    recipe = RECIPES[name].read_text()
    bases = re.findall(r"^ARG PYTHON=(\S+)$", recipe, re.MULTILINE)
    final = recipe[recipe.rindex("\nFROM ") :]

    assert [
        re.fullmatch(r"python:3\.11\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base) is not None for base in bases
    ] == [True]
    assert recipe.count("\nFROM ${PYTHON}") == 2
    assert "\nUSER 10001:10001\n" in final
    assert final.index("USER") > max(final.index(step) for step in ("RUN", "COPY"))
    assert re.findall(r"^COPY .*", final, re.MULTILINE) == ["COPY --from=build /opt/likeness /opt/likeness"]
    assert not re.search(r"models fetch|huggingface|ADD |latest", recipe)
    assert "NVIDIA_VISIBLE_DEVICES" not in recipe  # it would show all GPUs to pods that asked for none


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_in_step_with_the_code(name: str) -> None:
    """Its extras exist, its version is ours, its program can be found, and everything it copies is let through."""
    recipe = RECIPES[name].read_text()
    (extras,) = re.findall(r"deploy/images/install (\S+) /opt/likeness", recipe)
    (module,) = re.findall(r'^CMD \["-m", "(.+)"\]$', recipe, re.MULTILINE)
    copied = {source for line in re.findall(r"^COPY (?!--)(.*) \S+$", recipe, re.MULTILINE) for source in line.split()}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert set(extras.split(",")) <= PROJECT["optional-dependencies"].keys()
    assert f'version="{PROJECT["version"]}"' in recipe
    assert f"-t likeness/{name}:{PROJECT['version']} " in recipe
    assert importlib.util.find_spec(f"{module}.__main__") is not None
    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)


@pytest.mark.parametrize("name", NAMES)
def test_every_image_that_a_cluster_asks_for_has_a_recipe(name: str) -> None:
    """And the recipe opens the ports that its pods do."""
    for pod in pods(name):
        for container in pod.containers:
            image = container["image"].rpartition(":")[0].removeprefix("registry.example.com/")
            if not image.startswith("likeness/"):
                continue
            (exposed,) = re.findall(
                r"^EXPOSE (.*)$", RECIPES[image.removeprefix("likeness/")].read_text(), re.MULTILINE
            )
            opened = {str(port["containerPort"]) for port in container.get("ports", [])}
            assert opened <= set(exposed.split())


def test_libraries_of_cuda_are_found_where_their_packages_put_them(tmp_path: Path) -> None:
    """The step of the GPU image as it stands, but for where it looks and where it writes."""
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    for folder in ("nvidia/cudnn/lib", "nvidia/cu13/lib", "tensorrt_libs", "torch/lib", "nvidia/cudnn/include"):
        (site / folder).mkdir(parents=True)
        (site / folder / "libsome.so.9").touch()
    (step,) = re.findall(r"^RUN (find (?:.*\\\n)*.*)$", RECIPES["gpu"].read_text(), re.MULTILINE)
    step = step.replace("/opt/likeness/lib", str(tmp_path / "lib")).replace("/etc/ld.so.conf.d", str(tmp_path))
    subprocess.run(["bash", "-o", "pipefail", "-c", step.replace("ldconfig", "true")], check=True)

    assert (tmp_path / "likeness.conf").read_text().split() == [
        str(site / folder) for folder in ("nvidia/cu13/lib", "nvidia/cudnn/lib", "tensorrt_libs")
    ]


@pytest.mark.parametrize("name", RECIPES)
def test_processes_wait_without_spinning(name: str) -> None:
    """As they do on one machine: cores are shared with those that are waited for."""
    assert "OMP_WAIT_POLICY=PASSIVE" in RECIPES[name].read_text()
    assert "MALLOC_ARENA_MAX=2" in RECIPES[name].read_text()


@pytest.mark.parametrize("name", RECIPES)
def test_grpc_itself_keeps_quiet(name: str) -> None:
    """Whoever reads a log expects JSON in every line."""
    assert "GRPC_VERBOSITY=ERROR" in RECIPES[name].read_text()


def test_nothing_but_sources_gets_into_a_build() -> None:
    """An allow-list, and within it nothing that looks like weights."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]

    assert lines[0] == "*"
    assert {"**/*.safetensors", "**/*.onnx", "**/*.bin", "**/*.pth"} <= set(lines)


def test_pinning_keeps_the_tag_and_replaces_an_old_digest() -> None:
    """What a person reads is the tag; what counts is the digest."""
    digests = iter(["sha256:" + "a" * 64, "sha256:" + "b" * 64])
    once = pin.with_digest("# x\nARG PYTHON=python:3.11.14-slim\n\nFROM ${PYTHON}\n", lambda image: next(digests))
    twice = pin.with_digest(once, lambda image: next(digests))

    assert once == f"# x\nARG PYTHON=python:3.11.14-slim@sha256:{'a' * 64}\n\nFROM ${{PYTHON}}\n"
    assert twice == once.replace("a" * 64, "b" * 64)


def test_a_lock_has_a_digest_for_everything_but_ourselves() -> None:
    """As pip's report names them."""
    entry = {"metadata": {"name": "B", "version": "2"}, "download_info": {"archive_info": {"hashes": {"sha256": "bb"}}}}
    other = {"metadata": {"name": "a", "version": "1"}, "download_info": {"archive_info": {"hashes": {"sha256": "aa"}}}}
    ours = {"metadata": {"name": "likeness", "version": "1"}, "download_info": {"dir_info": {}}}

    assert pin.lock_of({"install": [ours, entry, other]}) == (
        "a==1 \\\n    --hash=sha256:aa\nB==2 \\\n    --hash=sha256:bb\n"
    )
    assert pin.roles() == {"gateway,tracing", "faces,tracing", "gpu,tracing", "embedded"}


@pytest.mark.server
def test_an_image_holds_what_a_process_needs_and_no_more(tmp_path: Path) -> None:
    """`install` as the recipes call it, for the smallest role, from a lock; then a service starts in it."""
    source, target = tmp_path / "src", tmp_path / "likeness"
    for part in PARTS:
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", "locks"))
    for file in ("pyproject.toml", "constraints.txt", "README.md"):
        shutil.copy(ROOT / file, source / file)
    locks = source / "deploy" / "images" / "locks"
    locks.mkdir()
    (locks / "shell.txt").write_text(pin.lock_of(pin.resolved(pin.role("shell"))))
    for tool in pin.TOOLS:
        (locks / f"{tool}.txt").write_text(pin.lock_of(pin.resolved(tool)))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    ran = subprocess.run(
        ["deploy/images/install", "shell", target], cwd=source, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    said = subprocess.run(
        [target / "bin" / "python", "-m", "services.echo", "--print-config"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "LIKENESS_HOST": "0.0.0.0"},
        capture_output=True,
        text=True,
    )
    assert "LIKENESS_HOST=0.0.0.0" in said.stdout, said.stderr
    assert subprocess.run([target / "bin" / "likeness", "--version"]).returncode == 0
    assert subprocess.run([target / "bin" / "python", "-m", "pip"], capture_output=True).returncode != 0
    loose = [
        path
        for path in target.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    ]
    assert loose == []
    assert _listed(target / "sbom.json") == _installed(target / "lib")


@pytest.mark.server
def test_another_file_than_the_lock_says_is_refused(tmp_path: Path) -> None:
    """One digit is enough."""
    lock = tmp_path / "shell.txt"
    lock.write_text(f"typing_extensions==4.15.0 \\\n    --hash=sha256:{'0' * 64}\n")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--no-deps",
        "--ignore-installed",
        "--require-hashes",
    ]
    ran = subprocess.run([*command, "-r", lock], capture_output=True, text=True)

    assert ran.returncode != 0
    assert "HASHES" in ran.stderr


def _listed(sbom: Path) -> set[tuple[str, str]]:
    """Names and versions of what an image says is in it."""
    return {(part["name"].lower(), part["version"]) for part in json.loads(sbom.read_text())["components"]}


def _installed(folder: Path) -> set[tuple[str, str]]:
    found = importlib.metadata.distributions(path=[str(path) for path in folder.glob("python*/site-packages")])
    return {(each.metadata["Name"].lower(), each.version) for each in found}
