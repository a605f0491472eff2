"""A function of a module that imports nothing worth mentioning."""

import sys


def modules() -> list[str]:
    return sorted(sys.modules)
