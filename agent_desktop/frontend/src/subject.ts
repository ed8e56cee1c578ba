/** Keeps the caller card and the form on one call, through its wrap-up, until the next one rings. */

import type { Call, Card } from "./frames";
import { store, type DeskState, type TimelineEntry } from "./store";
import { say } from "./words";

/** Turn to the call `id`; the former one's card and timeline go. */
export function turnTo(id: string): void {
  if (!id || id === store.state.subject) return;
  store.patch({ subject: id, subjectCall: null, card: null, timeline: [] });
}

export function leaveSubject(): void {
  store.patch({ subject: "", subjectCall: null, card: null, timeline: [] });
}

export function note(key: string, detail?: string, at: number = Date.now()): void {
  const entry: TimelineEntry = detail === undefined ? { at, key } : { at, key, detail };
  store.patch({ timeline: [...store.state.timeline, entry] });
}

/** The server's view of our call: in wrap-up the ended one, then null. */
export function takeCall(call: Call | null): void {
  const before = store.state.call;
  if (call) {
    turnTo(call.id);
    store.patch({ call, subjectCall: call });
    noteChange(before, call);
    return;
  }
  const last = store.state.subjectCall;
  store.patch({ call: null, subjectCall: last ? { ...last, state: "ended" } : null });
  if (before && before.state !== "ended") note(before.answered_at ? "ev_left" : "ev_missed");
}

function noteChange(before: Call | null, call: Call): void {
  if (before?.id !== call.id) return;
  noteOthers(before, call);
  if (before.state === call.state) return;
  if (call.state === "ended") note("ev_ended");
  if (call.state === "held") note("ev_held");
  if (before.state === "held" && call.state === "talking") note("ev_retrieved");
  if (before.state === "talking" && call.state === "queued") note("ev_requeued");
}

/** Specialists, emergency services, transfers: what happened to the other parties. */
function noteOthers(before: Call, call: Call): void {
  const asked = call.threeway;
  if (asked && asked.state !== before.threeway?.state) {
    const key = asked.state === "ended" && asked.reason ? "ev_three_failed" : `ev_three_${asked.state}`;
    if (asked.state !== "ringing") note(key, asked.state === "ended" ? say(`reason_${asked.reason}`) : asked.department);
  }
  const pressed = call.emergency;
  if (pressed && pressed.state !== before.emergency?.state) note(`ev_sos_${pressed.state}`, pressed.service);
  const failed = pressed?.tried.length ?? 0;
  if (pressed && failed > (before.emergency?.tried.length ?? 0)) {
    const last = pressed.tried[failed - 1]!;
    note("ev_sos_route_failed", `${last.route} ${say(`reason_${last.reason}`)}`);
  }
  if (call.transfer && call.transfer.state !== before.transfer?.state) note(`ev_transfer_${call.transfer.state}`, call.transfer.target_name);
  if (call.caller_gone && !before.caller_gone) note("ev_caller_gone");
  if (call.recording_paused !== before.recording_paused) note(call.recording_paused ? "ev_record_paused" : "ev_record_resumed");
}

/** A card is only taken away by the next call: in wrap-up the agent still needs it. */
export function takeCard(card: Card | null): void {
  if (!card) return;
  turnTo(card.call_id);
  store.patch({ card });
}

/** After a reload in wrap-up the server names the call that is still to be written down. */
export function subjectAfterReload(now: DeskState): void {
  if (!now.subject && now.agent?.state === "wrap-up" && now.agent.call_id) turnTo(now.agent.call_id);
}
