/** One chip a party of the call, with state and its own menu: hold, mute, remove. */

import { html, nothing, type TemplateResult } from "lit";
import { controlAway, ofCall } from "../acts";
import { secondsSince, spell } from "../clock";
import type { CommandKind, Leg } from "../frames";
import { icon } from "../live";
import { store, type DeskState } from "../store";
import { say } from "../words";

const FACES: Record<string, { icon: string; tone: string }> = {
  caller: { icon: "user", tone: "" },
  specialist: { icon: "user-plus", tone: "third" },
  department: { icon: "building-2", tone: "third" },
  centre: { icon: "megaphone", tone: "third" },
  agent: { icon: "headphones", tone: "third" },
  emergency: { icon: "siren", tone: "sos" },
  supervisor: { icon: "eye", tone: "watch" },
};

export function partyChips(now: DeskState, held: boolean): TemplateResult {
  const others = (now.call?.legs ?? []).filter((leg) => leg.role !== "caller" && !isMe(leg, now));
  const callerLeg = now.call?.legs.find((leg) => leg.role === "caller");
  return html`<div class="parties" data-count=${others.length + 2}>
    ${callerChip(now, callerLeg, held, others.length)}
    ${others.map((leg) => otherChip(now, leg))}
    ${watcherChips(now, others)}
    ${meChip(now)}
  </div>`;
}

function isMe(leg: Leg, now: DeskState): boolean {
  return leg.role === "agent" && (leg.party === "" || leg.party === now.agent?.id);
}

function callerChip(now: DeskState, leg: Leg | undefined, held: boolean, others: number): TemplateResult {
  const number = now.card?.number_masked || now.call?.number_masked || now.sessionNumber || say("unknown_number");
  const gone = Boolean(now.call?.caller_gone);
  // With three in the room the one voice that comes here is everybody's: it is nobody's level.
  const far = others || held || gone ? 0 : bars(now.farLevel);
  const isHeld = held || Boolean(leg?.held);
  const words = gone ? say("caller_gone") : isHeld ? say("hears_music") : leg?.muted ? say("leg_muted") : far > 1 ? say("talking") : say("listening");
  return html`<div class="party caller ${far > 1 ? "talks" : ""} ${gone ? "gone" : ""} ${leg?.muted ? "muted" : ""}" data-party="caller" data-leg-state=${gone ? "gone" : "up"}>
    <span class="party-face">${icon(gone ? "user-x" : "user")}</span>
    <span class="party-name"><b>${number}</b><span>${words}</span></span>${others ? nothing : meter(far)}
    ${leg && others && !gone ? menuOf(now, leg, false) : nothing}
  </div>`;
}

function otherChip(now: DeskState, leg: Leg): TemplateResult {
  const face = FACES[leg.role] ?? FACES.specialist!;
  const mayEnd = leg.role !== "supervisor" && leg.role !== "emergency";
  return html`<div class="party ${face.tone} ${leg.state === "ringing" ? "rings" : ""} ${leg.muted ? "muted" : ""}" data-party=${leg.role} data-leg-state=${leg.state} title=${leg.label}>
    <span class="party-face">${icon(face.icon)}</span>
    <span class="party-name"><b class="cut">${leg.label || say(`role_${leg.role}`)}</b><span>${stateWords(leg)}</span></span>
    ${mayEnd && leg.state === "up" ? menuOf(now, leg, true) : nothing}
  </div>`;
}

function stateWords(leg: Leg): string {
  if (leg.role === "supervisor") return say("listening_in");
  if (leg.state === "ringing") return say("leg_rings", { t: spell(secondsSince(leg.since)) });
  if (leg.held) return say("hears_music");
  if (leg.muted) return say("leg_muted");
  return say("leg_up", { t: spell(secondsSince(leg.since)) });
}

/** Supervisors of whom the centre tells, when their leg is not among the parties. */
function watcherChips(now: DeskState, others: Leg[]): TemplateResult[] {
  const shown = new Set(others.filter((leg) => leg.role === "supervisor").map((leg) => leg.label));
  const hidden = (now.agent?.supervised_by ?? []).filter((name) => !shown.has(name));
  return hidden.map(
    (name) => html`<div class="party watch" data-party="supervisor" data-leg-state="up"><span class="party-face">${icon("eye")}</span><span class="party-name"><b class="cut">${name}</b><span>${say("listening_in")}</span></span></div>`,
  );
}

function meChip(now: DeskState): TemplateResult {
  const near = now.muted ? 0 : bars(now.nearLevel);
  const words = now.muted ? say("mic_muted") : say(now.mic === "silent" ? "mic_unknown" : now.mic === "lost" ? "mic_lost" : "mic_ok");
  return html`<div class="party me ${now.muted ? "muted" : ""}" data-party="me" data-leg-state="up">
    <span class="party-face me">${icon(now.muted ? "mic-off" : "mic")}</span>
    <span class="party-name"><b>${say("me")}</b><span>${words}</span></span>${meter(near)}
  </div>`;
}

function menuOf(now: DeskState, leg: Leg, removable: boolean): TemplateResult {
  const open = now.openMenu === leg.leg;
  return html`<button class="party-more" type="button" data-act="leg-menu" aria-haspopup="menu" aria-expanded=${open} aria-label=${say("more")} title=${say("more")}
      @click=${() => store.patch({ openMenu: open ? "" : leg.leg })}>${icon("ellipsis", "s")}</button>
    ${open
      ? html`<div class="menu party-menu" role="menu">
          ${item(leg, leg.held ? "retrieve_leg" : "hold_leg", leg.held ? "play" : "pause", leg.held ? "retrieve" : "hold")}
          ${item(leg, leg.muted ? "unmute_leg" : "mute_leg", leg.muted ? "mic" : "mic-off", leg.muted ? "unmute" : "mute")}
          ${removable ? item(leg, "remove_leg", "user-minus", "remove") : nothing}
        </div>`
      : nothing}`;
}

function item(leg: Leg, kind: CommandKind, name: string, words: string): TemplateResult {
  const act = () => {
    store.patch({ openMenu: "" });
    void ofCall(kind, { leg: leg.leg });
  };
  return html`<button type="button" role="menuitem" data-act=${kind.replace("_", "-")} ?disabled=${controlAway()} @click=${act}>${icon(name, "s")}${say(words)}</button>`;
}

/** 0…5 bars for an audio level of 0…1. */
export function bars(level: number): number {
  return level < 0.004 ? 0 : Math.min(5, 1 + Math.floor(Math.sqrt(level) * 7));
}

function meter(level: number): TemplateResult {
  return html`<span class="vu" data-level=${level} aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></span>`;
}
