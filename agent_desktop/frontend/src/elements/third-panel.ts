/** What goes on with the third party: the specialist asked, the emergency routes tried, the transfer. */

import { html, nothing, type TemplateResult } from "lit";
import { ofCall } from "../acts";
import { secondsBetween, secondsSince, spell } from "../clock";
import type { Call, Emergency, ThreeWay, Transfer } from "../frames";
import { icon, LiveElement } from "../live";
import { store } from "../store";
import { say } from "../words";

export class ThirdPanel extends LiveElement {
  protected override ticks = true;
  /** Entries for which the agent has said whether it helped. */
  #said = new Map<string, boolean>();
  /** The call whose case was saved: what was said then is settled. */
  #saved = "";

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("hotline:case-saved", (event) => {
      this.#saved = (event as CustomEvent<string>).detail;
      this.requestUpdate();
    });
  }

  protected override updated(): void {
    this.hidden = !this.firstElementChild;
  }

  protected override render(): TemplateResult | typeof nothing {
    const call = store.state.call ?? store.state.subjectCall;
    if (!call || call.id !== store.state.subject) return nothing;
    if (call.emergency && stands(call.emergency, call)) return emergency(call.emergency, call);
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

  /** After the talk: did it help? A fact of the case, which may be said again until the case is saved. */
  #solved(asked: ThreeWay, call: Call): TemplateResult {
    const key = `${call.id} ${asked.entry}`;
    const said = this.#said.get(key) ?? asked.solved;
    const settled = this.#saved === call.id;
    const answer = (solved: boolean) => async () => {
      if (!(await ofCall("solved", { call_id: call.id, entry: asked.entry, solved })).ok) return;
      this.#said.set(key, solved);
      this.requestUpdate();
    };
    return html`<div class="row"><span>${say("solved_question")}</span>
      <button class="btn s ${said === true ? "main" : ""}" type="button" data-act="solved" aria-pressed=${said === true} ?disabled=${settled} title=${settled ? say("solved_saved") : ""} @click=${answer(true)}>${icon("check", "s")}${say("solved_yes")}</button>
      <button class="btn s ${said === false ? "main" : ""}" type="button" data-act="unsolved" aria-pressed=${said === false} ?disabled=${settled} title=${settled ? say("solved_saved") : ""} @click=${answer(false)}>${say("solved_no")}</button></div>`;
  }
}

function threeWords(asked: ThreeWay): string {
  const t = spell(secondsSince(asked.since));
  return say(`three_${asked.state}_text`, { t });
}

/** An emergency goes before everything else while it lasts; one that is over makes room for what came after it. */
function stands(pressed: Emergency, call: Call): boolean {
  if (pressed.state === "cancelled") return false;
  const other = call.transfer?.state === "asked" || (call.threeway && call.threeway.state !== "ended");
  return pressed.state !== "ended" || !other;
}

const SOS_TONES: Partial<Record<Emergency["state"], string>> = { reached: "ok", ended: "grey" };
const LAST_ROUTE: Partial<Record<Emergency["state"], [tone: string, icon: string, words: string]>> = {
  trying: ["warnc", "loader", "sos_ringing"],
  reached: ["okc", "circle-check", "sos_answered"],
  ended: ["okc", "circle-check", "sos_answered"],
};

function emergency(pressed: Emergency, call: Call): TemplateResult {
  const last = LAST_ROUTE[pressed.state];
  return html`<header class="sos-head">${icon("siren", "s")}<h2>${say("sos_panel", { n: pressed.service })}</h2>${tag(say(`sos_state_${pressed.state}`), SOS_TONES[pressed.state] ?? "bad")}</header>
    <div class="third-body">
      <ul class="routes">
        ${pressed.tried.map((each) => html`<li class="badc">${icon("circle-x", "s")}<span class="cut">${each.route}</span><span class="end">${say(`reason_${each.reason}`)}</span></li>`)}
        ${last ? html`<li class=${last[0]}>${icon(last[1], "s")}<span class="cut">${pressed.route || pressed.service}</span><span class="end">${say(last[2])}</span></li>` : nothing}
      </ul>
      <p>${sosWords(pressed, call)}</p>
    </div>`;
}

function sosWords(pressed: Emergency, call: Call): string {
  if (pressed.state === "failed") return say("sos_failed_text");
  if (pressed.state !== "ended") return say(call.caller_gone ? "caller_gone_text" : "sos_stay_text");
  const t = spell(secondsBetween(pressed.reached_at, pressed.since));
  return say(pressed.ended_by === "operator" ? "sos_ended_text" : "sos_lost_text", { t });
}

function transfer(asked: Transfer): TemplateResult {
  return html`<header>${icon("phone-forwarded", "s")}<h2 class="cut">${say("transfer")} · ${asked.target_name}</h2>${tag(say(`transfer_${asked.state}`), asked.state === "failed" ? "bad" : "")}</header>
    <div class="third-body"><p>${asked.state === "failed" ? say(`reason_${asked.reason}`) : say("transfer_asked_text")}</p></div>`;
}

function tag(words: string, tone: string): TemplateResult {
  return html`<span class="tag ${tone || "third"} end">${words}</span>`;
}

customElements.define("third-panel", ThirdPanel);
