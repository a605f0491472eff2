"""What a shoot was, for programs: everything that is needed to find out later how a picture came to be."""

import json
from typing import Any

from likeness_client.sheet.roll import Roll
from likeness_client.values.mirror import plain


def record(roll: Roll) -> dict[str, Any]:
    """JSON. It holds no pixels; prompts are in it, since nobody but their owner has this file."""
    return {
        "version": 1,
        "made": roll.made.isoformat(),
        "consent": roll.consent,
        "job": plain(roll.job),
        "pictures": [{"file": roll.files[each.name]} | plain(each) for each in roll.job.results],
        "tries": [plain(each) | {"prompt": each.prompt, "negative": each.negative} for each in roll.tries],
        "server": plain(roll.server),
        "receipt": json.loads(roll.receipt.json()) if roll.receipt else None,
    }
