"""From the command line to a served process, and from its end to an exit status."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from likeness_wire.errors import DeviceLost
from services.common import logs
from services.common.process import forbid_core_dumps
from services.common.settings import ProcessSettings, described, load, unread_variables
from services.common.startup import StartupError

log = logging.getLogger(__name__)

S = TypeVar("S", bound=ProcessSettings)

# 2 as for any command that was called wrongly; 70 is sysexits' EX_SOFTWARE.
_MISCONFIGURED = 2
_FAILED = 70


def launch(kind: type[S], serve: Callable[[S], Awaitable[None]]) -> None:
    """Runs `serve` with settings from the environment, and never returns.

    0: drained on request. 2: refused to start, and one line says why. 70: the device or something else was lost.
    """
    parser = argparse.ArgumentParser(description="Configured by LIKENESS_ variables; see --print-config.")
    parser.add_argument("--print-config", action="store_true", help="print every variable with its value, and stop")
    arguments = parser.parse_args()
    try:
        settings = load(kind)
        if arguments.print_config:
            sys.stdout.write(described(settings) + "\n")
            sys.exit(0)
        sys.exit(_run(settings, serve))
    except StartupError as error:
        sys.stderr.write(f"cannot start: {error}\n")
        sys.exit(_MISCONFIGURED)


def _run(settings: S, serve: Callable[[S], Awaitable[None]]) -> int:
    logs.set_up(settings.log_level)
    forbid_core_dumps()
    for variable, meant in unread_variables(type(settings)).items():
        log.warning("unread variable", extra={"variable": variable, "meant": meant})
    try:
        asyncio.run(serve(settings))  # type: ignore[arg-type]
    except StartupError:
        raise
    except DeviceLost:
        log.critical("device lost")
        return _FAILED
    except Exception as error:
        log.critical("failed", exc_info=error)
        return _FAILED
    log.info("stopped")
    return 0
