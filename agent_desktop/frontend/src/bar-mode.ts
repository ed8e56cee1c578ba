/** Which face the call bar shows, from what the phone and the server say. */

import type { DeskState } from "./store";

export type BarMode =
  | "loading" | "reader" | "offline" | "idle" | "paused" | "ringing"
  | "answering" | "no-audio" | "in-call" | "held" | "closing" | "wrap-up" | "requeued";

/** "In call" needs audio that flows: a SIP answer alone is not enough. */
export function barMode(now: DeskState): BarMode {
  if (now.session === "ringing") return "ringing";
  if (now.session === "answering") return "answering";
  if (now.session === "up") return modeOfSession(now);
  if (now.role === "reader") return "reader";
  return modeOfAgent(now);
}

function modeOfSession(now: DeskState): BarMode {
  if (now.call?.state === "held") return "held";
  if (now.audioFlows) return "in-call";
  return now.audioFlowed ? "no-audio" : "answering";
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
      return "answering";
    default:
      return "idle";
  }
}

export function inCall(now: DeskState): boolean {
  return now.session !== "none";
}
