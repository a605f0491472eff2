"""What the gateway counts beside the shell's series."""

from likeness.common.v1.identity_pb2 import TIER_FAIL, TIER_LOCKED, TIER_MATCH, TIER_STRONG, TIER_UNSPECIFIED
from likeness.gateway.v1.result_pb2 import OUTCOME_KEPT, OUTCOME_REJECTED, OUTCOME_REJECTED_AFTER_UPSCALE, Try
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gateway.jobs.port import State
from gateway.jobs.stock import Timeline
from gateway.retention.holdings import Kind
from services.common.admission import Priority
from services.common.metrics import SECONDS, ShellMetrics

# From at once to the slack below the cap; anything in the last ones is an alarm.
LAG_SECONDS = (0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600)
STEPS = ("key", "objects")
# Around every recogniser's tiers.
DRIFTS = (0.05, 0.1, 0.15, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.7, 1.0)
OUTCOMES = {
    OUTCOME_KEPT: "kept",
    OUTCOME_REJECTED: "rejected",
    OUTCOME_REJECTED_AFTER_UPSCALE: "rejected_after_upscale",
}
TIERS = {TIER_UNSPECIFIED: "none", TIER_FAIL: "fail", TIER_MATCH: "match", TIER_STRONG: "strong", TIER_LOCKED: "locked"}
# Those that the gateway calls; autoscaling reads how much waits for each.
SERVICES = ("embedder", "generator", "verifier", "upscaler")
# What a call may be made again after.
RETRIED = ("queue_full", "starting", "draining", "peer_unavailable", "worker_lost")
# What was shown by callers who were not let in.
CREDENTIALS = ("none", "malformed", "key", "token")
# Of those, what takes looking into.
LOOKED_INTO = ("key", "token")
# What a tenant met.
LIMITS = ("calls", "at_once", "uploads", "jobs", "pictures")


