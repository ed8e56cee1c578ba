"""`hotline up`: set everything up, run the hotline in the foreground, and end it cleanly."""

from __future__ import annotations

import asyncio
import compileall
import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

from hotline import secrets_store
from hotline.runtime import assets, child, configuration, layout, logs, ports, postgres, test_mode, tls
from hotline.runtime.board import Board, addresses, beat_age_s, versions
from hotline.runtime.identity import hotline_user
from hotline.runtime.lock import FileLock
from hotline.runtime.narration import say, step
from hotline.runtime.probe import Pulse
from hotline.runtime.services import asterisk_service, environment, our_services
from hotline.runtime.supervisor import Supervisor
from hotline.secrets_store import Secrets
from hotline.settings import PROJECT, Settings

ROTATE_EVERY_S = 60
FIRST_BEAT_S = 10
ROOMS = ("hotline", "cti", "ivr", "cases", "storage", "agent_desktop")


class StepFailed(RuntimeError):
    """A set-up step that runs as the unprivileged user failed; the text is what it said."""


def up(settings: Settings) -> int:
    """Return 0 after a wanted stop. Raises what the steps raise."""
    begun = time.monotonic()
    _be_stoppable()
    say(f"12345 热线 {settings.node_id}   HOTLINE_HOME={settings.home}   端口 ports from {settings.port_base}")
    lock, secrets = _open_home(settings)
    try:
        ports.refuse_taken(settings)
        _compile()
        assets.ensure(settings)
        _certificate(settings)
        return asyncio.run(_serve(settings, secrets, begun))
    finally:
        child.end_descendants()
        lock.release()


def _be_stoppable() -> None:
    """A stop in the middle of a download ends what downloads, too."""
    child.adopt_orphans()

    def stopped(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)


def prepare(settings: Settings) -> None:
    """Everything that a start needs except the processes: for systemd, whose units start those."""
    lock, secrets = _open_home(settings)
    try:
        assets.ensure(settings)
        _certificate(settings)
        secrets_store.publish_url(settings, postgres.database_url(settings, secrets), owner=hotline_user(settings).own)
        if settings.database_url:
            with step("数据库表与坐席 tables, desks"):
                asyncio.run(_data(settings))
        with step("Asterisk 配置 configuration"):
            configuration.place(settings, secrets)
            asterisk_service(settings)
    finally:
        lock.release()


def _compile() -> None:
    """The dropped users may not write beside the sources: compile for them, once a change."""
    for room in ROOMS:
        compileall.compile_dir(PROJECT / room, quiet=2)


def _certificate(settings: Settings) -> None:
    with step("证书 certificate"):
        tls.ensure(settings)


def _open_home(settings: Settings) -> tuple[FileLock, Secrets]:
    with step("目录与密钥 folders and secrets"):
        layout.prepare(settings, python=Path(sys.executable))
        lock = FileLock(settings.home / "run/supervisor.lock", "hotline up")
        owner = hotline_user(settings)
        return lock, secrets_store.ensure(settings, owner=(owner.uid, owner.gid))


async def _serve(settings: Settings, secrets: Secrets, begun: float) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    board = Board(settings, versions(settings))
    async with asyncio.TaskGroup() as tasks:
        supervisor = Supervisor(settings.home / "log", tasks)
        writing = tasks.create_task(_keep_books(settings, board, supervisor))
        pulse = tasks.create_task(_pulse(settings, supervisor).run())
        starting = tasks.create_task(_start(settings, secrets, supervisor))
        ending = tasks.create_task(stop.wait())
        try:
            await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not ending.done():
                starting.result()
                board.ready = True
                board.write(supervisor.kept)
                say(ready_block(settings, time.monotonic() - begun))
                await ending
        finally:
            say("■ 正在停止 stopping …")
            for task in (starting, ending, pulse):
                task.cancel()
            await supervisor.stop()
            writing.cancel()
            with contextlib.suppress(FileNotFoundError):
                (settings.home / "run/beat").unlink()
            board.ready = False
            board.write(supervisor.kept)
            say("■ 已停止 stopped")
    return 0


