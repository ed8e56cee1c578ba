/** The strip at the bottom: queues, draft, microphone, line, server, and the test-mode mark. */

import { html, nothing, type TemplateResult } from "lit";
import { secondsSince, spell } from "../clock";
import { icon, LiveElement } from "../live";
import { store, type DeskState } from "../store";
import { say } from "../words";
import { draftWords } from "./draft-words";

export class StatusStrip extends LiveElement {
  protected override ticks = true;

  protected override render(): TemplateResult {
    const now = store.state;
    return html`${now.system?.test_mode ? html`<span class="tag third" title=${say("test_mode_title")} data-badge="test-mode">${icon("flask-conical")}${say("test_mode")}</span>` : nothing}
      ${queues(now)}
      <span class="strip-bar"></span>
      <span class="row">${icon(now.draftPlace === "typing" ? "pencil" : "cloud-check", "s")}${draftWords(now)}</span>
      <span class="end row ${tone(now.mic === "ok")}" data-light="mic">${icon(now.mic === "ok" ? "mic" : "mic-off", "s")}<span class="cut strip-mic">${micWords(now)}</span></span>
      <span class="row ${tone(now.registration === "registered")}" data-light="line">${icon(now.registration === "registered" ? "wifi" : "wifi-off", "s")}${lineWords(now)}</span>
      ${now.system?.database === "down" ? html`<span class="row warnc" data-light="database">${icon("database", "s")}${say("database_down")}</span>` : nothing}
      <span class="row ${tone(now.link === "up" && now.system?.cti === "up")}" data-light="server">${icon(now.link === "up" ? "plug" : "unplug", "s")}${serverWords(now)}</span>`;
  }
}

function tone(fine: boolean): string {
  return fine ? "okc" : "badc";
}

function queues(now: DeskState): TemplateResult {
  const waiting = now.queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const first = now.queues.map((queue) => queue.longest_joined_at).filter((at): at is string => Boolean(at)).sort()[0];
  const ready = now.queues.reduce((most, queue) => Math.max(most, queue.ready), 0);
  return html`<span data-light="queues">${say("waiting")} <b class=${waiting ? "warnc" : ""}>${waiting}</b>${first ? html` · ${say("longest")} <b>${spell(secondsSince(first))}</b>` : nothing}</span>
    <span>${say("ready_agents")} <b>${ready}</b></span>`;
}

function micWords(now: DeskState): string {
  if (now.mic === "ok") return now.micLabel || say("mic_ok");
  return say({ lost: "mic_lost", silent: "mic_silent", unknown: "mic_unknown" }[now.mic]);
}

function lineWords(now: DeskState): string {
  if (now.role === "reader") return say("state_reader");
  return say({ registered: "line_up", connecting: "line_connecting", lost: "line_down" }[now.registration]);
}

function serverWords(now: DeskState): string {
  if (now.link !== "up") return say("server_down");
  return say(now.system?.cti === "down" ? "cti_down_short" : "server_up");
}

customElements.define("status-strip", StatusStrip);
