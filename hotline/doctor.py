"""`hotline doctor`: every check with its finding, and the cure of what is wrong."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hotline import secrets_store, status
from hotline.runtime import asterisk, board, emergency_routes, identity, layout, postgres, test_mode, tls
from hotline.settings import PROJECT, Settings

LEAST_FREE_BYTES = 1_000_000_000
OLDEST_BEAT_S = 3.0
LEAST_CERTIFICATE_DAYS = 14

GOOD, WARNING, BAD = "✓", "⚠", "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `cure` says what to do; empty when all is well."""

    mark: str
    name: str
    text: str
    cure: str = ""


Check = Callable[[Settings], Finding]


def examine(settings: Settings) -> int:
    """Print every finding; 1 when a check failed, 0 when there are at most warnings."""
    findings = list(_findings(settings))
    for one in findings:
        print(f"{one.mark} {one.name}: {one.text}")
        if one.cure:
            print(f"    解决办法 cure: {one.cure}")
    bad = sum(one.mark == BAD for one in findings)
    warned = sum(one.mark == WARNING for one in findings)
    print(f"{len(findings)} 项检查 checks, {bad} 项失败 failed, {warned} 项提醒 warnings")
    return 1 if bad else 0


def _findings(settings: Settings) -> Iterator[Finding]:
    for check in CHECKS:
        try:
            yield check(settings)
        except (RuntimeError, OSError, ValueError) as error:
            name = check.__name__.strip("_").replace("_", " ")
            yield Finding(BAD, name, str(error) or type(error).__name__, "make up")


def _home(settings: Settings) -> Finding:
    who = layout.users(settings)
    identity.refuse_blocked([settings.home, settings.assets_dir], [who[layout.HOTLINE], who[layout.ASTERISK]])
    identity.refuse_blocked([PROJECT, Path(sys.executable)], [who[layout.HOTLINE]])
    missing = [folder.path for folder in layout.FOLDERS if not (settings.home / folder.path).is_dir()]
    if missing:
        return Finding(BAD, "目录 folders", f"{settings.home}: 缺少 missing {', '.join(missing)}", "hotline up")
    return Finding(GOOD, "目录 folders", str(settings.home))


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    text = f"{free / 1e9:.1f} GB 可用 free"
    if free < LEAST_FREE_BYTES:
        return Finding(BAD, "磁盘 disk", text, "清理或扩容: 录音会停止 (free some space, or recordings stop)")
    return Finding(GOOD, "磁盘 disk", text)


def _secrets(settings: Settings) -> Finding:
    secrets_store.read(settings)
    open_to_others = secrets_store.exposed(settings)
    if open_to_others:
        names = " ".join(map(str, open_to_others))
        return Finding(BAD, "密钥文件 secrets", f"他人可读 readable by others: {names}", f"chmod 600 {names}")
    return Finding(GOOD, "密钥文件 secrets", "0600")


def _backup(settings: Settings) -> Finding:
    if secrets_store.is_backed_up(settings):
        return Finding(GOOD, "密钥备份 key backup", "已完成 done")
    return Finding(
        WARNING, "密钥备份 key backup", "尚未备份, 密钥丢失后个人信息无法恢复 not done", "hotline keys backup FILE"
    )


def _asterisk(settings: Settings) -> Finding:
    return Finding(GOOD, "Asterisk", f"{asterisk.version(settings)}  {' '.join(asterisk.program(settings)[-1:])}")


def _mode(settings: Settings) -> Finding:
    on = test_mode.is_on(settings)
    rendered = (settings.home / "etc/asterisk/pjsip.conf").read_text("utf-8")
    if on and "[carrier-" in rendered:
        return Finding(
            BAD, "测试模式 test mode", "已开启但配置中有外线 on, yet a trunk is rendered", "hotline test-mode on"
        )
    if on:
        return Finding(GOOD, "测试模式 test mode", "开启: 无外线 on: no outside line exists")
    return Finding(
        WARNING, "测试模式 test mode", "已关闭: 可拨外线 off: outside lines are open", "hotline test-mode on"
    )


def _emergency(settings: Settings) -> Finding:
    """In service a service without a real route would reach nobody: no agent should be the one to find out."""
    path = emergency_routes.file_of(settings)
    routes = emergency_routes.read(path)
    if test_mode.is_on(settings):
        return Finding(GOOD, "应急线路 emergency routes", "测试模式, 只呼叫本机模拟电话 (test phones only)")
    if without := emergency_routes.unreachable(routes):
        cure = f"{settings.home / 'etc/routes.yaml'} (docs/admin.md)"
        return Finding(BAD, "应急线路 emergency routes", f"没有正式线路 no real route: {', '.join(without)}", cure)
    return Finding(GOOD, "应急线路 emergency routes", str(path))


