"""Settings: the file, the environment, and words for what is wrong."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from hotline.settings import PROJECT, BadSetting, Settings, environment_name, table


def read(home: Path, **environ: str) -> Settings:
    return Settings.read({"HOTLINE_HOME": str(home), **environ})


def test_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "hotline.toml").write_text('port_base = 25000\ncentre_id = "nanjing"\n')
    settings = read(tmp_path, HOTLINE_PORT_BASE="26000")
    assert (settings.port_base, settings.node_id, settings.menu_profile) == (26000, "nanjing-1", "light")


def test_every_port_moves_with_the_port_base(tmp_path: Path) -> None:
    settings = read(tmp_path, HOTLINE_PORT_BASE="20000")
    assert [settings.port(name) for name in ("web_https", "postgres", "sip", "rtp_last")] == [
        20000,
        20006,
        20060,
        21999,
    ]


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"HOTLINE_PORT_BASE": "many"}, "port_base"),
        ({"HOTLINE_PORT_BASE": "80"}, "port_base"),
        ({"HOTLINE_CENTRE_ID": "a;b"}, "centre_id"),
        ({"HOTLINE_MENU_PROFILE": "huge"}, "menu_profile"),
        ({"HOTLINE_SILENT_LINE_SECONDS": "0"}, "silent_line_seconds"),
        ({"HOTLINE_BIND_ADDRESS": "0.0.0.0"}, "bind_address"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(tmp_path: Path, environ: dict[str, str], word: str) -> None:
    with pytest.raises(BadSetting, match=word):
        read(tmp_path, **environ)


def test_an_unknown_name_in_the_file_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "hotline.toml").write_text("prot_base = 25000\n")
    with pytest.raises(BadSetting, match=r"prot_base.*port_base"):
        read(tmp_path)


def test_every_setting_has_a_row_with_its_environment_variable() -> None:
    rows = table().splitlines()
    for one in fields(Settings):
        assert any(
            f"`{one.name}` | `{environment_name(one.name)}`" in row and one.metadata["doc"] in row for row in rows
        )


def test_every_setting_is_explained_to_the_operator() -> None:
    page = (PROJECT / "docs/operator.md").read_text("utf-8")
    missing = [one.name for one in fields(Settings) if f"`{one.name}`" not in page]
    assert missing == []
