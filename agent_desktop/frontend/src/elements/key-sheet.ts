/** The sheet that lists the keys. */

import { html, type TemplateResult } from "lit";
import { LiveElement } from "../live";
import { say } from "../words";

const KEYS: [string[], string][] = [
  [["F2", "⇧F2"], "key_answer"],
  [["F8"], "key_mute"],
  [["F9"], "key_hold"],
  [["⇧F8"], "key_three"],
  [["⇧F9"], "key_transfer"],
  [["F10", "1–4"], "key_sos"],
  [["Esc"], "key_esc"],
  [["F6", "⇧F6"], "key_panes"],
  [["Ctrl+↵"], "key_submit"],
  [["Ctrl+S"], "key_draft"],
  [["1 – 6"], "key_kind"],
  [["Ctrl+K"], "key_dial"],
  [["Ctrl+/"], "key_sheet"],
];

export class KeySheet extends LiveElement {
  protected override concerns(): boolean {
    return false;
  }

  show(): void {
    const dialog = this.querySelector("dialog");
    if (dialog && !dialog.open) dialog.showModal();
  }

  protected override render(): TemplateResult {
    return html`<dialog class="sheet" aria-labelledby="keys-title">
      <h2 id="keys-title">${say("keys_title")}</h2>
      <dl class="keys">${KEYS.map(([keys, words]) => html`<dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${say(words)}</dd>`)}</dl>
      <p class="soft small">${say("key_note")}</p>
      <form method="dialog"><button class="btn">${say("close")}</button></form>
    </dialog>`;
  }
}

customElements.define("key-sheet", KeySheet);
