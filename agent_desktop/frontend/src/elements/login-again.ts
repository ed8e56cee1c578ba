/** The log-in dialog that opens in place when the session is over: call and text stay. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { reconnectNow } from "../acts";
import { ask, useCsrf } from "../api";
import { LiveElement } from "../live";
import { refusal } from "../refusals";
import { store, type DeskState } from "../store";
import { say } from "../words";

export class LoginAgain extends LiveElement {
  #problem = "";
  #busy = false;

  protected override concerns(now: DeskState, before: DeskState): boolean {
    return now.loginNeeded !== before.loginNeeded;
  }

  protected override updated(_: PropertyValues): void {
    // Not modal: the call bar above it must still hang up, mute and hold.
    const dialog = this.querySelector("dialog");
    if (!store.state.loginNeeded || !dialog || dialog.open) return;
    dialog.show();
    dialog.querySelector("input")?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!store.state.loginNeeded) return nothing;
    return html`<div class="veil"></div><dialog class="sheet" aria-labelledby="again-title">
      <h2 id="again-title">${say("again_title")}</h2>
      <p>${say("again_text")}</p>
      <form @submit=${(event: SubmitEvent) => void this.#send(event)}>
        <div class="field"><span class="label">${say("agent_id")}</span><div class="box">${document.body.dataset.agent}</div></div>
        <div class="field"><label class="label" for="again-password">${say("password")}</label><div class="box"><input id="again-password" type="password" autocomplete="current-password" required /></div></div>
        ${this.#problem ? html`<p class="problem" role="alert">${this.#problem}</p>` : nothing}
        <button class="btn main l" type="submit" ?disabled=${this.#busy}>${say(this.#busy ? "logging_in" : "log_in")}</button>
      </form>
    </dialog>`;
  }

  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const password = this.querySelector<HTMLInputElement>("#again-password")!.value;
    this.#busy = true;
    this.requestUpdate();
    const { status, body } = await ask<{ csrf: string }>("POST", "/api/login", { agent: document.body.dataset.agent, password });
    this.#busy = false;
    this.#problem = status === 200 ? "" : refusal(body);
    if (status === 200) {
      useCsrf(body.csrf);
      store.patch({ loginNeeded: false });
      reconnectNow();
    }
    this.requestUpdate();
  }
}

customElements.define("login-again", LoginAgain);
