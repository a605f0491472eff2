"""Who may talk to whom, as the network policies of an overlay say it."""

from collections.abc import Iterator

import pytest

from tests.deploy.rendering import NAMES, Manifest, Pod, of_kind, pods, selects

FENCED = [name for name in NAMES if of_kind(name, "NetworkPolicy")]
# What each may reach inside its namespace, by port.
CALLS = {"gateway": {"embedder", "generator", "upscaler", "verifier"}}
KEEPS = {"jobs-database", "keys-database", "object-store"}


def test_all_but_the_laptop_and_the_trials_are_fenced() -> None:
    """An overlay without policies is a choice that has to be seen here."""
    assert FENCED == ["hpa", "production", "staging"]


@pytest.mark.parametrize("name", FENCED)
def test_nothing_is_allowed_that_is_not_listed(name: str) -> None:
    """For every pod, in both directions."""
    (deny,) = [policy for policy in of_kind(name, "NetworkPolicy") if policy["metadata"]["name"] == "deny-all"]

    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in of_kind(name, "NetworkPolicy"):
        for rule in (*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])):
            assert rule.get("ports"), policy["metadata"]["name"]
            assert rule.get("from") or rule.get("to"), policy["metadata"]["name"]


@pytest.mark.parametrize("name", FENCED)
def test_every_port_can_be_reached_by_somebody(name: str) -> None:
    """But for health, which only the node asks, and no policy stops the node."""
    for pod in pods(name):
        for port in pod.containers[0].get("ports", []):
            reached = any(port["containerPort"] in numbers(rule, pod) for rule in rules(name, pod, "ingress"))
            assert reached is (port["name"] != "health"), (pod.name, port)


@pytest.mark.parametrize("name", FENCED)
def test_every_policy_is_about_something_that_is_there(name: str) -> None:
    """A selector that finds nobody is a typing mistake, and so is a port that nobody opens."""
    for policy in of_kind(name, "NetworkPolicy"):
        chosen = [pod for pod in pods(name) if selects(policy["spec"]["podSelector"], pod.labels)]
        assert chosen, policy["metadata"]["name"]
        for rule in policy["spec"].get("ingress", []):
            for pod in chosen:
                opened = {port["containerPort"] for port in pod.containers[0].get("ports", [])}
                assert numbers(rule, pod) <= opened, (policy["metadata"]["name"], pod.name)


@pytest.mark.parametrize("name", FENCED)
def test_gpu_services_and_faces_can_reach_nothing(name: str) -> None:
    """Weights and faces have no way out, not even a name server."""
    for pod in pods(name):
        if pod.name in CALLS["gateway"]:
            assert list(rules(name, pod, "egress")) == []


@pytest.mark.parametrize("name", FENCED)
def test_calls_are_allowed_at_both_ends(name: str) -> None:
    """The gateway calls the services; gateway and audit what keeps things; nobody else does."""
    there = {pod.name: pod for pod in pods(name)}
    calls = {(caller, callee) for caller in there for callee in there if _may_call(name, there[caller], there[callee])}
    kept = {(caller, store) for caller in ("gateway", "audit") for store in KEEPS & there.keys()}

    assert calls == {("gateway", service) for service in CALLS["gateway"]} | kept


@pytest.mark.parametrize("name", FENCED)
def test_only_the_weights_job_may_leave_freely(name: str) -> None:
    """And not to anything nearby, such as a cloud's metadata service."""
    for pod in pods(name):
        blocks = [peer["ipBlock"] for rule in rules(name, pod, "egress") for peer in rule["to"] if "ipBlock" in peer]
        anywhere = [block for block in blocks if block["cidr"] == "0.0.0.0/0"]
        assert bool(anywhere) is (pod.name == "weights")
        assert all("169.254.0.0/16" in block["except"] for block in anywhere)


def rules(name: str, pod: Pod, direction: str) -> Iterator[Manifest]:
    for policy in of_kind(name, "NetworkPolicy"):
        if selects(policy["spec"]["podSelector"], pod.labels):
            yield from policy["spec"].get(direction, [])


def numbers(rule: Manifest, pod: Pod) -> set[int]:
    """Ports of a rule, those with names looked up in the pod."""
    named = {port["name"]: port["containerPort"] for port in pod.containers[0].get("ports", [])}
    return {named[port["port"]] if isinstance(port["port"], str) else port["port"] for port in rule["ports"]}


def _may_call(name: str, caller: Pod, callee: Pod) -> bool:
    """By some port, as pods of one namespace."""
    out = set()
    for rule in rules(name, caller, "egress"):
        if any(_is(peer, callee) for peer in rule["to"]):
            out |= numbers(rule, callee)
    into = set()
    for rule in rules(name, callee, "ingress"):
        if any(_is(peer, caller) for peer in rule["from"]):
            into |= numbers(rule, callee)
    return bool(out & into)


def _is(peer: Manifest, pod: Pod) -> bool:
    return "namespaceSelector" not in peer and "podSelector" in peer and selects(peer["podSelector"], pod.labels)
