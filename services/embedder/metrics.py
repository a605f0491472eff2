"""What the embedder counts beside the shell's series."""

from prometheus_client import Counter

from services.common.metrics import ShellMetrics
from services.faces.limits import Fault, Verdict
from services.faces.report import Report


class EmbedderMetrics(ShellMetrics):
    """The shell's series, photos by verdict, and what was wrong with them."""

    def __init__(self) -> None:
        super().__init__()
        registry = self.registry
        self.photos = Counter("likeness_photos", "Photos, by verdict.", ("verdict",), registry=registry)
        self.findings = Counter(
            "likeness_findings", "What was found wrong with photos.", ("reason",), registry=registry
        )
        for verdict in (*(verdict.name.lower() for verdict in Verdict), "unreadable"):
            self.photos.labels(verdict)
        for fault in Fault:
            self.findings.labels(fault.value)

    def count(self, report: Report | None) -> None:
        """None: it could not be decoded."""
        self.photos.labels("unreadable" if report is None else report.verdict.name.lower()).inc()
        for finding in report.findings if report else ():
            self.findings.labels(finding.fault.value).inc()
