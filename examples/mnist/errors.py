"""The one exception that the command line turns into a single line."""


class UsageError(Exception):
    """What the user can put right: an option, a file, a full disk."""
