"""Install every member editable into the running environment, building what changed.

A member is installed once through its build backend. After that its C++ is rebuilt by CMake alone,
straight into the environment: unchanged files keep their times, so a change in one member does not
recompile the next.
"""

from __future__ import annotations

import argparse
import compileall
import fcntl
import hashlib
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from members import MEMBERS, NATIVE, ROOT, Member

SITE = Path(sysconfig.get_paths()["platlib"])
STATE = Path(sys.prefix) / ".taeda"
BIN = Path(sys.prefix) / "bin"


def environment() -> dict[str, str]:
    """The environment of a build: this environment's tools first, ccache where there is one."""
    env = dict(os.environ, VIRTUAL_ENV=sys.prefix)
    env["PATH"] = f"{BIN}{os.pathsep}{env.get('PATH', '')}"
    env.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
    if "CMAKE_CXX_COMPILER_LAUNCHER" not in env and (BIN / "ccache").exists():
        env["CMAKE_CXX_COMPILER_LAUNCHER"] = str(BIN / "ccache")
    # Clones in different folders share what the cache holds.
    env.setdefault("CCACHE_BASEDIR", str(ROOT))
    env.setdefault("CCACHE_NOHASHDIR", "1")
    # Dependencies come from the compiler: what the cache lacks is not preprocessed for it first.
    env.setdefault("CCACHE_DEPEND", "1")
    # What the cache must take on trust where headers are precompiled.
    env.setdefault("CCACHE_SLOPPINESS", "pch_defines,time_macros")
    return env


def run(*command: str | Path, quiet: bool = False) -> None:
    """Run a build step from the root; quiet drops what it prints, but not its errors."""
    arguments = [str(part) for part in command]
    stdout = subprocess.DEVNULL if quiet else None
    subprocess.run(arguments, check=True, env=environment(), cwd=ROOT, stdout=stdout)


def fingerprint(*members: Member) -> str:
    """What decides that a member must go through its build backend again."""
    digest = hashlib.sha256(sys.version.encode())
    for name in ("TAEDA_WERROR", "TAEDA_CPU_VARIANTS"):
        digest.update(f"{name}={os.environ.get(name, '')}\n".encode())
    for member in members:
        digest.update((member.path / "pyproject.toml").read_bytes())
    return digest.hexdigest()


def is_installed(stamp: Path, *members: Member) -> bool:
    return stamp.exists() and stamp.read_text() == fingerprint(*members)


def drop_stale(uv: str, build_root: Path) -> None:
    """Uninstall the members that must go through their build backend again, and those above them.

    A backend imports what is installed to ask it for CMake files: a member built for an older one
    below it would fail there.
    """
    ready = [
        is_installed(STATE / member.name, member)
        and (build_root / member.name / "build.ninja").exists()
        for member in NATIVE
    ]
    if all(ready):
        return
    stale = NATIVE[ready.index(False) :]
    for member in stale:
        (STATE / member.name).unlink(missing_ok=True)
    run(uv, "pip", "uninstall", "--quiet", *(member.distribution for member in stale))


def install_native(uv: str, member: Member, build_root: Path) -> None:
    build = build_root / member.name
    stamp = STATE / member.name
    if not stamp.exists():
        print(f"{member.distribution}: building", flush=True)
        start = time.monotonic()
        run(
            *(uv, "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--reinstall"),
            *("--config-setting", f"build-dir={build}", "--editable", member.path),
        )
        stamp.write_text(fingerprint(member))
        print(f"{member.distribution}: built in {time.monotonic() - start:.0f} s", flush=True)
    run(BIN / "cmake", "--build", build, "--", "--quiet")
    run(BIN / "cmake", "--install", build, "--prefix", SITE, quiet=True)


def install_pure(uv: str) -> None:
    pure = tuple(member for member in MEMBERS if not member.native)
    stamp = STATE / "pure"
    if is_installed(stamp, *pure):
        return
    stamp.unlink(missing_ok=True)
    editable = [part for member in pure for part in ("--editable", str(member.path))]
    run(uv, "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", *editable)
    stamp.write_text(fingerprint(*pure))


def compile_python() -> None:
    """Write bytecode even where PYTHONDONTWRITEBYTECODE is set: it halves the time of an import."""
    for member in MEMBERS:
        compileall.compile_dir(member.package, quiet=2)
    for hook in SITE.glob("_editable_*.py"):
        compileall.compile_file(hook, quiet=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv", help="the uv to install with")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    arguments = parser.parse_args()
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_root = arguments.build.resolve()
        drop_stale(arguments.uv, build_root)
        for member in NATIVE:
            install_native(arguments.uv, member, build_root)
        install_pure(arguments.uv)
        compile_python()


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"taeda: {' '.join(error.cmd[:4])} ... failed with exit status {error.returncode}")
