/** The one most urgent thing that is wrong at this desk, and what to do about it. */

import { html, nothing, type TemplateResult } from "lit";
import { reconnectNow } from "../acts";
import { icon } from "../live";
import type { DeskState } from "../store";
import { showView } from "../views";
import { say } from "../words";

export interface Fault {
  icon: string;
  /** Stands in the place of the state's word. */
  word?: string;
  tone?: string;
  text: string;
  act?: TemplateResult;
}

/** In words, with what to do; nothing when all is well. */
export function fault(now: DeskState): Fault | null {
  const talking = now.session === "up" || now.session === "answering";
  if (now.mic === "lost" && now.role === "desk") {
    const act = html`<button class="btn s" type="button" data-act="mic-check" @click=${() => showView("check")}>${say("check_again")}</button>`;
    return { icon: "mic-off", word: "mic_lost", tone: "bad", text: say("mic_lost_text"), act };
  }
  if (now.mic === "silent" && talking && !now.muted) return { icon: "mic-off", text: say("mic_silent") };
  if (now.link === "down" && Date.now() - now.linkDownAt > 800) {
    const act = html`<button class="btn s" type="button" @click=${reconnectNow}>${say("reconnect_now")}</button>`;
    return { icon: "wifi-off", word: "reconnecting", tone: "grey", text: say(talking ? "link_down_call" : "link_down"), act };
  }
  if (now.role !== "desk") return null;
  if (now.registration === "lost") return { icon: "unplug", text: say(talking ? "line_lost_call" : "line_lost") };
  if (now.system?.cti === "down") return { icon: "plug", word: "cti_down_short", tone: "bad", text: say(talking ? "cti_down_call" : "cti_down") };
  if (now.system?.cti === "stale") return { icon: "clock", text: say("cti_stale") };
  if (now.ownEmergency?.state === "sent") return { icon: "siren", text: say("sos_sent", { n: now.ownEmergency.service }) };
  if (now.soundBlocked) return { icon: "volume-2", text: say("sound_blocked") };
  return null;
}

export function faultLine(wrong: Fault | null): TemplateResult | typeof nothing {
  if (!wrong) return nothing;
  return html`<div class="cb-fault" role="alert">${wrong.word ? nothing : icon(wrong.icon, "s")}<span>${wrong.text}</span>${wrong.act ?? nothing}</div>`;
}
