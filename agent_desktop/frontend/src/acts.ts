/** What the agent can do with a call and with their own state, from a button or a key. */

import { inCall } from "./bar-mode";
import type { CommandArgs, CommandKind, Reply, SpyMode } from "./frames";
import { Microphone } from "./microphone";
import { notify } from "./notices";
import { forOperators } from "./operator-words";
import { refusal } from "./refusals";
import { Phone } from "./phone";
import type { DeskSocket } from "./socket";
import { store } from "./store";
import { note } from "./subject";
import { say } from "./words";

export interface Desk {
  phone: Phone;
  mic: Microphone;
  socket: DeskSocket;
}

let desk: Desk | null = null;

export function useDesk(parts: Desk): void {
  desk = parts;
}

export function microphone(): Microphone | null {
  return desk?.mic ?? null;
}

export function answer(): void {
  desk?.phone.answer();
}

export function toggleMute(): void {
  if (store.state.session !== "up") return;
  const muted = !store.state.muted;
  desk?.phone.mute(muted);
  note(muted ? "ev_muted" : "ev_unmuted");
}

export async function toggleHold(): Promise<void> {
  const call = store.state.call;
  if (store.state.session !== "up" || !call) return;
  await command(call.state === "held" ? "retrieve" : "hold", { call_id: call.id });
}

/** The server hangs up; when it cannot be asked or refuses, the phone does it by BYE. */
export async function hangUp(): Promise<void> {
  if (store.state.session === "none" || store.state.session === "ringing" || !desk) return;
  if (store.state.spy) {
    if (!(await command("spy_end")).ok) desk.phone.hangUp();
    return;
  }
  const callId = store.state.call?.id ?? store.state.sessionCallId;
  if (!callId || !desk.socket.open || store.state.system?.cti !== "up") {
    desk.phone.hangUp();
    return;
  }
  const reply = await desk.socket.command("hang_up", { call_id: callId });
  if (reply.ok || !inCall(store.state)) return;
  notify("warn", say("hung_up_directly"));
  desk.phone.hangUp();
}

export async function becomeReady(): Promise<boolean> {
  return (await command(store.state.agent?.state === "wrap-up" ? "wrap_up_done" : "ready")).ok;
}

/** Call control answers: commands about other parties make sense. */
export function controlAway(): boolean {
  const { link, system, call } = store.state;
  return link !== "up" || system?.cti !== "up" || !call;
}

/** A command about the call at this desk; a refusal is shown. */
export async function ofCall(kind: CommandKind, args: CommandArgs = {}): Promise<Reply> {
  const call = store.state.call;
  return command(kind, call ? { call_id: call.id, ...args } : args);
}

/** The same for a dialog that shows the refusal itself. */
export async function askQuietly(kind: CommandKind, args: CommandArgs): Promise<Reply> {
  const call = store.state.call;
  return desk ? desk.socket.command(kind, call ? { call_id: call.id, ...args } : args) : { ok: false, code: "offline", text: say("code_offline") };
}

export async function anyCommand(kind: CommandKind, args: CommandArgs = {}): Promise<Reply> {
  return command(kind, args);
}

/** What may have failed only because call control is away or late: the phone dials itself then. */
const DIAL_OURSELVES = new Set(["cti_down", "expired", "offline", "no_reply", "ami_down", "switch_refused", "unknown_command"]);
const EMERGENCY_DEADLINE_MS = 2500;

/** Dials at once, by call control or, when it is away, by this phone itself. */
export async function dialEmergency(service: string): Promise<void> {
  store.patch({ sosArmed: false });
  if (store.state.session !== "up" || !desk) return notify("warn", say("sos_no_call"));
  note("ev_sos", service);
  const call = store.state.call;
  const said = forOperators();
  if (controlAway() || !call) return desk.phone.dialEmergency(service, said);
  const reply = await desk.socket.command("emergency", { call_id: call.id, service, ...said }, EMERGENCY_DEADLINE_MS);
  if (reply.ok) return;
  if (DIAL_OURSELVES.has(reply.code)) desk.phone.dialEmergency(service, said);
  else notify("bad", refusal(reply));
}

/** One key tries all routes again. */
export function emergencyAgain(): void {
  const service = store.state.call?.emergency?.service;
  if (controlAway() && service) void dialEmergency(service);
  else void ofCall("emergency_again", forOperators());
}

/** Escape: ends what rings now and nothing that has answered. */
export function cancelRinging(): boolean {
  const { call, ownEmergency } = store.state;
  if (ownEmergency?.state === "dialling") desk?.phone.cancelEmergency();
  else if (call?.emergency?.state === "trying") void ofCall("emergency_cancel");
  else if (call?.threeway?.state === "asked" || call?.threeway?.state === "ringing") void ofCall("three_way_cancel");
  else if (call?.transfer?.state === "asked") void ofCall("transfer_cancel");
  else return false;
  return true;
}

export async function spy(mode: SpyMode, agent: string): Promise<void> {
  if ((await command(mode, { agent })).ok) heardAs(mode);
}

/** The running ear, or the one that is about to ring here, is of this kind. */
export function heardAs(mode: SpyMode): void {
  store.patch(store.state.spy ? { spy: mode, spyAsked: mode } : { spyAsked: mode });
}

export async function toggleHand(): Promise<void> {
  await command(store.state.agent?.hand_raised_at ? "lower_hand" : "raise_hand");
}

export async function pause(reason: string): Promise<void> {
  await command("pause", { reason });
}

export function takeOver(): void {
  dispatchEvent(new CustomEvent("hotline:take-over"));
}

export function reconnectNow(): void {
  desk?.socket.connect();
}

async function command(kind: CommandKind, more: CommandArgs = {}): Promise<Reply> {
  if (!desk) return { ok: false, code: "offline", text: "" };
  const reply = await desk.socket.command(kind, more);
  if (!reply.ok) notify("bad", refusal(reply));
  return reply;
}
