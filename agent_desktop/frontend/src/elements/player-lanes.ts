/** The drawn parts of the player: a lane, its gaps, the ruler, and what is wrong with a recording in words. */

import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { spell } from "../clock";
import { outline, rulerStep, type Lane, type Lanes } from "../lanes";
import { icon } from "../live";
import { hasWords, say } from "../words";

const ICONS: Record<string, string> = { caller: "user", agent: "headphones", specialist: "user-plus", emergency: "siren", supervisor: "ear", centre: "building-2" };

export interface LaneState {
  heard: boolean;
  alone: boolean;
  sounds: boolean;
}

export interface LaneActs {
  silence: () => void;
  alone: () => void;
}

export function laneRow(call: Lanes, lane: Lane, state: LaneState, acts: LaneActs): TemplateResult {
  const who = laneName(lane);
  const lacks = lane.track === null;
  return html`<div class="lane" data-role=${lane.role} data-party=${lane.party} data-heard=${state.heard} data-sounding=${state.sounds} data-fault=${lane.fault}>
    <div class="lane-head">
      <span class="lane-face">${icon(ICONS[lane.role] ?? "user", "s")}</span>
      <span class="lane-who" title=${who}><b class="cut">${say(`role_${lane.role}`)}</b><span class="cut soft">${[lane.role === "agent" ? lane.party : "", lane.name].filter(Boolean).join(" ")}</span></span>
      <button type="button" class="lane-key" data-act="silence" aria-pressed=${!state.heard} aria-label=${say("lane_silence", { t: who })} title=${say("lane_silence", { t: who })} ?disabled=${lacks} @click=${acts.silence}>${icon(state.heard ? "volume-2" : "volume-x", "s")}</button>
      <button type="button" class="lane-key solo" data-act="alone" aria-pressed=${state.alone} aria-label=${say("lane_alone", { t: who })} title=${say("lane_alone", { t: who })} ?disabled=${lacks} @click=${acts.alone}>${say("lane_alone_short")}</button>
    </div>
    <svg class="lane-line" aria-hidden="true">${hatch(lane)}${drawn(call, lane)}${call.pauses.map((pause) => gap(call, pause.begins, pause.ends, lane))}</svg>
  </div>`;
}

/** "坐席 1001 王晓敏". */
export function laneName(lane: Lane): string {
  return [say(`role_${lane.role}`), lane.role === "agent" ? lane.party : "", lane.name].filter(Boolean).join(" ");
}

function drawn(call: Lanes, lane: Lane): SVGTemplateResult {
  const x = share(lane.begins, call.seconds);
  const width = share(lane.seconds, call.seconds);
  if (lane.track === null) {
    const why = lane.state === "expired" ? "lane_expired" : lane.state === "recording" ? "lane_open" : "lane_missing";
    const middle = share(lane.begins + lane.seconds / 2, call.seconds);
    return svg`<rect class="lane-missing" x=${x} width=${width} y="3" height="26" rx="4"/><text x=${middle} y="20" text-anchor="middle">${say(why)}</text>`;
  }
  const path = lane.peaks.length > 1 ? svg`<path d=${outline(lane.peaks)}/>` : nothing;
  return svg`<rect class="lane-file" x=${x} width=${width} y="1" height="30" rx="4"/>
    <svg x=${x} width=${width} y="1" height="30" viewBox=${`0 0 ${Math.max(1, lane.peaks.length - 1)} 100`} preserveAspectRatio="none">${path}</svg>`;
}

function hatch(lane: Lane): SVGTemplateResult {
  return svg`<defs><pattern id=${hatchName(lane)} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/><rect class="hatch-stroke" width="2.5" height="7"/></pattern></defs>`;
}

function gap(call: Lanes, begins: number, ends: number, lane: Lane): SVGTemplateResult {
  const from = Math.max(begins, lane.begins);
  const to = Math.min(ends, lane.begins + lane.seconds);
  if (to <= from || lane.track === null) return svg``;
  return svg`<rect class="lane-gap" x=${share(from, call.seconds)} width=${share(to - from, call.seconds)} y="1" height="30" fill=${`url(#${hatchName(lane)})`}/>`;
}

function hatchName(lane: Lane): string {
  return `hatch-${lane.role}-${lane.track ?? "none"}-${Math.round(lane.begins * 10)}`;
}

export function ruler(seconds: number): TemplateResult {
  const step = rulerStep(seconds);
  const marks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, n) => n * step).filter((at) => at <= seconds * 0.97);
  return html`<svg class="player-ruler" aria-hidden="true">${marks.map((at) => svg`<line x1=${share(at, seconds)} x2=${share(at, seconds)} y1="0" y2="5"/><text x=${share(at, seconds)} y="17" dx=${at ? "0" : "1"} text-anchor=${at ? "middle" : "start"}>${spell(at)}</text>`)}</svg>`;
}

/** The pauses in words: a drawing alone tells nobody why. */
export function gaps(call: Lanes): TemplateResult | typeof nothing {
  if (!call.pauses.length) return nothing;
  return html`<ul class="player-notes">${call.pauses.map(
    (pause) => html`<li class="gap-note"><i aria-hidden="true"></i>${say("pause_gap", { n: spell(Math.floor(pause.begins)), t: spell(Math.ceil(pause.ends)), r: reason(pause.reason) })}${pause.by ? html`<span class="soft">${say("pause_by", { n: pause.by })}</span>` : nothing}</li>`,
  )}</ul>`;
}

function reason(code: string): string {
  return hasWords(`record_${code}`) ? say(`record_${code}`) : code;
}

export function faults(call: Lanes): TemplateResult | typeof nothing {
  const wrong = call.lanes.filter((lane) => lane.fault);
  if (!wrong.length) return nothing;
  return html`<ul class="player-notes">${wrong.map(
    (lane) => html`<li class="fault-note ${lane.fault === "repaired" ? "" : "warnc"}" data-fault=${lane.fault}>${icon(lane.fault === "repaired" ? "circle-check" : "triangle-alert", "s")}${laneName(lane)} ${say(`fault_${lane.fault}`)}</li>`,
  )}</ul>`;
}

function share(seconds: number, all: number): string {
  return `${all ? ((seconds / all) * 100).toFixed(3) : 0}%`;
}
