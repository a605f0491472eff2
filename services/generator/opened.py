"""What an engine brings along when it has been opened: everything the service needs beside the engine itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.generator.answers import Maker
from services.generator.call import Engine
from services.generator.counters import Counters
from services.generator.menu import Menu
from services.generator.pixels import DecodePhoto


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine, ready to be driven, and how it introduces itself."""

    engine: Engine
    menu: Menu
    maker: Maker
    counters: Callable[[], Counters] = field(default=Counters)
    decode_photo: DecodePhoto | None = None
    """For engines that look at the photo."""