class GatewayMetrics(ShellMetrics):
    """The shell's series, and those of the privacy dashboard."""

    def __init__(self) -> None:
        super().__init__()
        self._of_storage(self.registry)
        self._of_jobs(self.registry)
        self._of_pictures(self.registry)
        self._of_dispatch(self.registry)
        self._of_tenants(self.registry)

    def count_job(self, timeline: Timeline) -> None:
        """A job that came to its end."""
        self.job_seconds.labels(timeline.state).observe(timeline.end_s)
        if timeline.first_result_s is not None:
            self.first_result_seconds.labels(timeline.priority.name.lower()).observe(timeline.first_result_s)

    def count_try(self, record: Try) -> None:
        """A render that was judged, and the result that it became."""
        self.tries.labels(OUTCOMES[record.outcome]).inc()
        if record.HasField("drift"):
            self.try_drift.observe(record.drift.value)
        if record.outcome == OUTCOME_KEPT:
            self.results.labels(TIERS[record.drift.tier]).inc()

    def _of_storage(self, registry: CollectorRegistry) -> None:
        self.objects = Gauge(
            "likeness_stored_objects", "Objects not yet verified absent.", ("kind",), registry=registry
        )
        self.oldest = Gauge(
            "likeness_oldest_object_age_seconds", "Since the first photo byte of what is held.", registry=registry
        )
        self.past_deadline = Gauge(
            "likeness_past_deadline_objects", "Objects whose time has come and that are still there.", registry=registry
        )
        self.keys = Gauge("likeness_live_keys", "Data keys that exist.", registry=registry)
        self.deletion_lag = Histogram(
            "likeness_deletion_lag_seconds", "From the end to verified absence.", buckets=LAG_SECONDS, registry=registry
        )
        self.receipts = Counter("likeness_receipts_issued", "Deletion receipts.", registry=registry)
        self.erase_failures = Counter(
            "likeness_erase_failures", "Holdings whose erasing has to be tried again.", ("step",), registry=registry
        )
        self.swept = Gauge(
            "likeness_sweep_last_success_timestamp_seconds", "When a sweep last went through.", registry=registry
        )
        self.misconfigured = Gauge(
            "likeness_store_misconfigured", "1 while the storage keeps what is deleted.", registry=registry
        )
        for kind in Kind:
            self.objects.labels(kind)
        for step in STEPS:
            self.erase_failures.labels(step)

    def _of_jobs(self, registry: CollectorRegistry) -> None:
        self.jobs_reclaimed = Counter(
            "likeness_jobs_reclaimed", "Jobs taken over from processes that are gone.", registry=registry
        )
        self.jobs_unattended = Gauge(
            "likeness_unattended_jobs", "Jobs that no process runs and no queue has.", registry=registry
        )
        self.first_result_seconds = Histogram(
            "likeness_first_result_seconds",
            "From a job's making to its first kept picture.",
            ("priority",),
            buckets=SECONDS,
            registry=registry,
        )
        self.job_seconds = Histogram(
            "likeness_job_seconds", "From a job's making to its end.", ("state",), buckets=SECONDS, registry=registry
        )
        for priority in Priority:
            self.first_result_seconds.labels(priority.name.lower())
        for state in (State.SUCCEEDED, State.PARTIAL, State.FAILED):
            self.job_seconds.labels(state)

    def _of_pictures(self, registry: CollectorRegistry) -> None:
        self.tries = Counter("likeness_tries", "Renders that were judged.", ("outcome",), registry=registry)
        self.try_drift = Histogram(
            "likeness_try_drift", "Drift of renders that could be measured.", buckets=DRIFTS, registry=registry
        )
        self.results = Counter("likeness_results", "Pictures that were kept.", ("tier",), registry=registry)
        self.pictures_given_up = Counter(
            "likeness_pictures_given_up", "Pictures whose tries were used up.", registry=registry
        )
        for outcome in OUTCOMES.values():
            self.tries.labels(outcome)
        for tier in TIERS.values():
            self.results.labels(tier)

    def _of_dispatch(self, registry: CollectorRegistry) -> None:
        self.dispatch_waiting = Gauge(
            "likeness_dispatch_waiting_items", "Items that wait to be sent.", ("service", "priority"), registry=registry
        )
        self.dispatch_in_flight = Gauge(
            "likeness_dispatch_items_in_flight", "Items sent and not answered.", ("service",), registry=registry
        )
        self.dispatch_seconds = Histogram(
            "likeness_dispatch_wait_seconds", "Wait before sending.", ("service",), buckets=SECONDS, registry=registry
        )
        self.dispatch_retries = Counter(
            "likeness_dispatch_retries", "Calls that were made again.", ("service", "reason"), registry=registry
        )
        for service in SERVICES:
            for priority in Priority:
                self.dispatch_waiting.labels(service, priority.name.lower())
            for reason in RETRIED:
                self.dispatch_retries.labels(service, reason)
            self.dispatch_in_flight.labels(service)
            self.dispatch_seconds.labels(service)

    def _of_tenants(self, registry: CollectorRegistry) -> None:
        self.refused_credentials = Counter(
            "likeness_credentials_refused", "Calls of nobody we know.", ("credential",), registry=registry
        )
        self.strangers_turned_away = Counter(
            "likeness_strangers_turned_away",
            "Calls of nobody we know that were not looked into.",
            ("credential",),
            registry=registry,
        )
        self.limited = Counter(
            "likeness_tenant_limits_met", "Calls beyond what was agreed.", ("limit",), registry=registry
        )
        self.token_key_failures = Counter(
            "likeness_token_key_failures", "Looks at the issuer's keys that found none.", registry=registry
        )
        self.audit_failures = Counter(
            "likeness_audit_failures", "Entries that the audit log did not take at once.", registry=registry
        )
        self.audit_lost = Counter(
            "likeness_audit_lost", "Entries that are in the process's log alone.", registry=registry
        )
        for credential in CREDENTIALS:
            self.refused_credentials.labels(credential)
        for credential in LOOKED_INTO:
            self.strangers_turned_away.labels(credential)
        for limit in LIMITS:
            self.limited.labels(limit)
