/** What happened in this call so far, oldest first. */

import { html, type TemplateResult } from "lit";
import { clockTime, secondsBetween, spell } from "../clock";
import { icon, LiveElement } from "../live";
import { store, type DeskState, type TimelineEntry } from "../store";
import { say } from "../words";

export class CallTimeline extends LiveElement {
  protected override concerns(now: DeskState, before: DeskState): boolean {
    return now.timeline !== before.timeline || now.subjectCall !== before.subjectCall || now.subject !== before.subject;
  }

  protected override render(): TemplateResult {
    const entries = entriesOf(store.state);
    return html`<header>${icon("git-commit-horizontal", "s")}<h2>${say("timeline")}</h2></header>
      ${entries.length
        ? html`<ol class="timeline">${entries.map((entry) => html`<li data-event=${entry.key} class=${entry.key === "ev_ended" ? "last" : ""}><time>${clockTime(entry.at)}</time> <b>${say(entry.key)}</b> ${entry.detail ?? ""}</li>`)}</ol>`
        : html`<p class="soft small timeline-none">${say("timeline_none")}</p>`}`;
  }
}

/** The server's times of this call, and what this page saw, in one order. */
function entriesOf({ subjectCall: call, timeline, subject }: DeskState): TimelineEntry[] {
  const entries = [...timeline];
  const known = (iso: string | null, key: string, detail = "") => {
    if (iso) entries.push({ at: Date.parse(iso), key, detail });
  };
  if (call && call.id === subject) {
    known(call.arrived_at, call.fallback ? "ev_fallback" : "ev_arrived");
    known(call.joined_at, "ev_joined", call.queue_name);
    known(call.answered_at, "ev_answered", call.joined_at ? say("waited", { t: spell(secondsBetween(call.joined_at, call.answered_at)) }) : "");
  }
  return entries.sort((a, b) => a.at - b.at);
}

customElements.define("call-timeline", CallTimeline);
