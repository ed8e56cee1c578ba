/** What the agent can do with a call and with their own state, from a button or a key. */

import { inCall } from "./bar-mode";
import type { CommandKind, Reply } from "./frames";
import { Microphone } from "./microphone";
import { notify } from "./notices";
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

export async function pause(reason: string): Promise<void> {
  await command("pause", { reason });
}

export function takeOver(): void {
  dispatchEvent(new CustomEvent("hotline:take-over"));
}

export function reconnectNow(): void {
  desk?.socket.connect();
}

async function command(kind: CommandKind, more: { call_id?: string; reason?: string } = {}): Promise<Reply> {
  if (!desk) return { ok: false, code: "offline", text: "" };
  const reply = await desk.socket.command(kind, more);
  if (!reply.ok) notify("bad", reply.text || say("command_lost"));
  return reply;
}
