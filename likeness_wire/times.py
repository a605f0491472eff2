"""Points in time and spans as messages have them."""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp


def instant(millis: int) -> Timestamp:
    """`millis` since 1970, as every clock of Likeness counts."""
    message = Timestamp()
    message.FromMilliseconds(millis)
    return message


def span(seconds: float) -> Duration:
    message = Duration()
    message.FromNanoseconds(round(seconds * 1e9))
    return message
