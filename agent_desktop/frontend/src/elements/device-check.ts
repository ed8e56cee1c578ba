/** Microphone and line check: before log-in what the browser can tell, on the desk also line and server. */

import { html, nothing, type TemplateResult } from "lit";
import { inCall } from "../bar-mode";
import { icon, LiveElement } from "../live";
import type { Microphone } from "../microphone";
import { roundTripMs } from "../pulse";
import { playSample } from "../ringer";
import { store } from "../store";
import { showView } from "../views";
import { say } from "../words";
import { ready } from "./agent-state";

type Verdict = "ok" | "bad" | "wait";

interface Check {
  name: string;
  verdict: Verdict;
  text: string;
  act?: TemplateResult;
}

const BARS = 28;
const DRAW_EVERY_MS = 100;
const SPOKEN = 0.02;

let mic: Microphone | null = null;

export function useDeviceCheck(microphone: Microphone): void {
  mic = microphone;
}

export class DeviceCheck extends LiveElement {
  #devices: MediaDeviceInfo[] = [];
  #heard = false;
  #played = false;
  #timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = window.setInterval(() => this.#look(), DRAW_EVERY_MS);
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#listDevices());
    void this.#openIfAllowed();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  get #onDesk(): boolean {
    return this.getAttribute("place") === "desk";
  }

  #look(): void {
    if (!this.offsetParent) return;
    if ((mic?.level ?? 0) > SPOKEN) this.#heard = true;
    if (mic?.stream && !this.#devices.length) void this.#listDevices();
    this.requestUpdate();
  }

  /** On the log-in page the browser is asked only after a click, unless it already said yes. */
  async #openIfAllowed(): Promise<void> {
    if (this.#onDesk || !navigator.permissions) return;
    const status = await navigator.permissions.query({ name: "microphone" as PermissionName }).catch(() => null);
    if (status?.state === "granted") await mic?.open();
  }

  async #listDevices(): Promise<void> {
    this.#devices = (await mic?.devices()) ?? [];
  }

  protected override render(): TemplateResult {
    const checks = this.#checks();
    const passed = checks.filter((check) => check.verdict === "ok").length;
    return html`<h2><span class="step ${passed === checks.length ? "done" : ""}">${passed === checks.length ? icon("check", "s") : this.#onDesk ? icon("mic", "s") : "2"}</span>${say(this.#onDesk ? "check_title_desk" : "check_title_door")}
        <span class="tag end ${passed === checks.length ? "ok" : "brand"}">${passed} / ${checks.length}</span></h2>
      <div class="field">
        <label class="label" for="microphone">${say("microphone")}<span class="end">${say("say_something")}</span></label>
        <div class="box">${icon("mic")}<select id="microphone" @change=${(event: Event) => void mic?.choose((event.target as HTMLSelectElement).value)}>
          <option value="">${this.#devices.length ? say("default_device") : store.state.micLabel || say("default_device")}</option>
          ${this.#devices.filter((each) => each.deviceId && each.deviceId !== "default").map((each) => html`<option value=${each.deviceId} ?selected=${each.label === store.state.micLabel}>${each.label}</option>`)}
        </select>${icon("chevron-down", "s")}</div>
      </div>
      <div>${this.#meter()}</div>
      <ul class="checks">${checks.map(row)}</ul>
      ${this.#foot(checks)}`;
  }

  #meter(): TemplateResult {
    const level = mic?.level ?? 0;
    const on = level < 0.002 ? 0 : Math.min(BARS, Math.round(((20 * Math.log10(level) + 54) / 50) * BARS));
    const fine = this.#heard && on < BARS - 2;
    return html`<div class="meter" role="meter" aria-label=${say("ck_voice")} aria-valuemin="0" aria-valuemax=${BARS} aria-valuenow=${on}>
        ${Array.from({ length: BARS }, (_, index) => html`<i class="${index < on ? "on" : ""} ${index >= BARS - 4 ? "loud" : ""}"></i>`)}
      </div>
      <div class="meter-scale"><span>${say("too_quiet")}</span><b class=${fine ? "ok" : ""}>${say(fine ? "level_good" : "level_waiting")}</b><span>${say("too_loud")}</span></div>`;
  }

  #checks(): Check[] {
    const common = [this.#micCheck(), this.#voiceCheck(), this.#ringCheck()];
    return this.#onDesk ? [...common, lineCheck(), serverCheck()] : [...common, browserCheck()];
  }

  #micCheck(): Check {
    const name = "ck_mic";
    if (mic?.stream) return { name, verdict: "ok", text: say("ck_mic_ok") };
    const problem = mic?.problem ?? "none";
    if (!isSecureContext) return { name, verdict: "bad", text: say("ck_mic_insecure") };
    const act = html`<button type="button" class="btn s main" data-act="check" @click=${() => void mic?.open()}>${say("begin_check")}</button>`;
    if (problem === "none") return { name, verdict: "wait", text: say("ck_mic_wait"), act };
    return { name, verdict: "bad", text: say(problem === "denied" ? "ck_mic_denied" : "ck_mic_none"), act };
  }

  #voiceCheck(): Check {
    return { name: "ck_voice", verdict: this.#heard ? "ok" : "wait", text: say(this.#heard ? "ck_voice_ok" : "ck_voice_wait") };
  }

  #ringCheck(): Check {
    const play = () => {
      this.#played = true;
      playSample();
    };
    const act = html`<button type="button" class="btn s" @click=${play}>${icon("volume-2", "s")}${say("listen")}</button>`;
    return { name: "ck_ring", verdict: this.#played ? "ok" : "wait", text: say("ck_ring_text"), act };
  }

  #foot(checks: Check[]): TemplateResult | typeof nothing {
    if (!this.#onDesk || inCall(store.state)) return nothing;
    const broken = checks.some((check) => check.verdict === "bad") || !mic?.stream;
    const later = () => {
      sessionStorage.setItem("hotline-checked", "1");
      showView("desk");
    };
    return html`<div class="row"><button type="button" class="btn l main grow" data-act="ready" ?disabled=${broken || store.state.role !== "desk"} @click=${() => void ready()}>${say("start_ready")}</button>
      <button type="button" class="btn l later" data-act="later" @click=${later}>${say("start_paused")}</button></div>`;
  }
}

