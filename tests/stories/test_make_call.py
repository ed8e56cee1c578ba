"""The operator's commands: a simulated citizen, status, doctor, stop."""

from __future__ import annotations

import json
import subprocess
import sys

import psutil
import pytest

from hotline.settings import PROJECT
from tests.patience import HELD_UP, LONG, until
from tests.stories.case_page import CasePage
from tests.stories.conftest import running

pytestmark = [pytest.mark.real, pytest.mark.browser]

STOP_SECONDS = 5.0


def test_a_simulated_citizen_reaches_the_agent_and_tells_the_case_number(healthy, desk):
    page = desk("1001")
    command = [sys.executable, "-m", "hotline.cli", "call", "--press", "3", "--hangup-after", str(LONG)]
    caller = subprocess.Popen(command, env=healthy.environ, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    page.answer_and_hear()
    number = CasePage(page).fill("模拟来电的诉求", answer="已答复").submit()
    page.hang_up()
    told, _ = caller.communicate(timeout=2 * LONG)
    assert caller.returncode == 0, told
    for words in ("毫秒后接通", "按键 3", "进入队列", "坐席接听", "秒声音", "通话编号", number):
        assert words in told, f"{words} is not in:\n{told}"


def test_without_a_desk_a_simulated_citizen_reaches_the_queue_and_no_agent(healthy):
    waiting = healthy.command("call", "--press", "3", "--expect", "queue", "--hangup-after", "3")
    assert waiting.returncode == 0, waiting.stdout
    assert "进入队列" in waiting.stdout
    alone = healthy.command("call", "--press", "3", "--expect", "agent", "--wait", "10")
    assert alone.returncode != 0
    assert "没有坐席接听" in alone.stdout


def test_the_menu_can_be_heard_alone(healthy):
    done = healthy.command("call", "--expect", "menu", "--hangup-after", "2")
    assert done.returncode == 0, done.stdout


def test_status_doctor_and_stop_tell_the_truth_and_leave_no_process(own_ports):
    with running(own_ports) as own:
        told = own.command("status", "--json")
        assert told.returncode == 0
        status = json.loads(told.stdout)
        assert status["ready"]
        assert set(status["processes"]) == {"asterisk", "postgres", "ivr", "cti", "web"}
        healthy = own.command("doctor")
        assert healthy.returncode == 0, healthy.stdout
        family = psutil.Process(status["supervisor"]["pid"]).children(recursive=True)
        assert len(family) >= len(status["processes"])
        assert own.stop() < STOP_SECONDS + HELD_UP
        until(lambda: not any(one.is_running() for one in family), "every process is gone", HELD_UP)
        assert [one.cmdline()[:3] for one in family if one.is_running()] == []
        assert own.command("status").returncode == 3
        sick = own.command("doctor")
        assert sick.returncode == 1
        assert "解决办法" in sick.stdout


def test_hotline_stop_ends_a_hotline_from_another_terminal(own_ports):
    with running(own_ports) as own:
        pid = own.status()["supervisor"]["pid"]
        stopped = own.command("stop")
        assert stopped.returncode == 0, stopped.stdout
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
