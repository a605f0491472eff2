"""Pins what images are made of, where there is a network: `make pin`.

Base images by digest, in the recipes themselves; packages by version and SHA-256, in locks/ beside them, which
`install` reads from then on. Run it again for newer ones, and look at the difference before you keep it. The locks are
for the platform this runs on: Python 3.11 on Linux, as in the images.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

# What `install` makes our own package with, and the list of what is inside.
TOOLS = ("hatchling", "cyclonedx-bom")

_BASE = re.compile(r"^(ARG PYTHON=)([^@\s]+)(@sha256:[0-9a-f]{64})?$", re.MULTILINE)
_INSTALLS = re.compile(r"deploy/images/install (\S+)")
# Whichever is there knows how to ask a registry for the digest of a tag.
_TOOLS: Mapping[str, Callable[[str], list[str]]] = {
    "crane": lambda image: ["digest", image],
    "skopeo": lambda image: ["inspect", "--format", "{{.Digest}}", f"docker://{image}"],
    "docker": lambda image: ["buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", image],
}


def recipes() -> list[Path]:
    return sorted(HERE.glob("*.Dockerfile"))


def roles() -> set[str]:
    """Extras that images install."""
    return {found for recipe in recipes() for found in _INSTALLS.findall(recipe.read_text())}


def with_digest(recipe: str, digest_of: Callable[[str], str]) -> str:
    """The recipe with its base image's tag and that tag's digest."""
    return _BASE.sub(lambda found: f"{found[1]}{found[2]}@{digest_of(found[2])}", recipe)


def lock_of(report: Mapping[str, Any]) -> str:
    """pip's report of what it would install, as a file of requirements with digests. Our own package is left out."""
    lines = []
    for item in report["install"]:
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        if name != "likeness":
            digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
            lines.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n")
    return "".join(sorted(lines, key=str.lower))


def digest_of(image: str) -> str:
    for tool, arguments in _TOOLS.items():
        if shutil.which(tool):
            asked = subprocess.run([tool, *arguments(image)], capture_output=True, text=True)  # noqa: S603 - our own words
            if re.fullmatch(r"sha256:[0-9a-f]{64}", found := asked.stdout.strip()):
                return found
    sys.exit(f"nobody knows the digest of {image}: one of {', '.join(_TOOLS)} is needed, and a network")


def role(extras: str) -> str:
    """As pip is asked for it."""
    return f"{ROOT}[{extras}]"


def resolved(wanted: str) -> dict[str, Any]:
    """What pip would install into an empty environment."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    within = ["-c", str(ROOT / "constraints.txt")]
    asked = subprocess.run([*command, *within, wanted], capture_output=True, text=True)  # noqa: S603 - our own words
    if asked.returncode:
        sys.exit(f"pip cannot resolve {wanted}: {asked.stderr.strip().splitlines()[-1]}")
    report: dict[str, Any] = json.loads(asked.stdout)
    return report


def pin(extras: Iterable[str]) -> None:
    locks = HERE / "locks"
    locks.mkdir(exist_ok=True)
    wanted = {each.replace(",", "-"): role(each) for each in extras} | {tool: tool for tool in TOOLS}
    for name, what in sorted(wanted.items()):
        (locks / f"{name}.txt").write_text(lock_of(resolved(what)))
    for recipe in recipes():
        recipe.write_text(with_digest(recipe.read_text(), digest_of))


if __name__ == "__main__":
    if sys.version_info[:2] != (3, 11) or sys.platform != "linux":
        sys.exit("locks are for Python 3.11 on Linux, and pip asks only for the platform it runs on")
    pin(roles())
