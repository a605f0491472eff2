"""What is cut into chunks, and put together again."""

from dataclasses import dataclass, field

from likeness.common.v1.chunk_pb2 import Kind, Role


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes with what they are. Lives as long as its call."""

    role: Role
    kind: Kind
    data: bytes | bytearray | memoryview = field(repr=False)
    index: int = 0
    width: int = 0
    height: int = 0
    # Of the data, where it was checked as it came: whoever sends it on need not compute it again. Empty: not known.
    sha256: bytes = field(default=b"", repr=False)
