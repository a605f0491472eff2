"""Takes the step of the master key's rotation that is due, or none. A CronJob runs it, `python -m gateway.rotation`."""

import json
import os
import sys
from datetime import timedelta

from gateway.rotation.course import random_key
from gateway.rotation.secret import ChangedMeanwhile, MasterSecret
from gateway.rotation.settings import RotationSettings
from services.common.process import forbid_core_dumps
from services.common.settings import load
from services.common.startup import StartupError


def main() -> int:
    """0 also where there is nothing to do, or somebody else wrote at the same time: the next run looks again."""
    forbid_core_dumps()
    try:
        done = _step(load(RotationSettings))
    except StartupError as error:
        sys.stderr.write(f"cannot rotate: {error}\n")
        return 2
    except ChangedMeanwhile:
        done = "changed meanwhile"
    sys.stdout.write(json.dumps({"rotation": done}) + "\n")
    return 0


def _step(settings: RotationSettings) -> str:
    """What was done, without a word of a key."""
    secret = MasterSecret(*_api(), settings.account_dir, settings.master_secret)
    held = secret.held()
    ring = held.ring.stepped(held.time, timedelta(seconds=settings.learn_s), random_key)
    if ring is None:
        return "nothing is due"
    secret.write(ring, held.version)
    return str(ring.note)


def _api() -> tuple[str, int]:
    """Every pod has it, without asking a name server."""
    try:
        return os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
    except (KeyError, ValueError):
        raise StartupError("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; is this a pod?") from None


if __name__ == "__main__":
    sys.exit(main())
