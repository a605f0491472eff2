"""The one way a process refuses to start: a clear line for the operator, and a non-zero exit."""


class StartupError(Exception):
    """The process cannot do what it was configured for. One line that names the setting or file at fault."""
