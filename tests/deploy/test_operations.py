"""docs/operations.md: whatever its reader types names things that are there, and does what the page says."""

import functools
import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.common.models.lock import read_lock
from tests.deploy.operations import PAGE, Command, blocks, commands, config_maps_made, secrets_made
from tests.deploy.processes import command_variables, processes, service
from tests.deploy.rendering import NAMES, ROOT, Manifest, find, mebibytes, of_kind, pods, rendered, selects
from tests.deploy.series import PROCESSES, exported, names_in

KUBECTL = Path(sys.executable).parent / "kubectl"
CALLS = [
    pytest.param(command, id=f"{number} {command.text[:60]}") for number, command in enumerate(commands("kubectl"))
]
WITH_SUBCOMMANDS = {"create", "rollout", "set"}
# Of the whole cluster, or told by the manifest that comes in.
WITHOUT_NAMESPACE = (
    "apply",
    "diff",
    "drain",
    "create -f",
    "create namespace",
    "label namespace",
    "patch --local",
    "set",
)
KINDS = {
    "cronjob": ("CronJob",),
    "deploy": ("Deployment",),
    "deployment": ("Deployment",),
    "job": ("Job",),
    "pod": ("StatefulSet",),
    "scaledobject": ("ScaledObject",),
    "secret": ("Secret",),
}
# What the page's own commands make, or what stands for something of the reader's.
MADE = {
    "job": {"audit-now", "audit-lost", "audit-old"},
    "deployment": {"gateway-before"},
    "secret": set(secrets_made()),
}


@pytest.mark.parametrize("command", CALLS)
def test_kubectl_takes_the_command(command: Command) -> None:
    """Each option is one of that very subcommand, and what is namespaced is looked for where it is."""
    options = _options(command)
    known = _known_options(_verb(command))
    namespaced = not " ".join(word for word in command.words if word not in ("-n", "likeness")).startswith(
        tuple(f"kubectl {start}" for start in WITHOUT_NAMESPACE)
    )

    assert options <= known, options - known
    assert (("-n", "likeness") in set(zip(command.words, command.words[1:], strict=False))) is namespaced


@pytest.mark.parametrize("command", CALLS)
def test_what_a_command_names_is_there(command: Command) -> None:
    """In some overlay, or made by the page itself."""
    for kind, name in _named(command):
        owners = {each["metadata"]["name"] for overlay in NAMES for each in of_kind(overlay, *KINDS[kind])}
        if kind == "pod":
            owners = {f"{owner}-0" for owner in owners}
        assert name in owners | MADE.get(kind, set()), (kind, name)
    for selector in re.findall(r"-l (\S+)=(\S+)", command.text):
        assert any(selects({"matchLabels": dict([selector])}, pod.labels) for name in NAMES for pod in pods(name))
    for folder in re.findall(r"-k (deploy/\S+)", command.text):
        assert (ROOT / folder / "kustomization.yaml").is_file()


def test_every_secret_and_config_map_that_is_made_is_used() -> None:
    """And no key of it for nothing."""
    everything = json.dumps([manifest for name in NAMES for manifest in rendered(name)])
    for name, keys in (secrets_made() | config_maps_made()).items():
        assert f'"{name}"' in everything, name
        for key in keys:
            assert re.search(rf'[/"]{re.escape(key)}\\?"', everything), (name, key)


def test_likeness_takes_its_commands() -> None:
    """With the words that the page gives them."""
    called = {command.text for command in commands("likeness")}
    for text in called:
        _, *words = text.split()
        # Within a sentence the tenant goes without saying.
        command_variables([*words, "acme"] if words[0] == "keys" and len(words) == 2 else words)

    assert "likeness keys create acme" in called


def test_variables_and_series_that_the_page_names_exist() -> None:
    """Of some process, or of a command that a container runs."""
    read = set()
    for process in (each for name in NAMES for each in processes(name)):
        if process.is_command:
            read |= command_variables(process.container["args"][2:])
        else:
            read |= {f"LIKENESS_{field.upper()}" for field in process.settings_class().model_fields}
    told = set(re.findall(r"\bLIKENESS_[A-Z0-9_]+", PAGE))
    series = {name for component in PROCESSES for name in exported(component)}

    assert told - read == set()
    assert names_in(PAGE) - series == set()


def test_programs_that_the_page_names_exist() -> None:
    """Modules, files and components, by the names that are in code spans."""
    for module in re.findall(r"`((?:gateway|services|likeness_client)\.[a-z_.]+)`", PAGE):
        importlib.import_module(module)
    for path in re.findall(r"`((?:deploy|tests|gateway|services|overlays|components|base)/[\w./-]+)`", PAGE):
        assert any((root / path).exists() for root in (ROOT, ROOT / "deploy" / "k8s")), path
    components = {path.name for path in (ROOT / "deploy" / "k8s" / "components").iterdir()}
    (told,) = re.findall(r"\| `deploy/k8s/components/` \| (.*) \|", PAGE)

    assert set(re.findall(r"`([a-z-]+)`", told)) == components


