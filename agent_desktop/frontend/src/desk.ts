/** The desk's entry: wires socket, phone, microphone and elements into the persistent shell. */

import "./elements/call-bar";
import "./elements/call-player";
import "./elements/caller-card";
import "./elements/case-form";
import "./elements/call-timeline";
import "./elements/device-check";
import "./elements/dial-box";
import "./elements/key-sheet";
import "./elements/live-board";
import "./elements/login-again";
import "./elements/recent-work";
import "./elements/status-strip";
import "./elements/third-panel";
import { useDesk } from "./acts";
import { wireCallbacks } from "./callbacks";
import { ask } from "./api";
import { inCall } from "./bar-mode";
import { DeskLock } from "./desk-lock";
import { tellDial } from "./dialling";
import type { CaseForm } from "./elements/case-form";
import type { DialBox } from "./elements/dial-box";
import { useDeviceCheck } from "./elements/device-check";
import type { KeySheet } from "./elements/key-sheet";
import type { Reference, ServerFrame } from "./frames";
import { wireKeys } from "./keys";
import { Microphone } from "./microphone";
import { notify } from "./notices";
import { Phone } from "./phone";
import { keepLinkAlive } from "./pulse";
import { refusal } from "./refusals";
import { chimeReady, unlockSound } from "./ringer";
import { DeskSocket } from "./socket";
import { store, type DeskState } from "./store";
import { leaveSubject, note, subjectAfterReload, takeCall, takeCard, turnTo } from "./subject";
import { showView, wireViews } from "./views";
import { say, translatePage, translateSwaps, wireSwitches } from "./words";

const page = document.body.dataset;
const mic = new Microphone((track) => phone.replaceTrack(track));
const phone = new Phone(mic, document.getElementById("far-voice") as HTMLAudioElement, {
  invited: (callId) => {
    turnTo(callId);
    note("ev_ringing");
    showView("desk");
  },
  answerFailed: (why) => notify("bad", say("answer_failed", { t: why })),
  emergencyEnded: (why) => why && notify("bad", say("sos_own_failed", { t: why })),
  ended: () => setTimeout(afterSession, 400),
});
const socket = new DeskSocket(receive);
const openedAt = Date.now() - 600_000;
const form = document.querySelector<CaseForm>("case-form")!;
const lock = new DeskLock(page.agent ?? "", { gained: settleRole, lost: settleRole });
/** What the server says; the browser's lock has a say too, and the two answers come in any order. */
let lease: "desk" | "reader" = "reader";

function receive(frame: ServerFrame): void {
  switch (frame.type) {
    case "snapshot":
      lease = frame.role ?? "desk";
      store.patch({ agent: frame.agent, queues: frame.queues, system: frame.system });
      takeCard(frame.card);
      takeCall(frame.call);
      subjectAfterReload(store.state);
      tellLine();
      settleRole();
      return;
    case "agent":
      return store.patch({ agent: frame.agent });
    case "call":
      return takeCall(frame.call);
    case "card":
      return takeCard(frame.card);
    case "queues":
      return store.patch({ queues: frame.queues });
    case "system":
      return store.patch({ system: frame.system });
    case "case":
      form.numbered(frame.case_id, frame.number);
      return notify("ok", say("case_numbered", { t: frame.number }));
    case "error":
      // The role in the snapshot says who is the desk; other errors are for the agent's eyes.
      if (frame.code !== "desk_taken" && frame.code !== "desk_lost") notify("bad", refusal(frame));
      return;
    case "reply":
      return;
  }
}

/** The phone runs only in the window that holds both the browser's lock and the server's lease. */
function settleRole(): void {
  const role = lock.held ? lease : "reader";
  store.patch({ role });
  if (role === "desk") void phone.start();
  else if (!lock.held || !inCall(store.state)) phone.stop();
}

/** A call that rang here and was not answered leaves nothing behind on an untouched desk. */
function afterSession(): void {
  const { session, subject, subjectCall, agent } = store.state;
  const gone = session === "none" && subject !== "" && !subjectCall?.answered_at && agent?.state !== "wrap-up";
  if (!gone) return;
  notify("warn", say("call_missed"));
  if (form.untouched) leaveSubject();
}

function tellLine(): void {
  const { registration, mic: state } = store.state;
  socket.send({ type: "line", registered: registration === "registered", mic: state === "unknown" ? "ok" : state });
}

function whatFollows(now: DeskState, before: DeskState): void {
  if (now.registration !== before.registration || now.mic !== before.mic) tellLine();
  const moved = now.agent !== before.agent || now.audioFlows !== before.audioFlows || now.registration !== before.registration;
  if (moved) dropCallThatIsOver(now);
  if (before.agent?.state === "wrap-up" && now.agent?.state === "ready") chimeReady();
  if (now.system && page.release && now.system.release !== page.release && before.system?.release !== now.system.release) {
    notify("warn", say("released"));
  }
  if (now.spy && now.agent?.state === "talking" && now.agent !== before.agent) store.patch({ spy: "" });
  tellMessage(now, before);
  tellDial(now, before);
}

/** A supervisor's words stay until they are closed. */
function tellMessage(now: DeskState, before: DeskState): void {
  const message = now.agent?.message;
  if (!message || message.at === before.agent?.message?.at || (message.at && Date.parse(message.at) < openedAt)) return;
  notify("warn", say("message_from", { n: message.sender, t: message.text }), { stays: true });
}

/** The server says that we are in no call: what is left of it here is silent and is told of no end any more. */
function dropCallThatIsOver({ agent, link }: DeskState): void {
  if (link === "up" && agent && agent.state !== "talking" && agent.state !== "ringing") phone.dropDeadCall();
}

async function loadReference(): Promise<void> {
  const { status, body } = await ask<Reference>("GET", "/api/reference");
  if (status === 200) store.patch({ reference: body });
  else setTimeout(() => void loadReference(), 3000);
}

function wireShell(): void {
  const sheet = document.querySelector<KeySheet>("key-sheet")!;
  const self = document.querySelector<HTMLDialogElement>("#self-sheet")!;
  const dial = document.querySelector<DialBox>("dial-box")!;
  wireKeys({ submit: () => void form.submit(), saveDraft: () => void form.saveNow(), openKeySheet: () => sheet.show(), openDial: () => dial.show() });
  wireCallbacks();
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest('[data-open="keys"]')) sheet.show();
    if (target.closest('[data-open="self"]')) self.showModal();
    if (target.closest('[data-open="dial"]')) dial.show();
    if (store.state.openMenu && !target.closest('.menu, [aria-haspopup="menu"]')) store.patch({ openMenu: "" });
    if (target.closest("[data-close]")) target.closest("dialog")?.close();
    if (target.closest("[data-leave]") && inCall(store.state)) {
      event.preventDefault();
      notify("warn", say("reload_blocked"));
    }
  });
}

async function open(): Promise<void> {
  translatePage();
  translateSwaps();
  wireSwitches();
  useDesk({ phone, mic, socket });
  useDeviceCheck(mic);
  wireShell();
  store.follow(whatFollows);
  unlockSound();
  void mic.open();
  void loadReference();
  wireViews();
  if (!(await lock.tryTake())) settleRole();
  addEventListener("hotline:take-over", () => {
    lock.steal();
    socket.send({ type: "take_over" });
  });
  socket.connect();
  keepLinkAlive(socket, page.beat ?? "");
}

void open();
