"""A part of the stack, on a leash: it ends with the command that started it, however that ends.

Run as `python -m likeness_client.stack.leash MODULE`, with a pipe as standard input to which nobody ever writes.
"""

import runpy
import sys

from services.common.process import end_with

if __name__ == "__main__":
    end_with(sys.stdin.fileno())
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