async def _start(settings: Settings, secrets: Secrets, supervisor: Supervisor) -> None:
    if not settings.database_url:
        with step("PostgreSQL"):
            postgres.initialise(settings, secrets)
            await supervisor.start(postgres.service(settings))
            await postgres.create_database(settings, secrets)
    url = postgres.database_url(settings, secrets)
    secrets_store.publish_url(settings, url, owner=hotline_user(settings).own)
    with step("数据库表与演示数据 tables, demo data, desks"):
        await _data(settings)
    with step("Asterisk 启动 starts"):
        configuration.place(settings, secrets)
        await supervisor.start(asterisk_service(settings))
    with step("ivr, cti, web"):
        await supervisor.start(*our_services(settings))
    with step("心跳 beat"):
        await _first_beat(settings)


async def _data(settings: Settings) -> None:
    """A database of the operator's that is away delays nothing once agents are known: calls need none."""
    try:
        await _as_hotline(settings, "data")
    except StepFailed as error:
        if not settings.database_url or not (settings.home / "state/agents.json").exists():
            raise
        say(f"   ⚠ 数据库不可用, 以上次的坐席继续 (database away, going on with the agents known): {error}")


async def _first_beat(settings: Settings) -> None:
    """Until the beat file is there the dialplan sends callers to the fallback."""
    until = time.monotonic() + FIRST_BEAT_S
    while beat_age_s(settings) is None:
        if time.monotonic() > until:
            raise StepFailed("ivr 没有应答 FastAGI 探测 (ivr did not answer the probe): log/ivr.log")
        await asyncio.sleep(0.05)


async def _as_hotline(settings: Settings, *words: str) -> None:
    """Run one of our commands as the unprivileged user, in its own process. Raises StepFailed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline.cli", *words, env=environment(settings), cwd="/",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **hotline_user(settings).drop(),
    )  # fmt: skip
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode != 0:
        raise StepFailed(f"hotline {' '.join(words)}: {said.decode('utf-8', 'replace').strip()[-2000:]}")


def _pulse(settings: Settings, supervisor: Supervisor) -> Pulse:
    return Pulse(
        settings.port("fastagi"),
        settings.home / "run/beat",
        serving=lambda: supervisor.is_up("ivr"),
        kill=lambda: supervisor.kill("ivr"),
    )


async def _keep_books(settings: Settings, board: Board, supervisor: Supervisor) -> None:
    rotated = time.monotonic()
    while True:
        board.write(supervisor.kept)
        if time.monotonic() - rotated > ROTATE_EVERY_S:
            rotated = time.monotonic()
            logs.rotate(settings.home / "log")
        await asyncio.sleep(1)


def ready_block(settings: Settings, took_s: float) -> str:
    """The last thing that a start prints: where to go and what to try."""
    where = addresses(settings)
    ca = settings.home / "tls/ca.crt"
    line = "═" * 78
    rows = [
        line,
        f"  12345 热线已就绪  READY  ({took_s:.1f} s)",
        "",
        f"  坐席页面 desk       {where['web']}    本机 this machine: {where['web_local']}",
        *([f"  浏览器信任证书 CA    {ca}"] if ca.exists() else []),
        *_log_ins(settings),
        f"  电话地址 SIP        {where['sip']}  (UDP)",
        *(['  试打一个电话 test call   make call ARGS="--press 3"'] if test_mode.is_on(settings) else []),
        "  状态 status  hotline status    检查 check  hotline doctor    停止 stop  Ctrl-C",
        _mode(settings),
        *_backup_warning(settings),
        line,
    ]
    return "\n".join(rows)


def _log_ins(settings: Settings) -> list[str]:
    passwords = secrets_store.demo_passwords(settings)
    if not passwords:
        return []
    shown = "   ".join(f"{agent} / {password}" for agent, password in list(passwords.items())[:3])
    return [
        f"  演示账号 log-ins    {shown}",
        f"                      全部 all: {settings.home}/secrets/{secrets_store.DEMO_PASSWORDS}",
    ]


def _mode(settings: Settings) -> str:
    if test_mode.is_on(settings):
        return "  ⚠ 测试模式: 无外线, 只能打测试话机  TEST MODE: no outside line exists (hotline test-mode off)"
    return "  外线已开放  outside lines are open (hotline test-mode on)"


def _backup_warning(settings: Settings) -> list[str]:
    if secrets_store.is_backed_up(settings):
        return []
    return ["  ⚠ 密钥尚未备份  keys not backed up: hotline keys backup FILE"]
