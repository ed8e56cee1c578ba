/** What a supervisor can do with one seat; each act is audited on the server. */

import { html, nothing, type TemplateResult } from "lit";
import type { BoardCall, BoardSocket, Seat } from "../board-socket";
import { icon } from "../live";
import { say } from "../words";

type Act = (...command: Parameters<BoardSocket["command"]>) => Promise<boolean>;

export interface SeatChoice {
  seat: Seat;
  call: BoardCall | undefined;
  said: { ok: boolean; text: string } | null;
  act: Act;
}

export function seatActions({ seat, call, said, act }: SeatChoice): TemplateResult {
  const agent = seat.id;
  const talks = seat.state === "talking" && call !== undefined;
  const on = seat.state !== "offline";
  return html`<div class="wb-actions" data-chosen=${agent}>
    <div class="row"><b>${agent} ${seat.name}</b><span class="soft">${seat.pause_asked || seat.reason}</span>
      ${button("listen", "ear", "spy_listen", talks, () => void act("listen", { agent }))}
      ${button("whisper", "message-square", "spy_whisper", talks, () => void act("whisper", { agent }))}
      ${button("barge", "users", "spy_barge", talks, () => void act("barge", { agent }))}
      ${button("take-over-call", "phone-incoming", "take_over_call", talks, () => void act("take_over", { call_id: call?.id ?? "" }))}
      ${button("spy-end", "x", "spy_end", true, () => void act("spy_end", {}))}</div>
    <div class="row">
      ${button("force-ready", "circle-check", "force_ready", on && seat.state === "paused", () => void act("force", { agent, state: "ready" }))}
      ${button("force-paused", "coffee", "force_paused", on && seat.state !== "paused", () => void act("force", { agent, state: "paused" }))}
      ${button("force-offline", "log-out", "force_offline", on && !talks, () => void act("force", { agent, state: "offline" }))}
      <form class="row grow" @submit=${(event: SubmitEvent) => void send(event, agent, act)}>
        <span class="box grow"><input name="text" maxlength="200" autocomplete="off" aria-label=${say("message_to", { n: agent })} placeholder=${say("message_to", { n: agent })} /></span>
        <button class="btn s" type="submit" data-act="message" ?disabled=${!on}>${icon("send", "s")}${say("send")}</button>
      </form></div>
    <p class="soft">${said ? html`<b class=${said.ok ? "okc" : "badc"} role="status" data-said=${said.ok ? "ok" : "no"}>${said.text}</b> · ` : nothing}${say("spy_phone")}</p>
  </div>`;
}

function button(act: string, name: string, words: string, fits: boolean, run: () => void): TemplateResult {
  return html`<button class="btn s" type="button" data-act=${act} ?disabled=${!fits} @click=${run}>${icon(name, "s")}${say(words)}</button>`;
}

async function send(event: SubmitEvent, agent: string, act: Act): Promise<void> {
  event.preventDefault();
  const field = (event.target as HTMLFormElement).querySelector("input")!;
  const text = field.value.trim();
  if (text && (await act("message", { agent, text }))) field.value = "";
}
