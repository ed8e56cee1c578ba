"""The bundled scripts, styles, fonts and icons, by their hashed names."""

from __future__ import annotations

import json
from pathlib import Path


class StaticFiles:
    """`manifest.json` maps plain names to hashed ones; it is read again when it changes."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._names: dict[str, str] = {}
        self._read_at = 0.0

    def url(self, name: str) -> str:
        """The address of `desk.js` and the like, hashed when the manifest knows it."""
        return f"/static/{self._manifest().get(name, name)}"

    def find(self, name: str) -> Path | None:
        """The file behind a name, only inside the folder and never a hidden one."""
        if "\0" in name or any(part.startswith(".") for part in Path(name).parts):
            return None
        path = (self._root / name).resolve()
        return path if path.is_relative_to(self._root) and path.is_file() else None

    def is_hashed(self, name: str) -> bool:
        return name in self._manifest().values()

    def _manifest(self) -> dict[str, str]:
        path = self._root / "manifest.json"
        try:
            changed_at = path.stat().st_mtime
            if changed_at != self._read_at:
                self._names = {str(k): str(v) for k, v in json.loads(path.read_text("utf-8")).items()}
                self._read_at = changed_at
        except (OSError, ValueError, AttributeError):
            self._names, self._read_at = {}, 0.0
        return self._names