def _postgres(settings: Settings) -> Finding:
    from storage.migrate import check

    if not settings.database_url and status.read(settings) is None:
        return Finding(GOOD, "PostgreSQL", f"{postgres.version(settings)} (内置, 未运行 embedded, not running)")
    try:
        differences = check(postgres.database_url(settings, secrets_store.read(settings)))
    except Exception as error:
        cure = "检查数据库 check the server" if settings.database_url else "hotline up; log/postgres.log"
        return Finding(BAD, "PostgreSQL", f"{type(error).__name__}: {error}"[:300], cure)
    if differences:
        return Finding(BAD, "PostgreSQL", "; ".join(differences)[:300], "hotline migrate")
    return Finding(GOOD, "PostgreSQL", "已连接, 表结构最新 connected, tables up to date")


def _processes(settings: Settings) -> Finding:
    content = status.read(settings)
    if content is None:
        return Finding(BAD, "进程 processes", "未运行 not running", "hotline up")
    down = {name: one["state"] for name, one in content["processes"].items() if one["state"] != "up"}
    if down:
        logs = ", ".join(f"{settings.home}/log/{name}.log" for name in down)
        return Finding(BAD, "进程 processes", f"{down}", f"查看日志 read {logs}")
    return Finding(GOOD, "进程 processes", ", ".join(content["processes"]))


def _beat(settings: Settings) -> Finding:
    age = board.beat_age_s(settings)
    if age is None or age > OLDEST_BEAT_S:
        shown = "无 none" if age is None else f"{age:.1f} s"
        return Finding(BAD, "语音流程心跳 ivr beat", f"{shown}: 来电走后备流程 callers get the fallback", "log/ivr.log")
    return Finding(GOOD, "语音流程心跳 ivr beat", f"{age:.1f} s")


def _ports(settings: Settings) -> Finding:
    running = status.read(settings) is not None
    wrong = [
        f"{name} {settings.port(name)}"
        for name in ("web_https", "ami", "fastagi", "asterisk_https")
        if _listens(settings.port(name)) != running
    ]
    if wrong and running:
        return Finding(BAD, "端口 ports", f"无应答 nobody answers: {', '.join(wrong)}", "hotline status; log/*.log")
    if wrong:
        return Finding(BAD, "端口 ports", f"被占用 taken by others: {', '.join(wrong)}", "设置 HOTLINE_PORT_BASE")
    return Finding(GOOD, "端口 ports", f"{settings.port_base}…")


def _certificate(settings: Settings) -> Finding:
    days = tls.days_left(settings.home / "tls/server.crt")
    if days < LEAST_CERTIFICATE_DAYS:
        return Finding(
            BAD, "证书 certificate", f"剩余 {days:.0f} 天 days left", "更新 tls_certificate, 重启 (renew, restart)"
        )
    return Finding(GOOD, "证书 certificate", f"剩余 {days:.0f} 天 days left")


def _prompts(settings: Settings) -> Finding:
    folder = settings.assets_dir / "prompts/zh"
    if not (folder / "manifest.json").exists() or not any((folder / "by-key").glob("*.wav")):
        return Finding(BAD, "语音提示 prompts", f"{folder} 为空 empty", "hotline up")
    sources = {one["source"] for one in json.loads((folder / "manifest.json").read_text("utf-8")).values()}
    if any(source.startswith("espeak") for source in sources):
        return Finding(
            WARNING, "语音提示 prompts", "机器合成的备用声音, 难以听懂 placeholder voice", "make up; dialplans/prompts"
        )
    return Finding(GOOD, "语音提示 prompts", ", ".join(sorted(sources)))


def _desk(settings: Settings) -> Finding:
    manifest = settings.assets_dir / "static/manifest.json"
    if not manifest.exists():
        return Finding(BAD, "坐席页面 desk", f"{manifest} 不存在 missing", "hotline up")
    return Finding(GOOD, "坐席页面 desk", str(manifest.parent))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


CHECKS: tuple[Check, ...] = (
    _home, _disk, _secrets, _backup, _asterisk, _mode, _emergency, _postgres, _processes, _beat, _ports,
    _certificate, _prompts, _desk,
)  # fmt: skip
