"""A real Asterisk with the rendered configuration and nothing else of the hotline beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from hotline import directory
from hotline.phone.ear import write_tone
from hotline.runtime import agents_config, asterisk, asterisk_config
from hotline.runtime.agents_config import Desk
from hotline.runtime.identity import asterisk_user
from hotline.runtime.small_writes import FILE_NAME
from hotline.settings import PROJECT, Settings
from tests.patience import LONG, until
from tests.ports import claimed_ports

PROMPT_TONES = {
    "fallback": 620, "goodbye": 700, "agent_lost": 780, "queue_wait": 860, "queue_full": 940,
    "queue_youarenext": 1180, "queue_thereare": 1260, "queue_callswaiting": 1340,
    "specialist_asked": 2580, "transfer_asked": 2660, "transfer_failed": 2740, "specialist_accept": 2820,
    "emergency_failed": 1500, "emergency_nobody": 1580, "emergency_to_agent": 1660, "emergency_connecting": 1740,
}  # fmt: skip
"""Each prompt is a tone of its own here, so that a test can tell by ear which one was played."""
MUSIC_TONE = 520
WHO_ASKS_TONES = {"department": 2900, "sentence": 2980, "type": 3060, "class": 3140}
"""What a specialist hears before he accepts: the department's name, and what his entry, or this very call, is about."""
ABOUT_TONES = {"about/kind_any": "type", "about/kind_complaint": "type", "about/class_010101": "class"}
"""Of the sentences about a call, the few that stories use."""
FOLDERS = ("etc/asterisk", "etc/agents", "run/asterisk", "log/asterisk", "recordings/raw", "state/asterisk")
DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "20", "hundred"]


@dataclass(frozen=True)
class FixedSecrets:
    ami_events: str = "events-for-tests-only"
    ami_actions: str = "actions-for-tests-only"


class AsteriskOnly:
    """Start, ask and end one private Asterisk, on ports of its own. Its home is thrown away before each start."""

    def __init__(
        self,
        home: Path,
        *,
        desks: Sequence[Desk] = (),
        carriers: str = "",
        changes: Mapping[str, str] | None = None,
    ) -> None:
        self._held = contextlib.ExitStack()
        base = self._held.enter_context(claimed_ports())
        self.settings = Settings.read({"HOTLINE_HOME": str(home), "HOTLINE_PORT_BASE": str(base), **(changes or {})})
        self._desks = desks
        self._carriers = carriers
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def recordings(self) -> Path:
        return self.settings.home / "recordings/raw"

    def __enter__(self) -> AsteriskOnly:
        self.prepare()
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._held.close()

    def prepare(self) -> None:
        """Render everything into a new home and give Asterisk what it writes to."""
        home = self.settings.home
        shutil.rmtree(home, ignore_errors=True)
        for folder in FOLDERS:
            (home / folder).mkdir(parents=True)
        make_sounds(self.settings.assets_dir)
        self._bring_asterisk()
        carriers = self._carriers.replace("@PORT@", str(self.settings.port("phones") + 5))
        (home / "etc/carriers.yaml").write_text(carriers, "utf-8")
        files = asterisk_config.render(self.settings, FixedSecrets(), test_mode=not self._carriers)
        # No browser takes part here, so there is no certificate to serve.
        files["http.conf"] = files["http.conf"].replace("tlsenable = yes", "tlsenable = no")
        asterisk_config.write(self.settings, files)
        agents_config.write(self.settings, self._desks)
        self._hand_over()

    def start(self) -> None:
        small_writes = self.settings.home / "etc/asterisk-data" / FILE_NAME
        self._process = subprocess.Popen(
            asterisk.serve_command(self.settings), cwd="/",
            env=asterisk.environment() | {"LD_PRELOAD": str(small_writes)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            umask=0o027, **asterisk_user(self.settings).drop(),
        )  # fmt: skip
        self._wait_booted()

    def kill(self) -> None:
        """As a crash would: no word, no time to write anything down."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def say(self, command: str) -> str:
        return asterisk.console(self.settings, command)

    def beat(self) -> None:
        """What the supervisor does each second while ivr answers."""
        (self.settings.home / "run/beat").touch()

    def channels(self) -> list[str]:
        return [line for line in self.say("core show channels concise").splitlines() if "!" in line]

    def log(self) -> str:
        return (self.settings.home / "log/asterisk/messages.log").read_text("utf-8", "replace")

    def join(self, extension: str, queue: str = "general") -> None:
        """Let a desk take calls of a queue, as cti would do over AMI."""
        line = f"PJSIP/{extension}"
        self.say(f"queue add member {line} to hl-{queue} penalty 0 as {extension} state_interface {line}")

    def leave(self, extension: str, queue: str = "general") -> None:
        self.say(f"queue remove member PJSIP/{extension} from hl-{queue}")

    def address(self, number: str = "12345") -> str:
        return f"sip:{number}@127.0.0.1:{self.settings.port('sip')}"

    def waits_in(self, queue: str, channel: str = "PJSIP/test-citizen") -> bool:
        """Whether a channel whose name begins so waits in this queue."""
        return channel in self.say(f"queue show hl-{queue}")

    def wait_queued(self, channel: str = "PJSIP/test-citizen") -> str:
        """The queue in which it waits, once it does."""
        queues = ("enterprise", "general")
        return until(lambda: next((name for name in queues if self.waits_in(name, channel)), ""), f"{channel} queued")

    def wait_idle(self) -> None:
        until(lambda: not self.channels(), "no calls left")

    def _wait_booted(self) -> None:
        until(self._has_booted, "Asterisk starts", 2 * LONG)

    def _has_booted(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "Asterisk ended at once"
        with contextlib.suppress(asterisk.ConsoleFailed):
            self.say("core waitfullybooted")
            return True
        return False

    def _bring_asterisk(self) -> None:
        if self.settings.asterisk_bin:
            return
        here = self.settings.assets_dir / "asterisk-root"
        there = Path(os.environ.get("HOTLINE_ASSETS", PROJECT / ".runtime/assets")) / "asterisk-root"
        if not here.exists():
            here.symlink_to(there.resolve(strict=True))

    def _hand_over(self) -> None:
        """Only root can and must: Asterisk runs as its own user, and home may be under a closed folder."""
        if os.geteuid() != 0:
            return
        owner = asterisk_user(self.settings)
        for path in [self.settings.home, *self.settings.home.rglob("*")]:
            if not path.is_symlink():
                owner.own(path)
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o2755)  # as in a real home: what is written later is Asterisk's group's too


def make_sounds(assets: Path) -> None:
    """Tones in the places of prompts and of music."""
    prompts, music = assets / "prompts/zh/by-key", assets / "moh"
    for folder in ("digits", "department", "specialist", "about"):
        (prompts / folder).mkdir(parents=True, exist_ok=True)
    for key in directory.sentences(directory.load(directory.SHIPPED)):
        part = "department" if key.startswith("department") else "sentence"
        write_tone(prompts / f"{key}.wav", WHO_ASKS_TONES[part], 0.6)
    for key, part in ABOUT_TONES.items():
        write_tone(prompts / f"{key}.wav", WHO_ASKS_TONES[part], 0.6)
    music.mkdir(parents=True, exist_ok=True)
    for key, frequency in PROMPT_TONES.items():
        write_tone(prompts / f"{key}.wav", frequency, 1.5)
    for digit in DIGITS:
        write_tone(prompts / f"digits/{digit}.wav", 1420, 0.3)
    write_tone(music / "comfort.wav", MUSIC_TONE, 20.0)
