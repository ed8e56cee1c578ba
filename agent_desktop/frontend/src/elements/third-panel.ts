/** What goes on with the third party: the specialist asked, the emergency routes tried, the transfer. */

import { html, nothing, type TemplateResult } from "lit";
import { ofCall } from "../acts";
import { secondsSince, spell } from "../clock";
import type { Call, Emergency, ThreeWay, Transfer } from "../frames";
import { icon, LiveElement } from "../live";
import { store } from "../store";
import { say } from "../words";

export class ThirdPanel extends LiveElement {
  protected override ticks = true;
  /** Entries for which the agent has said whether it helped. */
  #said = new Map<string, boolean>();

  protected override updated(): void {
    this.hidden = !this.firstElementChild;
  }

  protected override render(): TemplateResult | typeof nothing {
    const call = store.state.call ?? store.state.subjectCall;
    if (!call || call.id !== store.state.subject) return nothing;
    if (call.emergency && call.emergency.state !== "cancelled") return emergency(call.emergency, call);
    if (call.transfer?.state === "asked" || call.transfer?.state === "failed") return transfer(call.transfer);
    return call.threeway ? this.#threeWay(call.threeway, call) : nothing;
  }

  #threeWay(asked: ThreeWay, call: Call): TemplateResult {
    const failed = asked.state === "ended" && asked.reason !== "" && asked.reason !== "left";
    return html`<header class="third">${icon("user-plus", "s")}<h2 class="cut">${say("third_title")} · ${asked.department}</h2>${tag(say(`three_${failed ? "failed" : asked.state}`), failed ? "bad" : asked.state === "merged" || asked.state === "consulting" ? "ok" : "")}</header>
      <div class="third-body">
        <p>${threeWords(asked)}</p>
        ${asked.numbers > 1 && asked.state === "ringing" ? html`<p class="soft">${say("three_number", { n: asked.number_index, t: asked.numbers })}</p>` : nothing}
        ${failed ? html`<p class="badc">${say(`reason_${asked.reason}`)}</p>` : nothing}
        ${asked.state === "ended" && !failed ? this.#solved(asked, call) : nothing}
      </div>`;
  }

  /** After the talk: did it help? A fact of the case. */
  #solved(asked: ThreeWay, call: Call): TemplateResult {
    const said = this.#said.get(call.id);
    const answer = (solved: boolean) => async () => {
      if (!(await ofCall("solved", { call_id: call.id, entry: asked.entry, solved })).ok) return;
      this.#said.set(call.id, solved);
      this.requestUpdate();
    };
    return html`<div class="row"><span>${say("solved_question")}</span>
      <button class="btn s ${said === true ? "main" : ""}" type="button" data-act="solved" @click=${answer(true)}>${icon("check", "s")}${say("solved_yes")}</button>
      <button class="btn s ${said === false ? "main" : ""}" type="button" data-act="unsolved" @click=${answer(false)}>${say("solved_no")}</button></div>`;
  }
}

function threeWords(asked: ThreeWay): string {
  const t = spell(secondsSince(asked.since));
  return say(`three_${asked.state}_text`, { t });
}

function emergency(pressed: Emergency, call: Call): TemplateResult {
  const tone = pressed.state === "reached" ? "ok" : "bad";
  return html`<header class="sos-head">${icon("siren", "s")}<h2>${say("sos_panel", { n: pressed.service })}</h2>${tag(say(`sos_state_${pressed.state}`), tone)}</header>
    <div class="third-body">
      <ul class="routes">
        ${pressed.tried.map((each) => html`<li class="badc">${icon("circle-x", "s")}<span class="cut">${each.route}</span><span class="end">${say(`reason_${each.reason}`)}</span></li>`)}
        ${pressed.state === "trying" || pressed.state === "reached" ? html`<li class=${pressed.state === "reached" ? "okc" : "warnc"}>${icon(pressed.state === "reached" ? "circle-check" : "loader", "s")}<span class="cut">${pressed.route || pressed.service}</span><span class="end">${say(pressed.state === "reached" ? "sos_answered" : "sos_ringing")}</span></li>` : nothing}
      </ul>
      <p>${say(pressed.state === "failed" ? "sos_failed_text" : call.caller_gone ? "caller_gone_text" : "sos_stay_text")}</p>
    </div>`;
}

function transfer(asked: Transfer): TemplateResult {
  return html`<header>${icon("phone-forwarded", "s")}<h2 class="cut">${say("transfer")} · ${asked.target_name}</h2>${tag(say(`transfer_${asked.state}`), asked.state === "failed" ? "bad" : "")}</header>
    <div class="third-body"><p>${asked.state === "failed" ? say(`reason_${asked.reason}`) : say("transfer_asked_text")}</p></div>`;
}

function tag(words: string, tone: string): TemplateResult {
  return html`<span class="tag ${tone || "third"} end">${words}</span>`;
}

customElements.define("third-panel", ThirdPanel);
