/** The keys of the call bar: which stand there in which state, and what each does. */

import { cancelRinging, controlAway, emergencyAgain, hangUp, ofCall, toggleHold, toggleMute } from "./acts";
import type { BarMode } from "./bar-mode";
import { openPicker } from "./elements/people-picker";
import { SERVICES } from "./services";
import { store, type DeskState } from "./store";
import { say } from "./words";

export interface CallKey {
  act: string;
  icon: string;
  words: string;
  hint: string;
  run: () => void;
  on?: boolean;
  tone?: "third" | "go" | "bad";
  /** Why it cannot be used now. */
  off?: string;
}

type Maker = (now: DeskState, mode: BarMode) => CallKey;

/** Commands of call control: off with the reason while it is away. */
function controlled(key: CallKey): CallKey {
  const off = key.off || (controlAway() ? say("cti_down") : "");
  return off ? { ...key, off } : key;
}

const mute: Maker = (now) => ({
  act: "mute",
  icon: now.muted ? "mic-off" : "mic",
  words: say(now.muted ? "unmute" : "mute"),
  hint: "F8",
  run: toggleMute,
  on: now.muted,
  off: now.session === "up" ? "" : say("state_answering"),
});

const hold: Maker = (now, mode) =>
  controlled({
    act: "hold",
    icon: mode === "held" ? "play" : "pause",
    words: say(mode === "held" ? "retrieve" : "hold"),
    hint: "F9",
    run: () => void toggleHold(),
    on: mode === "held",
    off: now.session === "up" ? (now.call?.caller_gone ? say("caller_gone_text") : "") : say("state_answering"),
  });

const three: Maker = (_now, mode) =>
  controlled({
    act: "three-way",
    icon: "user-plus",
    words: say("three_way"),
    hint: "⇧F8",
    run: threeWayKey,
    on: mode === "three-way",
    tone: "third",
    off: mode === "three-way" ? say("three_way_one") : "",
  });

const transfer: Maker = () => controlled({ act: "transfer", icon: "phone-forwarded", words: say("transfer"), hint: "⇧F9", run: transferKey });

const leave: Maker = (now) =>
  controlled({
    act: "leave",
    icon: "log-out",
    words: say("leave"),
    hint: say("leave_hint"),
    run: () => void ofCall("leave"),
    off: othersUp(now) ? "" : say("leave_alone"),
  });

const hang: Maker = () => ({ act: "hang-up", icon: "phone-off", words: say("hang_up"), hint: "⇧F2", run: () => void hangUp(), tone: "bad" });
const cancelThree: Maker = () => controlled({ act: "three-cancel", icon: "x", words: say("cancel"), hint: "Esc", run: () => void ofCall("three_way_cancel") });
const nextThree: Maker = () => controlled({ act: "three-next", icon: "repeat", words: say("next_number"), hint: "", run: () => void ofCall("three_way_next") });
const endConsult: Maker = () => controlled({ act: "three-cancel", icon: "user-minus", words: say("end_consult"), hint: "", run: () => void ofCall("three_way_cancel") });
const swap: Maker = () => controlled({ act: "swap", icon: "arrow-left-right", words: say("swap"), hint: "", run: () => void ofCall("swap") });
const merge: Maker = () => controlled({ act: "merge", icon: "merge", words: say("merge"), hint: "⇧F8", run: () => void ofCall("merge"), tone: "third" });
const completeTransfer: Maker = () => controlled({ act: "transfer-complete", icon: "phone-forwarded", words: say("transfer_now"), hint: "⇧F9", run: () => void ofCall("transfer_complete"), tone: "go" });
const cancelTransfer: Maker = () => controlled({ act: "transfer-cancel", icon: "x", words: say("cancel"), hint: "Esc", run: () => void ofCall("transfer_cancel") });
const again: Maker = () => ({ act: "sos-again", icon: "rotate-ccw", words: say("sos_again"), hint: "F10", run: emergencyAgain, tone: "bad" });
/** F10 stays free for another service: the last one has its own digit. */
const onceMore: Maker = (now, mode) => ({ ...again(now, mode), hint: `F10 ${SERVICES.findIndex((each) => each === now.call?.emergency?.service) + 1}`, tone: "go" });
const cancelSos: Maker = () => ({ act: "sos-cancel", icon: "x", words: say("cancel"), hint: "Esc", run: () => void cancelRinging() });

const TALKING: Maker[] = [mute, hold, three, transfer, leave, hang];
const KEYS: Partial<Record<BarMode, Maker[]>> = {
  held: [mute, hold, three, transfer, hang],
  dialling: [mute, hang],
  asking: [mute, cancelThree, nextThree, hang],
  consult: [mute, swap, merge, endConsult, hang],
  transfer: [mute, swap, completeTransfer, cancelTransfer, hang],
  sos: [mute, hold, cancelSos, hang],
  "sos-failed": [mute, hold, again, three, transfer, hang],
  "sos-up": [mute, hold, leave, hang],
  "sos-over": [mute, hold, onceMore, three, transfer, hang],
  "caller-gone": [mute, leave, hang],
};

export function callKeys(now: DeskState, mode: BarMode): CallKey[] {
  return (KEYS[mode] ?? TALKING).map((make) => make(now, mode));
}

/** ⇧F8: find a specialist, or bring the one consulted into the call. */
export function threeWayKey(): void {
  const { call, session } = store.state;
  if (session !== "up" || controlAway()) return;
  if (call?.threeway?.state === "consulting") void ofCall("merge");
  else if (!call?.threeway || call.threeway.state === "ended") openPicker("three-way");
}

/** ⇧F9: find a target, or complete a transfer after the consultation. */
export function transferKey(): void {
  const { call, session } = store.state;
  if (session !== "up" || controlAway()) return;
  if (call?.transfer?.state === "asked") void ofCall("transfer_complete");
  else openPicker("transfer");
}

/** Whether two others would still talk to each other without us. */
function othersUp({ call }: DeskState): boolean {
  const up = call?.legs.filter((leg) => leg.state === "up" && leg.role !== "agent" && leg.role !== "supervisor") ?? [];
  return up.length > 1 || (Boolean(call?.caller_gone) && up.length > 0);
}
