/** Ctrl+K: type a number, Enter calls it; our own phone answers by itself and the other side rings. */

import { html, nothing, type TemplateResult } from "lit";
import { askQuietly } from "../acts";
import { inCall } from "../bar-mode";
import { icon, LiveElement } from "../live";
import { notify } from "../notices";
import { refusal } from "../refusals";
import { store } from "../store";
import { say } from "../words";

export class DialBox extends LiveElement {
  #problem = "";

  protected override concerns(): boolean {
    return false;
  }

  show(): void {
    if (inCall(store.state)) return notify("warn", say("dial_in_call"));
    const dialog = this.querySelector("dialog");
    if (!dialog || dialog.open) return;
    this.#problem = "";
    dialog.showModal();
    this.querySelector("input")?.select();
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    return html`<dialog class="sheet" aria-labelledby="dial-title">
      <h2 id="dial-title">${say("dial_title")}</h2>
      <form @submit=${(event: SubmitEvent) => void this.#dial(event)}>
        <div class="box grow">${icon("phone-outgoing")}<input id="dial-number" inputmode="tel" maxlength="20" autocomplete="off" aria-label=${say("dial_number")} placeholder=${say("dial_number")} /></div>
        <button class="btn main" type="submit">${say("dial")}</button>
        <button class="btn" type="button" @click=${() => this.querySelector("dialog")?.close()}>${say("close")}</button>
      </form>
      ${this.#problem ? html`<p class="problem" role="alert">${this.#problem}</p>` : nothing}
      <p class="soft small">${say("dial_note")}</p>
    </dialog>`;
  }

  async #dial(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const number = this.querySelector<HTMLInputElement>("#dial-number")!.value.replace(/[\s-]/g, "");
    if (!/^\+?\d{3,20}$/.test(number)) this.#problem = say("dial_wrong");
    else {
      const reply = await askQuietly("dial", { number });
      this.#problem = reply.ok ? "" : refusal(reply);
      if (reply.ok) this.querySelector("dialog")?.close();
    }
    this.requestUpdate();
  }
}

customElements.define("dial-box", DialBox);
