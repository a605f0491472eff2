"""Wraps the rules for the Prometheus operator: `make rules`. Kustomize cannot read one YAML file into another."""

from pathlib import Path

HERE = Path(__file__).parent
RULES = HERE / "rules.yaml"
WRAPPED = HERE.parent / "k8s" / "components" / "monitoring" / "rules.yaml"

_HEAD = """\
# Written by `make rules` from deploy/prometheus/rules.yaml; a test fails when it is out of date.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: likeness}
spec:
"""


def wrapped() -> str:
    lines = RULES.read_text().splitlines()
    body = lines[lines.index("groups:") :]
    return _HEAD + "".join(f"  {line}\n" if line else "\n" for line in body)


if __name__ == "__main__":
    WRAPPED.write_text(wrapped())
