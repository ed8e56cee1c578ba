/** The call bar: state and timer, the two parties, the controls, and the agent's own state. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { answer, hangUp, reconnectNow, takeOver, toggleHold, toggleMute } from "../acts";
import { barMode, callWord, type BarMode } from "../bar-mode";
import { secondsSince, secondsUntil, spell } from "../clock";
import { icon, LiveElement } from "../live";
import { store, type DeskState } from "../store";
import { say } from "../words";
import { agentControls } from "./agent-state";

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
};

interface Fault {
  icon: string;
  text: string;
  act?: TemplateResult;
}

export class CallBar extends LiveElement {
  protected override ticks = true;

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
    marks.tone = now.mic === "lost" && now.role === "desk" ? "bad" : FACES[mode].tone;
    if (now.inviteAt) marks.inviteAt = String(now.inviteAt);
    document.title = title(now, mode);
  }

  protected override render(): TemplateResult {
    const now = store.state;
    const mode = barMode(now);
    return html`${state(now, mode)}
      <div class="cb-middle">${middle(now, mode)}${faultLine(now, mode)}</div>
      ${controls(now, mode)}${agentControls(now, mode)}`;
  }
}

function title(now: DeskState, mode: BarMode): string {
  const words = say(`state_${mode.replace("-", "_")}`);
  return mode === "ringing" ? `● ${words} ${now.card?.number_masked ?? ""}` : `${words} · 12345`;
}

function state(now: DeskState, mode: BarMode): TemplateResult {
  const face = FACES[mode];
  return html`<div class="cb-state">
    <span class="cb-word" role="status">${icon(face.icon, mode === "answering" || mode === "loading" ? "s spin" : "s")}${say(`state_${mode.replace("-", "_")}`)}</span>
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
      return spell(secondsSince(now.call?.answered_at));
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
      return html`<span class="rec ${now.call?.recording ? "on" : ""}"><i></i>${say(now.call?.recording ? "recording" : "not_recording")}</span
        ><span class="cut">${now.call?.queue_name ?? ""}</span>`;
    case "held":
      return `${say("state_in_call")} ${spell(secondsSince(now.call?.answered_at))}`;
    case "wrap-up":
      return say("wrap_up_left");
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
      return parties(now, mode);
    case "ringing":
      return ringing(now);
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

function parties(now: DeskState, mode: BarMode): TemplateResult {
  const number = now.card?.number_masked || now.call?.number_masked || now.sessionNumber || say("unknown_number");
  const far = bars(now.farLevel);
  const near = now.muted ? 0 : bars(now.nearLevel);
  const farWords = mode === "held" ? say("hears_music") : far > 1 ? say("talking") : say(mode === "in-call" ? "listening" : "state_answering");
  const nearWords = now.muted ? say("mic_muted") : say(now.mic === "silent" ? "mic_unknown" : now.mic === "lost" ? "mic_lost" : "mic_ok");
  return html`<div class="party ${mode === "in-call" && far > 1 ? "talks" : ""}">
      <span class="party-face">${icon("user")}</span>
      <span class="party-name"><b>${number}</b><span>${farWords}</span></span>${meter(far)}
    </div>
    <div class="party ${now.muted ? "muted" : ""}">
      <span class="party-face me">${icon(now.muted ? "mic-off" : "mic")}</span>
      <span class="party-name"><b>${say("me")}</b><span>${nearWords}</span></span>${meter(near)}
    </div>`;
}

/** 0…5 bars for an audio level of 0…1. */
function bars(level: number): number {
  return level < 0.004 ? 0 : Math.min(5, 1 + Math.floor(Math.sqrt(level) * 7));
}

function meter(level: number): TemplateResult {
  return html`<span class="vu" data-level=${level} aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></span>`;
}

function controls(now: DeskState, mode: BarMode): TemplateResult | typeof nothing {
  if (mode === "ringing") {
    return html`<div class="cb-acts"><button class="btn l go cb-answer" type="button" data-act="answer" @click=${answer}>${icon("phone")}${say("answer")}<kbd>F2</kbd></button></div>`;
  }
  if (now.session === "none") return nothing;
  const away = now.link !== "up" || now.system?.cti !== "up" || !now.call;
  const held = mode === "held";
  return html`<div class="cb-acts" role="toolbar" aria-label=${say("state_in_call")}>
    <button class="cbtn ${now.muted ? "on" : ""}" type="button" data-act="mute" aria-pressed=${now.muted} ?disabled=${now.session !== "up"} @click=${toggleMute}>
      ${icon(now.muted ? "mic-off" : "mic")}${say(now.muted ? "unmute" : "mute")}<small>F8</small></button>
    <button class="cbtn ${held ? "on" : ""}" type="button" data-act="hold" aria-pressed=${held} ?disabled=${away || now.session !== "up"} title=${away ? say("cti_down") : ""} @click=${toggleHold}>
      ${icon(held ? "play" : "pause")}${say(held ? "retrieve" : "hold")}<small>F9</small></button>
    <button class="cbtn hang" type="button" data-act="hang-up" @click=${hangUp}>${icon("phone-off")}${say("hang_up")}<small>⇧F2</small></button>
  </div>`;
}

/** The one most urgent thing that is wrong, in words, with what to do. */
function fault(now: DeskState): Fault | null {
  const talking = now.session === "up" || now.session === "answering";
  if (now.mic === "lost" && now.role === "desk") return { icon: "mic-off", text: say("mic_lost_text") };
  if (now.mic === "silent" && talking && !now.muted) return { icon: "mic-off", text: say("mic_silent") };
  if (now.link === "down" && Date.now() - now.linkDownAt > 800) {
    const act = html`<button class="btn s" type="button" @click=${reconnectNow}>${say("reconnect_now")}</button>`;
    return { icon: "wifi-off", text: say(talking ? "link_down_call" : "link_down"), act };
  }
  if (now.role !== "desk") return null;
  if (now.registration === "lost") return { icon: "unplug", text: say(talking ? "line_lost_call" : "line_lost") };
  if (now.system?.cti === "down") return { icon: "plug", text: say("cti_down") };
  if (now.system?.cti === "stale") return { icon: "clock", text: say("cti_stale") };
  if (now.soundBlocked) return { icon: "volume-2", text: say("sound_blocked") };
  return null;
}

function faultLine(now: DeskState, mode: BarMode): TemplateResult | typeof nothing {
  const wrong = mode === "ringing" ? null : fault(now);
  if (!wrong) return nothing;
  return html`<div class="cb-fault" role="alert">${icon(wrong.icon, "s")}<span>${wrong.text}</span>${wrong.act ?? nothing}</div>`;
}

customElements.define("call-bar", CallBar);
