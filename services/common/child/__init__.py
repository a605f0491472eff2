"""One warm process beside ours that runs functions, one at a time: for bytes that cannot be trusted (`images`), and for
libraries that hold the GIL (dlib).

    child = Child(name="decoder", memory_bytes=300_000_000, initializer=warm_up)
    child.start()
    faces = child.call(detect, pixels, timeout_s=10)      # from a worker thread; a module-level function

The child is a fresh interpreter, never a fork (gRPC lives in the parent). It shares nothing but a socket pair, sees
none of our environment's secrets, can write no file, leaves no core, and is gone when we are, even by SIGKILL. A child
that overstays, runs out of memory or dies is replaced at once; the caller is told which it was.
"""

from services.common.child.child import Child
from services.common.child.failures import ChildDied, ChildError, ChildOutOfMemory, ChildOverstayed, ChildRaised
from services.common.child.flow import Flow

__all__ = ["Child", "ChildDied", "ChildError", "ChildOutOfMemory", "ChildOverstayed", "ChildRaised", "Flow"]
