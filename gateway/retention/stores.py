"""The stores that the settings name."""

from gateway.keys.file import FileKeyStore
from gateway.keys.master import MasterKeys
from gateway.keys.postgres import PostgresKeyStore
from gateway.keys.store import KeyStore
from gateway.retention.database import connect
from gateway.retention.settings import RetentionSettings
from gateway.storage.directory import DirectoryStore
from gateway.storage.store import Store
from likeness_wire.errors import LikenessError
from services.common.startup import StartupError


def open_store(settings: RetentionSettings) -> Store:
    """For objects."""
    if settings.store == "directory":
        return DirectoryStore(settings.data_dir / "objects")
    # A tenth of a second and 7 MB, for nothing where files are the store.
    from gateway.storage.s3 import Bucket, S3Store

    bucket = Bucket(
        endpoint=settings.s3_endpoint,
        name=settings.s3_bucket,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        region=settings.s3_region,
        ca_file=settings.s3_ca_file,
        timeout_s=settings.store_timeout_s,
        connections=settings.storage_threads,
    )
    return S3Store(bucket)


def open_keys(settings: RetentionSettings) -> KeyStore:
    """For data keys. StartupError where they cannot be reached."""
    try:
        return _keys(settings)
    except LikenessError as error:
        raise StartupError(error.message) from error


def _keys(settings: RetentionSettings) -> KeyStore:
    if settings.key_store == "file" or settings.key_database_url is None or settings.master_key_file is None:
        return FileKeyStore(settings.data_dir / "keys" / "keys.sqlite")
    engine = connect(settings.key_database_url.get_secret_value())
    return PostgresKeyStore(engine, MasterKeys(settings.master_key_file))
