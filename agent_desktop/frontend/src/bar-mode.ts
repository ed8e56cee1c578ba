/** Which face the call bar shows, from what the phone and the server say. */

import { dials } from "./dialling";
import type { DeskState } from "./store";

export type BarMode =
  | "loading" | "reader" | "offline" | "idle" | "paused" | "ringing"
  | "answering" | "no-audio" | "in-call" | "held" | "closing" | "wrap-up" | "requeued"
  | "dialling" | "asking" | "consult" | "three-way" | "transfer"
  | "sos" | "sos-failed" | "sos-up" | "sos-over" | "caller-gone" | "spying";

/** Modes in which others take part, or are being called. */
export const WITH_OTHERS: ReadonlySet<BarMode> = new Set<BarMode>(["asking", "consult", "three-way", "transfer", "sos", "sos-failed", "sos-up", "sos-over", "caller-gone"]);

/** "In call" needs audio that flows: a SIP answer alone is not enough. */
export function barMode(now: DeskState): BarMode {
  if (now.session === "ringing") return "ringing";
  if (now.session === "answering") return "answering";
  if (now.session === "up") return modeOfSession(now);
  if (now.role === "reader") return "reader";
  return modeOfAgent(now);
}

function modeOfSession(now: DeskState): BarMode {
  if (now.spy) return "spying";
  const others = now.audioFlows || now.audioFlowed ? modeOfOthers(now) : null;
  if (others) return others;
  if (!now.call && dials(now)) return "dialling";
  if (now.call?.state === "held") return "held";
  if (now.audioFlows) return "in-call";
  return now.audioFlowed ? "no-audio" : "answering";
}

/** An emergency goes before everything else that may be going on. */
function modeOfOthers({ call, ownEmergency, system }: DeskState): BarMode | null {
  if (ownEmergency && ownEmergency.state !== "sent") return "sos";
  if (call?.emergency?.state === "trying") return "sos";
  if (call?.emergency?.state === "failed") return "sos-failed";
  if (call?.caller_gone || call?.state === "caller-gone") return "caller-gone";
  if (call?.emergency?.state === "reached") return "sos-up";
  if (ownEmergency && system?.cti !== "up") return "sos-up";
  if (call?.transfer?.state === "asked") return "transfer";
  switch (call?.threeway?.state) {
    case "asked":
    case "ringing":
      return "asking";
    case "consulting":
      return "consult";
    case "merged":
      return call.state === "held" ? null : "three-way";
    default:
      return call?.emergency?.state === "ended" && call.state !== "held" ? "sos-over" : null;
  }
}

function modeOfAgent(now: DeskState): BarMode {
  switch (now.agent?.state) {
    case undefined:
      return "loading";
    case "ready":
    case "ringing":
      return "idle";
    case "talking":
      return now.sessionOver ? "closing" : "requeued";
    case "wrap-up":
      return "wrap-up";
    case "paused":
      return "paused";
    case "offline":
      return "offline";
  }
}

/** The coarse word of `data-call`, which tests and tools read. */
export function callWord(mode: BarMode): string {
  switch (mode) {
    case "ringing":
    case "in-call":
    case "held":
    case "wrap-up":
      return mode;
    case "answering":
    case "no-audio":
    case "dialling":
      return "answering";
    default:
      return WITH_OTHERS.has(mode) || mode === "spying" ? "in-call" : "idle";
  }
}

export function inCall(now: DeskState): boolean {
  return now.session !== "none";
}
