"""The ways to 110, 119, 120 and 122: what may be written, what a mistake is told like, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.runtime import emergency_config, emergency_routes
from hotline.runtime.emergency_routes import SERVICES, Route, Trunk
from hotline.settings import Settings
from ivr.load import BadPlan

SHIPPED = emergency_routes.file_of(Settings.read({"HOTLINE_HOME": "/nonexistent"}))
OWN = """default: gusu
districts:
  gusu:
    name: 姑苏区
    routes:
      "110":
        - {name: 姑苏分局, number: "110", trunk: "10.20.1.5"}
        - {name: 市局备用, number: "051265220110", trunk: telecom, caller_id: "051212345"}
        - {name: 演示线路, number: "990090"}
      "119": [{name: 消防, number: "119", trunk: "10.20.2.5:5080"}]
      "120": [{name: 急救, number: "120", trunk: "10.20.1.5"}]
      "122": [{name: 交警, number: "122", trunk: telecom}]
"""


def own(tmp_path: Path, text: str = OWN) -> Settings:
    (tmp_path / "etc").mkdir(exist_ok=True)
    (tmp_path / "etc/routes.yaml").write_text(text, "utf-8")
    return Settings.read({"HOTLINE_HOME": str(tmp_path)})


def ways(settings: Settings, *, test_mode: bool) -> dict[str, str]:
    values = emergency_config.values(settings, {"telecom"}, test_mode=test_mode, first_number=990070)
    listed = values["emergency_ways"]
    assert isinstance(listed, list)
    return {way["key"]: way["dial"] for way in listed}


def test_the_shipped_routes_lead_to_the_operators_test_phones() -> None:
    routes = emergency_routes.read(SHIPPED)
    assert [set(district.routes) for district in routes.districts] == [set(SERVICES)]
    assert {route.number for route in routes.every()} == {"990090", "990091", "990092", "990093"}
    assert routes.districts[0].routes["110"][0] == Route(name="公安110指挥中心", number="990090", trunk=Trunk())


def test_in_service_each_switch_has_an_endpoint_and_demonstration_routes_are_left_out(tmp_path: Path) -> None:
    assert ways(own(tmp_path), test_mode=False) == {
        "gusu_110_1": "PJSIP/110@hl-route-1",
        "gusu_110_2": "PJSIP/051265220110@carrier-telecom",
        "gusu_119_1": "PJSIP/119@hl-route-2",
        "gusu_120_1": "PJSIP/120@hl-route-1",
        "gusu_122_1": "PJSIP/122@carrier-telecom",
    }


def test_services_with_demonstration_routes_only_are_named_for_the_operator(tmp_path: Path) -> None:
    settings = own(tmp_path, OWN.replace(", trunk: telecom}]", "}]"))
    assert emergency_routes.unreachable(emergency_routes.read(emergency_routes.file_of(settings))) == ["姑苏区 122"]


def test_in_test_mode_real_routes_ring_the_operators_test_phones(tmp_path: Path) -> None:
    dialled = ways(own(tmp_path), test_mode=True)
    assert set(dialled.values()) <= {f"PJSIP/99009{n}@hl-route-{m}" for n in range(4) for m in range(1, 5)}
    assert dialled["gusu_110_1"].startswith("PJSIP/990090@")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("default: gusu", "default: gusi", 1, "没有区县“gusi”"),
        ('number: "110"', 'number: "110&1"', 7, "号码“110&1”不合规"),
        ('trunk: "10.20.1.5"}', 'trunk: "10.20.1.500"}', 7, "线路“10.20.1.500”不合规"),
        ("trunk: telecom, ", "trunk: telekom, ", 8, "没有运营商“telekom”"),
        ("name: 演示线路", "name: '演示,线路'", 9, "名称“演示,线路”不合规"),
        ('"122": [', '"123": [', 5, "缺少“122”"),
        ('caller_id: "051212345"', 'caller: "051212345"', 8, "不认识“caller”"),
        ("  gusu:", "  Gusu:", 3, "区县代号“Gusu”不合规"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(OWN.replace(old, new, 1), "utf-8")
    with pytest.raises(BadPlan) as caught:
        emergency_routes.read(path, {"telecom"}, "routes.yaml")
    told = [str(mistake) for mistake in caught.value.mistakes]
    assert any(text.startswith(f"routes.yaml:{line}: ") and what in text for text in told), told