function lineCheck(): Check {
  const { registration } = store.state;
  if (store.state.role === "reader") return { name: "ck_line", verdict: "wait", text: say("reader_text") };
  const text = { registered: "ck_line_ok", connecting: "ck_line_wait", lost: "ck_line_bad" }[registration];
  const verdict: Verdict = registration === "registered" ? "ok" : registration === "lost" ? "bad" : "wait";
  return { name: "ck_line", verdict, text: say(text, { n: document.body.dataset.extension ?? "" }) };
}

function serverCheck(): Check {
  const up = store.state.link === "up";
  return { name: "ck_server", verdict: up ? "ok" : "bad", text: up ? say("ck_server_ok", { n: roundTripMs }) : say("server_down") };
}

function browserCheck(): Check {
  const able = "RTCPeerConnection" in window && "locks" in navigator && "indexedDB" in window;
  return { name: "ck_browser", verdict: able ? "ok" : "bad", text: say(able ? "ck_browser_ok" : "ck_browser_bad") };
}

const ICONS: Record<Verdict, string> = { ok: "circle-check", bad: "circle-x", wait: "circle" };

function row(check: Check): TemplateResult {
  const { verdict } = check;
  const mark = html`<span class="tag ${verdict === "wait" ? "" : verdict}">${say({ ok: "passed", bad: "failed", wait: "waiting_short" }[verdict])}</span>`;
  return html`<li data-check=${check.name} data-verdict=${verdict}><span class=${verdict}>${icon(ICONS[verdict], "l")}</span><span><b>${say(check.name)}</b><small>${check.text}</small></span><span class="row">${check.act ?? mark}</span></li>`;
}

customElements.define("device-check", DeviceCheck);
