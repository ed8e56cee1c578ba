"""All cases of the matrix, in three runs side by side. Arguments are pytest's."""

from __future__ import annotations

import sys

from tests.side_by_side import run

HOSTILE = ("tests/hostile", "tests/telephony/test_gate.py")
EMERGENCIES = ("tests/matrix/test_emergencies.py", "tests/telephony/test_emergency_matrix.py")

if __name__ == "__main__":
    sys.exit(run((HOSTILE, EMERGENCIES), ["-m", "matrix", *sys.argv[1:]], {"HOTLINE_ONE_CHANCE": "1"}))
