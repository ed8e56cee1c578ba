"""The `hotline` command: every word an operator says to a hotline."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from hotline import secrets_store
from hotline.settings import Settings

Act = Callable[[Settings, argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, act, and turn every expected failure into one sentence. The exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        settings = Settings.read()
        if words[:1] == ["call"]:
            # The phone has its own options; they are not repeated here.
            from hotline.case_of_call import case_number
            from hotline.phone.cli import main as call

            return int(call(words[1:], settings, partial(case_number, settings)))
        chosen = _parser().parse_args(words)
        act: Act = chosen.act
        return act(settings, chosen)
    except KeyboardInterrupt:
        return 130
    except (RuntimeError, OSError, ValueError) as error:
        return _failed(error)
    except BaseExceptionGroup as group:
        return _failed(_first(group))


def _parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="hotline", description="12345 热线: 运行与维护 (run and look after a hotline)")
    words = whole.add_subparsers(required=True, metavar="COMMAND")
    _word(words, "up", _up, "准备并在前台运行 (set up and run in the foreground)")
    status = _word(words, "status", _status, "运行状态 (what runs, where)")
    status.add_argument("--json", action="store_true", help="one line of JSON for other programs")
    _word(words, "stop", _stop, "停止 (stop the hotline of this home)")
    _word(words, "doctor", _doctor, "检查并给出解决办法 (what is wrong, and the cure)")
    words.add_parser("call", help="模拟市民来电 (a simulated citizen calls)", add_help=False)
    _word(words, "migrate", _migrate, "更新数据库表 (bring the database to the newest tables)")
    demo = _word(words, "demo-data", _demo_data, "写入演示数据 (demo agents and cases)")
    demo.add_argument("--once", action="store_true", help="nothing if it was done before")
    demo.add_argument("--cases", type=int, default=0, metavar="N", help="also N invented cases, to measure with")
    _word(words, "data", _data, "表, 演示数据与话机配置 (migrate, demo data once, desks: what a start does)")
    _word(words, "settings", _settings, "所有设置 (every setting, as a table)")
    _agent_words(_word(words, "agent", None, "坐席账号 (agents)"))
    keys = _word(words, "keys", None, "密钥 (keys)").add_subparsers(required=True, metavar="WHAT")
    _word(keys, "backup", _backup, "备份密钥到新文件 (copy the keys to a new 0600 file)").add_argument(
        "file", type=Path
    )
    mode = _word(words, "test-mode", _test_mode, "测试模式开关 (whether outside lines may exist)")
    mode.add_argument("state", choices=["on", "off"])
    mode.add_argument("--yes", action="store_true", help="do not ask")
    plan = _word(words, "plan", None, "热线流程 (menus and prompts)").add_subparsers(required=True, metavar="WHAT")
    check = _word(plan, "check", _plan_check, "检查菜单与提示语 (every mistake with file:line)")
    check.add_argument("folder", nargs="?")
    _recording_words(_word(words, "recordings", None, "录音的核对, 解密与到期删除 (recordings)"))
    _call_words(_word(words, "calls", None, "通话记录的核对 (check what was recorded of calls)"))
    _emergency_words(_word(words, "emergencies", None, "应急转接的记录 (records of emergencies)"))
    _word(words, "assets", _assets, "只下载与生成素材 (download and render what hotlines share)")
    _word(words, "beat", _beat, "探测 ivr 并更新心跳文件 (for systemd: probe ivr, touch the beat file)")
    _word(words, "asterisk", _asterisk, "前台运行 Asterisk (for systemd: become Asterisk with our configuration)")
    _word(words, "prepare", _prepare, "只做准备, 不启动 (for systemd: everything but running)")
    return whole


def _agent_words(agent: argparse.ArgumentParser) -> None:
    words = agent.add_subparsers(required=True, metavar="WHAT")
    add = _word(words, "add", _agent_add, "新增坐席 (a new agent, usable within ten seconds)")
    add.add_argument("agent", help="four digits: log-in and extension")
    add.add_argument("name")
    add.add_argument("--queues", default="general", help="comma-separated: QUEUE or QUEUE:LEVEL, 1 (best) to 9")
    add.add_argument("--roles", default="agent", help="comma-separated: agent, supervisor, admin")
    _word(words, "list", _agent_list, "所有坐席 (all agents)")
    _word(words, "password", _agent_password, "新密码 (a new log-in password)").add_argument("agent")
    skills = _word(words, "skills", _agent_skills, "技能与等级 (queues and levels, from the next sign-on)")
    skills.add_argument("agent")
    skills.add_argument("queues", help="comma-separated: QUEUE or QUEUE:LEVEL, 1 (best) to 9")
    _word(words, "disable", _agent_disable, "停用坐席 (no log-in and no line any more)").add_argument("agent")
    _word(words, "enable", _agent_enable, "重新启用坐席 (let the agent work again)").add_argument("agent")
    _word(words, "refresh", _agent_refresh, "重新写入话机配置 (write the desks' configuration again and load it)")
    _word(words, "sip-renew", _agent_sip_renew, "更换话机密码 (a new SIP password)").add_argument("agent")


def _call_words(calls: argparse.ArgumentParser) -> None:
    words = calls.add_subparsers(required=True, metavar="WHAT")
    listed = _word(words, "list", _calls_list, "最近的通话 (the newest calls, numbers masked)")
    listed.add_argument("--limit", type=int, default=20)
    _word(words, "show", _calls_show, "一次通话的全部 (legs, segments, recordings of one call)").add_argument("call_id")
    replay = _word(words, "replay", _calls_replay, "重放 AMI 记录 (a recorded AMI stream through the call model)")
    replay.add_argument("file", type=Path, help="JSON lines, plain or .gz")
    replay.add_argument("--json", action="store_true", help="one line of JSON for other programs")
    verify = _word(words, "verify", _calls_verify, "核对日志与 CEL (journal against CEL; 1 when they differ)")
    verify.add_argument("--since", default="1h", help="30m, 2h, 1d or an ISO time (default: %(default)s)")
    verify.add_argument("--json", action="store_true", help="one line of JSON for other programs")


def _emergency_words(emergencies: argparse.ArgumentParser) -> None:
    words = emergencies.add_subparsers(required=True, metavar="WHAT")
    listed = _word(words, "list", _emergencies_list, "最近的应急转接 (what was pressed or changed, numbers masked)")
    listed.add_argument("--since", default="1d", help="30m, 2h, 1d or an ISO time (default: %(default)s)")
    listed.add_argument("--limit", type=int, default=100)
    listed.add_argument("--json", action="store_true", help="one line of JSON for other programs")
    show = _word(words, "show", _emergencies_show, "一次应急转接的全部 (all of one emergency; audited)")
    show.add_argument("emergency_id", help="the call's id, a colon, and which of its emergencies")
    show.add_argument("--number", action="store_true", help="the caller's number in clear")
    show.add_argument("--json", action="store_true", help="one line of JSON for other programs")


def _recording_words(recordings: argparse.ArgumentParser) -> None:
    words = recordings.add_subparsers(required=True, metavar="WHAT")
    check = _word(words, "check", _recordings_check, "核对录音文件 (compare recordings with their rows)")
    check.add_argument("--days", type=int, default=2, help="calls that ended within so many days")
    check.add_argument("--deep", action="store_true", help="read every byte, also of encrypted ones")
    decrypt = _word(words, "decrypt", _recordings_decrypt, "解密一段录音 (one recording in clear; audited)")
    decrypt.add_argument("recording_id")
    decrypt.add_argument("file", type=Path, help="a new file")
    expire = _word(words, "expire", _recordings_expire, "按保存期限删除 (remove what is older than the rule)")
    expire.add_argument("--dry-run", action="store_true", help="only say what would be removed")


def _recordings_check(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.recordings import check

    return check(settings, chosen.days, deep=chosen.deep)


def _recordings_decrypt(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.recordings import decrypt

    return decrypt(settings, chosen.recording_id, chosen.file.absolute())


def _recordings_expire(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.recordings import expire

    return expire(settings, dry_run=chosen.dry_run)


def _emergencies_list(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.emergencies import show_since

    return show_since(settings, since=chosen.since, limit=chosen.limit, as_json=chosen.json)


def _emergencies_show(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.emergencies import show_one

    return show_one(settings, chosen.emergency_id, number=chosen.number, as_json=chosen.json)


def _calls_list(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.call_book import show_last

    return show_last(settings, chosen.limit)


def _calls_show(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.call_book import show_one

    return show_one(settings, chosen.call_id)


def _calls_replay(_: Settings, chosen: argparse.Namespace) -> int:
    from hotline.replay import show

    return show(chosen.file, as_json=chosen.json)


def _calls_verify(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.verify import verify

    return verify(settings, since=chosen.since, as_json=chosen.json)


def _word(
    words: argparse._SubParsersAction[argparse.ArgumentParser], name: str, act: Act | None, text: str
) -> argparse.ArgumentParser:
    parser = words.add_parser(name, help=text, description=text)
    if act is not None:
        parser.set_defaults(act=act)
    return parser


def _up(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.runtime.up import up

    return up(settings)


def _prepare(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.runtime.up import prepare

    prepare(settings)
    return 0


def _assets(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.runtime.assets import ensure

    settings.assets_dir.mkdir(parents=True, exist_ok=True)
    ensure(settings)
    return 0


def _status(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.status import show

    return show(settings, as_json=chosen.json)


def _stop(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.status import stop

    return stop(settings)


def _doctor(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.doctor import examine

    return examine(settings)


def _migrate(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.agents import ensure_centre_row
    from hotline.runtime.postgres import database_url
    from storage.migrate import upgrade

    upgrade(database_url(settings, secrets_store.read(settings)))
    return ensure_centre_row(settings)


def _demo_data(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.demo import fill

    return fill(settings, once=chosen.once, invented_cases=chosen.cases)


def _data(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.agents import refresh_desks
    from hotline.demo import fill
    from hotline.runtime import test_mode

    _migrate(settings, chosen)
    # A hotline with outside lines gets no log-ins that nobody asked for.
    if test_mode.is_on(settings):
        fill(settings, once=True)
    return refresh_desks(settings)


def _settings(_: Settings, __: argparse.Namespace) -> int:
    from hotline.settings import table

    print(table())
    return 0


def _agent_add(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.agents import add

    return add(settings, chosen.agent, chosen.name, chosen.queues.split(","), chosen.roles.split(","))


def _agent_disable(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.agents import allow

    return allow(settings, chosen.agent, working=False)


def _agent_enable(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.agents import allow

    return allow(settings, chosen.agent, working=True)


def _agent_list(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.agents import show

    return show(settings)


def _agent_skills(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.agents import change_skills

    return change_skills(settings, chosen.agent, chosen.queues.split(","))


def _agent_password(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.agents import new_password

    return new_password(settings, chosen.agent)


def _agent_refresh(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.agents import refresh_desks

    return refresh_desks(settings)


def _agent_sip_renew(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.agents import renew_sip

    return renew_sip(settings, chosen.agent)


def _backup(settings: Settings, chosen: argparse.Namespace) -> int:
    secrets_store.backup(settings, chosen.file.absolute())
    print(f"已写入 {chosen.file} (0600). 请离线保存; 丢失密钥后个人信息无法恢复 (keep it away from this machine).")
    return 0


def _test_mode(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.runtime.configuration import turn_test_mode

    if (
        chosen.state == "off"
        and not chosen.yes
        and not _agreed("关闭测试模式后可以拨打外线, 确定? (outside calls become possible)")
    ):
        return 1
    return turn_test_mode(settings, on=chosen.state == "on")


def _plan_check(settings: Settings, chosen: argparse.Namespace) -> int:
    from hotline.runtime.emergency_routes import check as check_routes
    from ivr.check import main as check

    plan = check([chosen.folder] if chosen.folder else [])
    return max(plan, check_routes(settings, Path(chosen.folder or "dialplans").resolve() / "routes.yaml"))


def _asterisk(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.runtime import asterisk

    command = asterisk.serve_command(settings)
    os.execve(command[0], command, asterisk.serve_environment(settings))  # noqa: S606  (it takes our place on purpose)


def _beat(settings: Settings, _: argparse.Namespace) -> int:
    from hotline.runtime.beat import run

    return run(settings)


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        print(f"{question} 请加 --yes (say --yes)")
        return False
    return input(f"{question} [yes/no] ").strip().lower() == "yes"


def _failed(error: BaseException) -> int:
    print(f"✗ {error or type(error).__name__}", file=sys.stderr, flush=True)
    if os.environ.get("HOTLINE_LOG_LEVEL") == "debug":
        raise error
    return 1


def _first(group: BaseExceptionGroup) -> BaseException:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


if __name__ == "__main__":
    raise SystemExit(main())
