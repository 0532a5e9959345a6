"""Refuse tracked text that ties the project to one machine or to one package index."""

from __future__ import annotations

import re
import subprocess
import sys

from members import ROOT

# Written in pieces, so that this file passes its own check.
INDEX_HOSTS = "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)"))
FOLDERS = "|".join(("work", "farm", "root", "home/[a-z]"))
RULES = (
    ("an index host", re.compile(INDEX_HOSTS)),
    ("the address of an index", re.compile(r"https?://[^\"' ]*/(simple|pack" r"ages)(/|\"|$)")),
    ("a path of one machine", re.compile(r"(^|[^A-Za-z0-9_.})])/(" + FOLDERS + ")/")),
    ("a path of one machine", re.compile(r"(^|[\"' =])/t" r"mp/")),
    ("the environment of the oracle", re.compile("torch" + "-env")),
)


def main() -> None:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    faults = []
    for name in listing.stdout.decode().split("\0"):
        path = ROOT / name
        if not name or not path.is_file():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            held = [what for what, rule in RULES if rule.search(line)]
            faults += [f"{name}:{number}: holds {what}" for what in held]
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
