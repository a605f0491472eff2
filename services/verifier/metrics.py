"""What the verifier counts beside the shell's series."""

from prometheus_client import Counter, Histogram

from services.common.metrics import ShellMetrics
from services.faces.tiers import Tier
from services.verifier.model import Status, Verified

# Around the thresholds of every recogniser: 0.18, 0.30, 0.55.
_DRIFTS = (0.05, 0.1, 0.14, 0.18, 0.22, 0.26, 0.3, 0.36, 0.42, 0.48, 0.55, 0.7, 0.85, 1.0)


class VerifierMetrics(ShellMetrics):
    """The shell's series, pictures by outcome, and how far they had drifted."""

    def __init__(self) -> None:
        super().__init__()
        registry = self.registry
        self.pictures = Counter("likeness_pictures", "Pictures, by status or tier.", ("outcome",), registry=registry)
        self.drift = Histogram(
            "likeness_drift_ratio",
            "Drift by the primary recogniser.",
            buckets=_DRIFTS,
            registry=registry,
        )
        self.copies = Counter("likeness_copies", "Pictures flagged as copies of a photo.", registry=registry)
        for outcome in (*Status, *Tier):
            self.pictures.labels(outcome.name.lower())

    def count(self, verified: Verified) -> None:
        outcome = verified.tier or verified.status
        self.pictures.labels(outcome.name.lower()).inc()
        if verified.drift is not None:
            self.drift.observe(verified.drift)
        if verified.copy:
            self.copies.inc()
