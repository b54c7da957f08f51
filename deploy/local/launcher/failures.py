"""What ends a command with a sentence instead of a traceback."""


class LaunchError(Exception):
    """What was asked cannot be done; the message says why and what to do, for a person at a terminal."""
