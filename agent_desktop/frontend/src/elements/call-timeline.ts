/** What happened in this call so far, oldest first. */

import { html, type TemplateResult } from "lit";
import { clockTime, spell } from "../clock";
import { icon, LiveElement } from "../live";
import { waitedSeconds } from "../own-talk";
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
    const waited = waitedSeconds(call);
    known(call.answered_at, "ev_answered", waited === null ? "" : say("waited", { t: spell(waited) }));
  }
  return entries.sort((a, b) => a.at - b.at);
}

customElements.define("call-timeline", CallTimeline);
