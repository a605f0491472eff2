"""What a bucket has to be like before a face may lie in it."""

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import AbortIncompleteMultipartUpload, Expiration, LifecycleConfig, Rule

from services.common.startup import StartupError

# Stores that lack a feature say so in different words; AWS and Ceph name what was not found.
_NOT_SET_UP = frozenset(
    {
        "ObjectLockConfigurationNotFoundError",
        "ReplicationConfigurationNotFoundError",
        "NoSuchReplicationConfiguration",
        "NotImplemented",
        "MethodNotAllowed",
    }
)


def check_bucket(client: Minio, name: str) -> None:
    """Raises StartupError where deleted bytes would survive elsewhere. Then sets the one-day back-stop."""
    try:
        _refuse_what_keeps(client, name)
        client.set_bucket_lifecycle(name, _backstop())
    except S3Error as error:
        if error.code == "AccessDenied":
            raise StartupError("LIKENESS_S3_BUCKET: these credentials may not read and set up the bucket") from None
        raise


def _refuse_what_keeps(client: Minio, name: str) -> None:
    if not client.bucket_exists(name):
        raise StartupError("LIKENESS_S3_BUCKET: there is no such bucket, or these credentials may not see it")
    # Suspended is refused as well: what was written before keeps its old versions.
    if client.get_bucket_versioning(name).status in ("Enabled", "Suspended"):
        raise StartupError(
            "LIKENESS_S3_BUCKET: has versioning, which keeps what is deleted; use a bucket that never had"
        )
    if _has_object_lock(client, name):
        raise StartupError("LIKENESS_S3_BUCKET: has object lock, which forbids deletion")
    if _is_replicated(client, name):
        raise StartupError("LIKENESS_S3_BUCKET: is replicated, and copies are out of reach")


def _has_object_lock(client: Minio, name: str) -> bool:
    try:
        client.get_object_lock_config(name)
    except ValueError:
        return True  # something is set up that the client cannot read
    except S3Error as error:
        if error.code in _NOT_SET_UP:
            return False
        raise
    return True


def _is_replicated(client: Minio, name: str) -> bool:
    """Asked by hand: the client takes Ceph's answer, a configuration without rules, for one that it cannot read."""
    try:
        answer = client._execute("GET", name, query_params={"replication": ""})
        return b"Rule" in answer.data
    except S3Error as error:
        if error.code in _NOT_SET_UP:
            return False
        raise


def _backstop() -> LifecycleConfig:
    """A day is the smallest unit and means up to two: no promise rests on it."""
    return LifecycleConfig(
        [
            Rule(
                ENABLED,
                rule_id="likeness-backstop",
                rule_filter=Filter(prefix=""),
                expiration=Expiration(days=1),
                abort_incomplete_multipart_upload=AbortIncompleteMultipartUpload(days_after_initiation=1),
            )
        ]
    )
