/** The call bar: state and timer, the two parties, the controls, and the agent's own state. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { takeOver } from "../acts";
import { barMode, callWord, WITH_OTHERS, type BarMode } from "../bar-mode";
import { secondsSince, secondsUntil, spell } from "../clock";
import { icon, LiveElement } from "../live";
import { answeredHere } from "../own-talk";
import { store, type DeskState } from "../store";
import { say } from "../words";
import { agentControls } from "./agent-state";
import { controls } from "./call-controls";
import { fault, faultLine, type Fault } from "./call-fault";
import { partyChips } from "./party-chips";
import { recordMark } from "./record-mark";
import { sosRow } from "./sos-row";

const FACES: Record<BarMode, { icon: string; tone: string }> = {
  loading: { icon: "loader", tone: "grey" },
  reader: { icon: "monitor", tone: "grey" },
  offline: { icon: "circle", tone: "grey" },
  idle: { icon: "circle-check", tone: "ok" },
  paused: { icon: "coffee", tone: "grey" },
  ringing: { icon: "bell", tone: "warn" },
  answering: { icon: "loader", tone: "brand" },
  "no-audio": { icon: "triangle-alert", tone: "bad" },
  "in-call": { icon: "phone-call", tone: "brand" },
  held: { icon: "pause", tone: "grey" },
  closing: { icon: "phone-off", tone: "grey" },
  "wrap-up": { icon: "pencil", tone: "warn" },
  requeued: { icon: "phone-off", tone: "bad" },
  dialling: { icon: "phone-outgoing", tone: "brand" },
  asking: { icon: "user-plus", tone: "third" },
  consult: { icon: "users", tone: "third" },
  "three-way": { icon: "users", tone: "third" },
  transfer: { icon: "phone-forwarded", tone: "brand" },
  sos: { icon: "siren", tone: "bad" },
  "sos-failed": { icon: "siren", tone: "bad" },
  "sos-up": { icon: "siren", tone: "bad" },
  "sos-over": { icon: "phone-call", tone: "brand" },
  "caller-gone": { icon: "user-x", tone: "bad" },
  spying: { icon: "ear", tone: "third" },
};

export class CallBar extends LiveElement {
  protected override ticks = true;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("click", ignoreSecondClick, { capture: true });
  }

  protected override concerns(): boolean {
    return true;
  }

  protected override updated(_: PropertyValues): void {
    const now = store.state;
    const mode = barMode(now);
    const marks = this.dataset;
    marks.phone = now.registration === "registered" ? "registered" : "lost";
    marks.call = callWord(mode);
    marks.audio = now.audioFlows ? "flowing" : "none";
    marks.mode = mode;
    marks.agent = now.agent?.state ?? "";
    marks.muted = String(now.muted);
    marks.emergency = now.ownEmergency ? `own-${now.ownEmergency.state}` : (now.call?.emergency?.state ?? "");
    marks.threeway = now.call?.threeway?.state ?? "";
    marks.tone = (WITH_OTHERS.has(mode) ? null : fault(now)?.tone) ?? FACES[mode].tone;
    if (now.inviteAt) marks.inviteAt = String(now.inviteAt);
    document.title = title(now, mode);
  }

  protected override render(): TemplateResult {
    const now = store.state;
    const mode = barMode(now);
    const wrong = mode === "ringing" ? null : fault(now);
    const sos = now.session !== "none" && mode !== "ringing" && mode !== "spying";
    return html`${state(now, mode, wrong)}
      <div class="cb-middle ${wrong ? "with-fault" : ""}">${middle(now, mode)}${faultLine(wrong)}</div>
      ${controls(now, mode)}${sos ? sosRow(now) : nothing}${agentControls(now, mode)}`;
  }
}

/** The second half of a double click meant the button that stood there before. */
function ignoreSecondClick(event: MouseEvent): void {
  if (event.detail < 2 || !(event.target as Element).closest(".sos, .hang")) return;
  event.preventDefault();
  event.stopPropagation();
}

function title(now: DeskState, mode: BarMode): string {
  const words = stateWords(now, mode);
  return mode === "ringing" ? `● ${words} ${now.card?.number_masked ?? ""}` : `${words} · 12345`;
}

/** "Calling 110": the word names the service. */
function stateWords(now: DeskState, mode: BarMode): string {
  const n = now.ownEmergency?.service ?? now.call?.emergency?.service ?? "";
  return say(`state_${mode.replace("-", "_")}`, { n });
}

/** What is going on, in colour, icon and word; a fault stands there instead, but never before an emergency. */
function state(now: DeskState, mode: BarMode, wrong: Fault | null): TemplateResult {
  const face = FACES[mode];
  const fault = wrong?.word && !WITH_OTHERS.has(mode) ? wrong : null;
  const spin = mode === "answering" || mode === "loading" ? " spin" : "";
  return html`<div class="cb-state">
    <span class="cb-word" role="status">${fault ? icon(fault.icon, "s") : icon(face.icon, `s${spin}`)}${fault ? say(fault.word!) : stateWords(now, mode)}</span>
    <span class="cb-timer" role="timer">${timer(now, mode)}</span>
    <span class="cb-under">${under(now, mode)}</span>
  </div>`;
}

