"""Debian's Prometheus for tests, on this machine, in a hurry."""

import contextlib
import json
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.prometheus import wrap
from tests.deploy.series import PROCESSES


@contextlib.contextmanager
def prometheus(folder: Path, targets: Mapping[str, str]) -> Iterator[str]:
    """Debian's, configured like the one for a single machine, in more of a hurry."""
    configured = yaml.safe_load((wrap.RULES.parent / "scrape.yaml").read_text())
    configured["global"] = {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "1s"}
    configured["rule_files"] = [str(wrap.RULES)]
    (job,) = configured["scrape_configs"]
    for each in job["static_configs"]:
        each["targets"] = [targets[each["labels"]["component"]]]
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configured))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = ["prometheus", f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        yield address
    finally:
        process.terminate()
        process.wait()


def twice(address: str) -> bool:
    """Whether rates can be told, and all rules have been looked at."""
    with contextlib.suppress(OSError):
        scraped = ask(address, "query", query="min(count_over_time(likeness_ready[1h]))")["result"]
        rules = [rule for group in ask(address, "rules")["groups"] for rule in group["rules"]]
        counted = ask(address, "query", query="count(likeness_ready)")["result"]
        return bool(
            counted
            and int(counted[0]["value"][1]) == len(PROCESSES)
            and int(scraped[0]["value"][1]) >= 3
            and all(rule["health"] != "unknown" for rule in rules)
        )
    return False


def ask(address: str, what: str, **about: str) -> Any:
    with urllib.request.urlopen(f"http://{address}/api/v1/{what}?{urllib.parse.urlencode(about)}") as answer:
        return json.load(answer)["data"]
