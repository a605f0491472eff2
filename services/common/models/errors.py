"""What can go wrong while models are brought in. Start-up has its own: services.common.startup.StartupError."""


class FetchError(Exception):
    """A model could not be brought in. The message is one line and names the file."""