function timer(now: DeskState, mode: BarMode): string {
  switch (mode) {
    case "ringing":
      return spell(Math.floor((Date.now() - now.inviteAt) / 1000));
    case "held":
      return spell(secondsSince(now.call?.held_since));
    case "answering":
    case "no-audio":
    case "in-call":
    case "three-way":
    case "transfer":
    case "sos-up":
    case "sos-over":
    case "caller-gone":
      return spell(secondsSince(answeredHere(now.call)));
    case "asking":
    case "consult":
      return spell(secondsSince(now.call?.threeway?.since));
    case "sos":
    case "sos-failed":
      return spell(secondsSince(now.call?.emergency?.since));
    case "dialling":
      return spell(secondsSince(now.agent?.dial?.since));
    case "spying":
      return "";
    case "wrap-up":
      return spell(secondsUntil(now.agent?.wrap_up_until));
    case "loading":
    case "reader":
    case "closing":
      return "";
    default:
      return spell(secondsSince(now.agent?.since));
  }
}

function under(now: DeskState, mode: BarMode): TemplateResult | string {
  switch (mode) {
    case "in-call":
    case "no-audio":
    case "answering":
    case "three-way":
    case "transfer":
    case "sos-up":
      return html`${recordMark(now)}<span class="cut">${now.call?.queue_name ?? ""}</span>`;
    case "asking":
      return say(now.call?.state === "held" ? "caller_hears_music" : "caller_with_me");
    case "consult":
      return say("caller_hears_music");
    case "sos":
      return now.call?.emergency?.route || say(now.ownEmergency ? "sos_own_call" : "sos_stay");
    case "sos-failed":
      return say("sos_all_failed");
    case "sos-over":
      return say("sos_operator_left", { n: now.call?.emergency?.service ?? "" });
    case "caller-gone":
      return html`${recordMark(now)}<span class="cut">${say("caller_gone_short")}</span>`;
    case "spying":
      return now.agent?.supervising?.agent_name ?? "";
    case "held":
      return `${say("state_in_call")} ${spell(secondsSince(answeredHere(now.call)))}`;
    case "wrap-up":
      return now.agent?.wrap_up_extensions_left ? say("extensions_left", { n: now.agent.wrap_up_extensions_left }) : say("wrap_up_left");
    case "paused":
      return now.agent?.reason_name ?? now.agent?.reason ?? "";
    case "idle":
      return say("waiting_for_call");
    default:
      return "";
  }
}

function middle(now: DeskState, mode: BarMode): TemplateResult | typeof nothing {
  switch (mode) {
    case "in-call":
    case "no-audio":
    case "held":
    case "answering":
    case "asking":
    case "consult":
    case "three-way":
    case "transfer":
    case "sos":
    case "sos-failed":
    case "sos-up":
    case "sos-over":
    case "caller-gone":
      return partyChips(now, mode === "held" || (now.call?.state === "held" && mode !== "three-way"));
    case "spying":
      return html`<p class="cb-says">${say("spying_text", { t: now.agent?.supervising?.agent_name ?? "" })}</p>`;
    case "ringing":
      return ringing(now);
    case "dialling":
      return html`<p class="cb-says">${say(`dial_state_${now.agent?.dial?.state ?? "asked"}`)}</p>`;
    case "wrap-up":
      return html`<p class="cb-says">${say("wrap_up_note")}</p>`;
    case "requeued":
      return html`<p class="cb-says">${say("requeued_text")}</p>`;
    case "reader":
      return html`<p class="cb-says">${say("reader_text")}</p>
        <button class="btn main" type="button" data-act="take-over" @click=${takeOver}>${icon("monitor", "s")}${say("use_here")}</button>`;
    case "offline":
      return html`<p class="cb-says">${say("check_first")}</p>`;
    case "paused":
      return html`<p class="cb-says">${say("not_receiving")}</p>`;
    case "idle":
      return html`<p class="cb-says">${waiting(now)}</p>`;
    default:
      return nothing;
  }
}

function waiting(now: DeskState): TemplateResult {
  return html`<span class="cb-waiting">${say("waiting")}</span>${now.queues.filter((queue) => now.agent?.queues.includes(queue.id)).map((queue) => html`<span class="cb-queue">${queue.name} <b>${queue.waiting}</b></span>`)}`;
}

function ringing(now: DeskState): TemplateResult {
  const card = now.card;
  const number = card?.number_masked || now.call?.number_masked || now.sessionNumber || say("unknown_number");
  const open = card?.open_cases.length ?? 0;
  return html`<p class="cb-says">
    <b class="cb-number">${number}</b>${card?.name ? html`<span class="cut">${card.name}</span>` : nothing}<br />
    ${now.call?.queue_name ?? ""}${open ? ` · ${say("open_cases")} ${say("pieces", { n: open })}` : ""}${card && card.repeat_30d > 1 ? ` · ${say("repeat_30d", { n: card.repeat_30d })}` : ""}
  </p>`;
}

customElements.define("call-bar", CallBar);
