/** Two faces of the form: the case is saved, and two people wrote the same draft. */

import { html, type TemplateResult } from "lit";
import type { Fields } from "../draft-shelf";
import { icon } from "../live";
import { notify } from "../notices";
import { say } from "../words";

export interface Saved {
  case_id: string;
  number: string;
  sync: "stored" | "pending";
  outcome: Fields["outcome"];
}

interface SavedActs {
  again: () => void;
  ready: () => void;
  wrapUp: boolean;
}

export function savedPanel(saved: Saved, acts: SavedActs): TemplateResult {
  const pending = saved.sync === "pending";
  return html`<div class="form-body saved" role="status">
      <span class="saved-mark ${pending ? "pending" : ""}">${icon(pending ? "clock" : "circle-check")}</span>
      <p class="saved-title">${say("saved_title")}${pending ? html` <span class="tag warn">${say("pending")}</span>` : ""}</p>
      <p class="saved-number" data-field="case-number">${saved.number || say("saved_pending")}</p>
      <p class="soft">${say(saved.outcome === "direct_answer" ? "saved_answer" : "saved_dispatch")}</p>
      <div class="row">
        ${saved.number ? html`<button type="button" class="btn" @click=${() => void copy(saved.number)}>${icon("copy", "s")}${say("copy_number")}</button>` : ""}
        <button type="button" class="btn" data-act="one-more" @click=${acts.again}>${icon("pencil", "s")}${say("one_more")}</button>
      </div>
    </div>
    ${acts.wrapUp ? html`<footer><button type="button" class="btn l main" data-act="ready" @click=${acts.ready}>${icon("check")}${say("wrap_up_done")}<kbd>Ctrl</kbd><kbd>↵</kbd></button></footer>` : ""}`;
}

async function copy(number: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(number);
    notify("ok", say("copied"));
  } catch {
    // Without the clipboard the number can still be selected by hand.
  }
}

/** Both texts side by side; nothing is lost whichever is taken. */
export function conflictPanel(mine: Fields, theirs: Fields, settle: (mine: boolean) => void): TemplateResult {
  const side = (title: string, fields: Fields, act: string, ours: boolean) => html`<div>
    <b>${say(title)}</b>
    <p>${fields.text || say("empty_text")}</p>
    <p>${fields.answer || say("empty_text")}</p>
    <button type="button" class="btn s" @click=${() => settle(ours)}>${say(act)}</button>
  </div>`;
  return html`<div class="conflict" role="alert">
    <p class="row">${icon("triangle-alert", "s")}<b>${say("conflict_title")}</b></p>
    <div class="two">${side("conflict_mine", mine, "take_mine", true)}${side("conflict_theirs", theirs, "take_theirs", false)}</div>
  </div>`;
}
