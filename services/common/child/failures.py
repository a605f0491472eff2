"""Why a child gave no result. Each caller decides what that means for its own callers."""


class ChildError(Exception):
    """The function did not return. The message holds no data of the call."""


class ChildDied(ChildError):
    """The child ended under the call. `by_itself`: the function brought it about; else somebody killed or closed it."""

    def __init__(self, how: str, *, by_itself: bool) -> None:
        super().__init__(f"a child process ended: {how}")
        self.by_itself = by_itself


class ChildOverstayed(ChildError):
    """The function took longer, by the clock or on the CPU, than it was given."""


class ChildOutOfMemory(ChildError):
    """The function wanted more memory than it was given."""


class ChildRaised(ChildError):
    """The function raised something that is not one of likeness_wire.errors. `trail`: types and places, no messages."""

    def __init__(self, type_name: str, trail: list[str]) -> None:
        super().__init__(f"{type_name} in a child process")
        self.type_name = type_name
        self.trail = trail
