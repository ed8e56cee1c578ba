/** "Recording" in the call bar, and the way to pause it with a reason while a secret is spoken. */

import { html, nothing, type TemplateResult } from "lit";
import { controlAway, ofCall } from "../acts";
import { icon } from "../live";
import { store, type DeskState } from "../store";
import { say } from "../words";

const REASONS = ["record_id_card", "record_bank_card", "record_password", "record_other"] as const;

export function recordMark(now: DeskState): TemplateResult {
  const call = now.call;
  const paused = Boolean(call?.recording_paused);
  const words = say(paused ? "record_paused" : call?.recording ? "recording" : "not_recording");
  const open = now.openMenu === "record";
  return html`<button class="rec ${paused ? "paused" : call?.recording ? "on" : ""}" type="button" data-act="record-menu" data-recording=${paused ? "paused" : call?.recording ? "on" : "off"}
      aria-haspopup="menu" aria-expanded=${open} ?disabled=${controlAway() || !call?.recording} title=${say(paused ? "record_resume" : "record_pause")}
      @click=${() => (paused ? void ofCall("record_resume") : store.patch({ openMenu: open ? "" : "record" }))}><i></i>${words}</button>
    ${open && !paused ? menu() : nothing}`;
}

function menu(): TemplateResult {
  return html`<div class="menu record-menu" role="menu">
    <p class="menu-head">${say("record_pause")}</p>
    ${REASONS.map((reason) => html`<button type="button" role="menuitem" data-act="record-pause" data-reason=${reason} @click=${() => pause(say(reason))}>${icon("pause", "s")}${say(reason)}</button>`)}
  </div>`;
}

function pause(reason: string): void {
  store.patch({ openMenu: "" });
  void ofCall("record_pause", { reason });
}
