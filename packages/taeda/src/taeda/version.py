"""What this build is: its version, and the versions of the libraries it was built for."""

__version__ = "0.1.0"
cuda: str | None = None
hip: str | None = None
git_version: str | None = None
debug = False
