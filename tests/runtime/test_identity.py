"""Users and folders: a start that would fail later is stopped with the folder's name and the cure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotline.runtime import layout
from hotline.runtime.identity import Identity, Unreachable, blocked_at, refuse_blocked
from hotline.runtime.lock import FileLock, Held
from hotline.settings import Settings

STRANGER = Identity(4242, 4242)


def test_the_first_closed_folder_is_named_with_the_cure(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    for folder in [inner, *inner.parents]:
        if folder.is_relative_to(tmp_path.parents[1]):
            folder.chmod(0o755)
    closed.chmod(0o700)
    assert blocked_at(inner, STRANGER) == closed
    with pytest.raises(Unreachable, match=rf"{closed}[\s\S]*chmod o\+x {closed}"):
        refuse_blocked([inner], [STRANGER])
    closed.chmod(0o711)
    assert blocked_at(inner, STRANGER) is None


def test_a_link_to_a_closed_place_is_found(tmp_path: Path) -> None:
    for folder in [tmp_path, *tmp_path.parents[:2]]:
        folder.chmod(0o755)
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / "python").touch()
    link = tmp_path / "python"
    link.symlink_to(hidden / "python")
    with pytest.raises(Unreachable, match=str(hidden)):
        refuse_blocked([link], [STRANGER])


def test_group_rights_count_for_members_only(tmp_path: Path) -> None:
    for folder in [tmp_path, *tmp_path.parents[:2]]:
        folder.chmod(0o755)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o710)
    member = Identity(4242, shared.stat().st_gid)
    assert blocked_at(shared, member) is None
    assert blocked_at(shared, STRANGER) == shared


def test_a_home_too_long_for_sockets_is_refused(tmp_path: Path) -> None:
    settings = Settings.read({"HOTLINE_HOME": str(tmp_path / ("x" * 90))})
    with pytest.raises(layout.BadHome, match="HOTLINE_HOME"):
        layout.prepare(settings, python=Path("/usr/bin/python3"))


def test_a_second_holder_of_a_lock_learns_who_has_it(tmp_path: Path) -> None:
    held = FileLock(tmp_path / "lock", "cti")
    with pytest.raises(Held, match=str(os.getpid())):
        FileLock(tmp_path / "lock", "cti")
    held.release()
    FileLock(tmp_path / "lock", "cti").release()
