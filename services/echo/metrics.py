"""What the echo service counts beside the shell's series."""

from prometheus_client import Counter

from services.common.metrics import ShellMetrics


class EchoMetrics(ShellMetrics):
    """The shell's series, and the bytes that went back."""

    def __init__(self) -> None:
        super().__init__()
        self.echoed = Counter("likeness_echoed_bytes", "Bytes of blobs given back.", registry=self.registry)