def test_a_database_is_trusted_by_a_file_that_is_mounted() -> None:
    """The path that the page puts into addresses of databases, where gateway and audit look for it."""
    (file,) = set(re.findall(r"sslrootcert=(/[\w./]+)", PAGE))
    for called in ("gateway", "audit"):
        (process,) = [process for process in processes("staging") if process.pod.name == called]
        mounts = {mount["name"]: mount["mountPath"] for mount in process.container["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in process.pod.spec["volumes"]}
        there = {
            f"{path}/{item['path']}"
            for name, path in mounts.items()
            for item in volumes[name].get("secret", {}).get("items", [])
        }
        assert file in there


def test_the_old_gateway_is_kept_beside_the_new_one() -> None:
    """The page's own pipe makes a second Deployment of the first, whose pods are called like the first's."""
    first = find("production", "Deployment", "gateway")
    stored = {**first, "metadata": {**first["metadata"], "resourceVersion": "7", "uid": "u"}}
    copy = _piped("gateway-before", stored)

    assert copy["metadata"]["name"] == "gateway-before"
    assert not {"resourceVersion", "uid"} & copy["metadata"].keys()
    assert copy["spec"]["replicas"] == 1
    labels = copy["spec"]["template"]["metadata"]["labels"]
    assert selects(copy["spec"]["selector"], labels)
    assert not selects(copy["spec"]["selector"], first["spec"]["template"]["metadata"]["labels"])
    assert selects(first["spec"]["selector"], labels)
    assert copy["spec"]["template"]["spec"] == first["spec"]["template"]["spec"]


def test_an_audit_is_told_that_the_ledger_is_lost_or_the_bucket_another() -> None:
    """By pipes of the page, on the Job that `kubectl create job --from=cronjob/audit` makes."""
    audit = find("production", "CronJob", "audit")
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "x"},
        "spec": audit["spec"]["jobTemplate"]["spec"],
    }
    (lost,) = _piped("--lost-ledger", job)["spec"]["template"]["spec"]["containers"]
    (old,) = _piped("LIKENESS_S3_BUCKET=the-old-one", job)["spec"]["template"]["spec"]["containers"]

    assert lost["args"] == ["-m", "gateway.retention.audit", "--lost-ledger"]
    assert {"name": "LIKENESS_S3_BUCKET", "value": "the-old-one"} in old["env"]


def test_the_patch_of_the_master_key_is_json(tmp_path: Path) -> None:
    """As a shell makes it: two keys, one a line."""
    (definition,) = re.findall(r"^put\(\) .*$", PAGE, re.MULTILINE)
    script = f"kubectl() {{ printf '%s' \"${{@: -1}}\"; }}; {definition}\nprintf 'one\\ntwo\\n' | put"
    said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout

    assert json.loads(said) == {"data": {"master": "b25lCnR3bwo="}}


def test_the_page_knows_how_much_is_fetched() -> None:
    """What the Job of production names, in gigabytes; a second SDXL is as large as the first."""
    models = read_lock()
    (fetch,) = [each for each in processes("staging") if each.container["name"] == "fetch"]
    size = sum(model.size or models["sdxl-base-1.0"].size for model in models.select(fetch.container["args"][4:]))

    assert f"fetches about {size / 1e9:.0f} GB" in PAGE


def test_the_laptop_has_room_for_what_was_measured() -> None:
    """As the page's table has it: what is idle is asked for, and what was the most fits with room for half as much."""
    measured = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| \d+ \|$", PAGE, re.MULTILINE)
    for called, idle, most in measured:
        resources = service("laptop", called).container["resources"]
        assert mebibytes(resources["requests"]["memory"]) >= int(idle)
        assert mebibytes(resources["limits"]["memory"]) >= 1.5 * int(most)

    assert {called for called, _, _ in measured} == {"gateway", "embedder", "generator", "upscaler", "verifier"}


def _verb(command: Command) -> tuple[str, ...]:
    words = [word for word in command.words[1:] if word not in ("-n", "likeness")]
    return tuple(
        words[: 3 if words[1:3] in (["secret", "generic"], ["secret", "tls"]) else 1 + (words[0] in WITH_SUBCOMMANDS)]
    )


def _options(command: Command) -> set[str]:
    return {word.partition("=")[0] for word in command.words[1:] if re.match(r"--?[a-z]", word)}


@functools.cache
def _known_options(verb: tuple[str, ...]) -> set[str]:
    if verb[-1].startswith("-"):
        verb = verb[:-1]
    told = [
        subprocess.run([KUBECTL, *words], capture_output=True, text=True, check=True).stdout
        for words in (["options"], [*verb, "--help"])
    ]
    return {
        option
        for line in "".join(told).splitlines()
        if re.match(r"^ +-", line)
        for option in re.findall(r"(?<![\w-])--?[a-z][\w-]*", line)
    }


def _named(command: Command) -> list[tuple[str, str]]:
    """Kinds and names, written kind/name or one after another."""
    found = [tuple(each) for each in re.findall(rf"(?:(?<!-k)[ =])({'|'.join(KINDS)})/([\w-]+)", command.text)]
    for kind, name in zip(command.words, command.words[1:], strict=False):
        if kind in KINDS and not name.startswith("-") and name not in ("generic", "tls"):
            found.append((kind, name))
        if kind == "exec" and name.endswith("-0"):
            found.append(("pod", name))
    return found  # type: ignore[return-value]


def _piped(word: str, manifest: Manifest) -> Manifest:
    """What the page's pipe around a word, all of it that needs no cluster, makes of a manifest."""
    (line,) = [line for block in blocks("sh") for line in block if word in line and "--local" in line]
    local = [shlex.split(step) for step in _steps(line) if "--local" in step]
    text = yaml.safe_dump(manifest)
    for words in local:
        text = subprocess.run([KUBECTL, *words[1:]], input=text, capture_output=True, text=True, check=True).stdout
    made: dict[str, Any] = yaml.safe_load(text)
    return made


def _steps(line: str) -> list[str]:
    """A pipe's programs. No bar stands within quotes on the page."""
    return line.split(" | ")
