"""All cases of the matrix, in two runs side by side. Arguments are pytest's."""

from __future__ import annotations

import sys

from tests.side_by_side import run

BESIDE = ("tests/hostile", "tests/telephony/test_gate.py", "tests/telephony/test_emergency_matrix.py")

if __name__ == "__main__":
    sys.exit(run(BESIDE, ["-m", "matrix", *sys.argv[1:]], {"HOTLINE_ONE_CHANCE": "1"}))
