"""How many jobs at a time: `4`, or `1:8` for 1, 2, 4 and 8."""

from likeness_client.failure import CommandFailed

_MOST = 256


def levels(text: str) -> list[int]:
    """CommandFailed where it is neither."""
    first, colon, last = text.partition(":")
    try:
        begin, end = int(first), int(last if colon else first)
    except ValueError:
        raise CommandFailed(f"--concurrency is a number or a range such as 1:8, not {text!r}") from None
    if not 1 <= begin <= end <= _MOST:
        raise CommandFailed(f"--concurrency goes from 1 to {_MOST}, upwards, not {text!r}")
    found = [begin]
    while found[-1] * 2 < end:
        found.append(found[-1] * 2)
    return [*found, end] if end > found[-1] else found
