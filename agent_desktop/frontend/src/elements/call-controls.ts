/** The keys at the right of the call bar: of a call, of a supervisor's ear, or the way back into a call. */

import { html, nothing, type TemplateResult } from "lit";
import { answer, hangUp, ofCall, spy } from "../acts";
import type { BarMode } from "../bar-mode";
import { callKeys, type CallKey } from "../call-keys";
import type { SpyMode } from "../frames";
import { icon } from "../live";
import type { DeskState } from "../store";
import { say } from "../words";

export function controls(now: DeskState, mode: BarMode): TemplateResult | typeof nothing {
  if (mode === "ringing") {
    return html`<div class="cb-acts cb-ringing"><button class="btn l go cb-answer" type="button" data-act="answer" @click=${answer}>${icon("phone")}${say("answer")}<kbd>F2</kbd></button></div>`;
  }
  if (mode === "spying") return spyControls(now);
  if (now.session === "none") return rejoinControl(now);
  return html`<div class="cb-acts" role="toolbar" aria-label=${say("state_in_call")}>${callKeys(now, mode).map(keyButton)}</div>`;
}

function keyButton(key: CallKey): TemplateResult {
  const tone = key.tone === "bad" ? "hang" : key.tone ? `tone-${key.tone}` : "";
  return html`<button class="cbtn ${tone} ${key.on ? "on" : ""}" type="button" data-act=${key.act} aria-pressed=${key.on ?? nothing} ?disabled=${Boolean(key.off)} title=${key.off || nothing} @click=${key.run}>
    ${icon(key.icon)}${key.words}<small>${key.hint}</small></button>`;
}

const SPY_MODES: [SpyMode, string][] = [["listen", "ear"], ["whisper", "message-square"], ["barge", "users"]];

function spyControls(now: DeskState): TemplateResult {
  const heard = now.agent?.supervising;
  const callId = heard?.call_id ?? "";
  return html`<div class="cb-acts" role="toolbar" aria-label=${say("state_spying")}>
    ${SPY_MODES.map(([mode, name]) => keyButton({ act: mode, icon: name, words: say(`spy_${mode}`), hint: "", run: () => void (heard && spy(mode, heard.agent)), on: now.spy === mode, off: heard ? "" : say("cti_down") }))}
    ${keyButton({ act: "take-over-call", icon: "phone-incoming", words: say("spy_take_over"), hint: "", run: () => void ofCall("take_over", { call_id: callId }), off: callId ? "" : say("cti_down") })}
    ${keyButton({ act: "hang-up", icon: "phone-off", words: say("spy_end"), hint: "⇧F2", run: () => void hangUp(), tone: "bad" })}
  </div>`;
}

/** A call that goes on without us: caller and specialist still talk, and there is a way back. */
function rejoinControl(now: DeskState): TemplateResult | typeof nothing {
  const left = now.agent?.left_call_id;
  if (!left || now.role !== "desk") return nothing;
  return html`<div class="cb-acts"><button class="btn main" type="button" data-act="rejoin" @click=${() => void ofCall("rejoin", { call_id: left })}>${icon("phone-call", "s")}${say("rejoin")}</button></div>`;
}
