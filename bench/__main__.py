"""`python -m bench [NAME] [--json]`: runs one measurement or all; each ends with one line of JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import call_cost, emergency, fanout, faults, pop, replay

BENCHES = {
    "call_cost": call_cost, "pop": pop, "replay": replay, "fanout": fanout, "emergency": emergency, "faults": faults,
}  # fmt: skip


def main(argv: list[str]) -> int:
    names = [argv[0]] if argv and argv[0] in BENCHES else list(BENCHES)
    rest = argv[1:] if argv and argv[0] in BENCHES else argv
    for name in names:
        result = _run(name, rest)
        print(json.dumps({"bench": name, **result}, ensure_ascii=False), flush=True)
    return 0


def _run(name: str, argv: list[str]) -> dict[str, Any]:
    bench = BENCHES[name]
    parser = argparse.ArgumentParser(prog=f"bench {name}", description=bench.__doc__)
    parser.add_argument("--json", action="store_true", help="print nothing but the result line")
    parser.add_argument("--port-base", type=int, default=26000, help="first port of the throw-away hotline")
    bench.add_arguments(parser)
    args = parser.parse_args(argv)
    say = (lambda _: None) if args.json else (lambda text: print(f"{name}: {text}", file=sys.stderr, flush=True))
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as home:
        Path(home).chmod(0o755)
        return dict(bench.measure(args, Path(home), say))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
