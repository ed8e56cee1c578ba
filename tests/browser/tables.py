"""The tables of words as the page has them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from hotline.runtime import bundle
from hotline.settings import Settings

Words = dict[str, tuple[str, str]]
"""Chinese and English, by key."""

ENTRY = 'import { WORDS } from "./src/words"; console.log(JSON.stringify(WORDS));'
NO_PAGE = "globalThis.document = { documentElement: { lang: 'zh-CN' } };"


def words_of_the_page(home: Path) -> Words:
    bundle.check(Settings.read({"HOTLINE_HOME": str(home)}))
    made = home / "words.cjs"
    esbuild = [str(bundle.node()), str(bundle.FRONTEND / "node_modules/esbuild/bin/esbuild")]
    how = ["--bundle", "--format=cjs", f"--banner:js={NO_PAGE}", f"--outfile={made}", "--log-level=warning"]
    subprocess.run([*esbuild, *how], input=ENTRY, text=True, check=True, cwd=bundle.FRONTEND)
    told = subprocess.run([str(bundle.node()), str(made)], capture_output=True, text=True, check=True)
    return {key: (pair[0], pair[1]) for key, pair in json.loads(told.stdout).items()}
