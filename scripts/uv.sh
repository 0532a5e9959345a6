#!/bin/sh
# Print the path of a usable uv: the one on PATH if it is recent enough, else one fetched into .tools.
set -eu
python=${1:-python3}
root=$(cd "$(dirname "$0")/.." && pwd)
local_uv="$root/.tools/bin/uv"

fail() {
  echo "taeda: $1" >&2
  exit 1
}

if found=$(command -v uv); then
  case $("$found" --version 2>/dev/null) in
    "uv 0.9."* | "uv 0."[1-9][0-9]* | "uv "[1-9]*) echo "$found" && exit 0 ;;
  esac
fi
if [ -x "$local_uv" ] && "$local_uv" --version >/dev/null 2>&1; then
  echo "$local_uv" && exit 0
fi

command -v "$python" >/dev/null || fail "$python is not on PATH; name one with make PYTHON=..."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$("$python" --version) is too old, 3.11 is needed; name another with make PYTHON=..."
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
  fail "$python cannot make virtual environments; install its venv package or put uv on PATH"
"$python" -m venv --clear "$root/.tools" >&2
"$root/.tools/bin/python" -m pip install -qq "uv==0.13.9" >&2 ||
  fail "uv could not be fetched; put uv on PATH or check that pip reaches an index"
echo "$local_uv"
