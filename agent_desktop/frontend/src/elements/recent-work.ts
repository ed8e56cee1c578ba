/** The assist column's lists: the chosen case, my calls, my cases, and drafts not sent yet. */

import htmx from "htmx.org";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { clockTime, dayOf } from "../clock";
import { dropDraft, unsentDrafts, type KeptDraft } from "../draft-shelf";
import type { CaseLine } from "../frames";
import { icon, LiveElement } from "../live";
import { store, type DeskState } from "../store";
import { named, say } from "../words";
import { kindName, remaining } from "./caller-card";
import type { CaseForm } from "./case-form";
import { helpers } from "./helpers-asked";

type Tab = "case" | "calls" | "cases" | "drafts";
const PATHS: Partial<Record<Tab, string>> = { calls: "/desk/calls", cases: "/desk/cases" };
const RECORDING_CLOSES_MS = 2500;

export class RecentWork extends LiveElement {
  #tab: Tab = "calls";
  #chosen: CaseLine | null = null;
  #drafts: KeptDraft[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("hotline:case-chosen", (event) => this.#choose((event as CustomEvent<CaseLine>).detail));
    document.addEventListener("hotline:case-saved", () => this.#fill());
    store.follow((now, before) => this.#followDesk(now, before));
    void this.#countDrafts();
  }

  protected override concerns(): boolean {
    return false;
  }

  protected override firstUpdated(_: PropertyValues): void {
    this.#fill();
  }

  #followDesk(now: DeskState, before: DeskState): void {
    if (now.subject !== before.subject) {
      this.#chosen = null;
      if (this.#tab === "case") this.#tab = "calls";
      this.requestUpdate();
      setTimeout(() => void this.#countDrafts(), RECORDING_CLOSES_MS);
    }
    if (before.session !== "none" && now.session === "none") setTimeout(() => this.#fill(), RECORDING_CLOSES_MS);
    if (before.link !== "up" && now.link === "up") this.#fill();
  }

  #choose(line: CaseLine): void {
    this.#chosen = line;
    this.#open("case");
  }

  #open(tab: Tab): void {
    this.#tab = tab;
    this.requestUpdate();
    void this.updateComplete.then(() => this.#fill());
  }

  #fill(): void {
    void this.#countDrafts();
    const path = PATHS[this.#tab];
    const target = this.querySelector<HTMLElement>(".compact");
    if (!path || !target) return;
    if (target.dataset.showing !== path) target.replaceChildren();
    target.dataset.showing = path;
    void htmx.ajax("GET", path, { target, swap: "innerMorph" }).catch(() => undefined);
  }

  async #countDrafts(): Promise<void> {
    const drafts = await unsentDrafts(document.body.dataset.agent ?? "");
    this.#drafts = drafts.filter((draft) => draft.call_id !== store.state.subject);
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const tabs: Tab[] = [...(this.#chosen ? (["case"] as const) : []), "calls", "cases", "drafts"];
    return html`<header class="tabs" role="tablist">${tabs.map((tab) => this.#tabButton(tab))}</header>
      <div class="compact" role="tabpanel" ?hidden=${!PATHS[this.#tab]}></div>
      ${this.#tab === "case" && this.#chosen ? details(this.#chosen) : nothing}
      ${this.#tab === "drafts" ? this.#draftList() : nothing}`;
  }

  #tabButton(tab: Tab): TemplateResult {
    const count = tab === "drafts" && this.#drafts.length ? html`<b class="count">${this.#drafts.length}</b>` : nothing;
    return html`<button type="button" role="tab" data-tab=${tab} aria-selected=${this.#tab === tab} @click=${() => this.#open(tab)}>${say(`tab_${tab}`)}${count}</button>`;
  }

  #draftList(): TemplateResult {
    if (!this.#drafts.length) return html`<div class="empty">${icon("save")}<b>${say("drafts_none")}</b>${say("drafts_none_text")}</div>`;
    return html`<ul class="drafts">${this.#drafts.map(
      (draft) => html`<li><div class="row small soft"><span>${draft.label || say("form_free")}</span><time class="end">${dayOf(new Date(draft.saved_at).toISOString())} ${clockTime(draft.saved_at)}</time></div>
        <p>${draft.fields.text || draft.fields.answer || say("empty_text")}</p>
        <div class="row"><button type="button" class="btn s" @click=${() => this.#resume(draft)}>${say("open_draft")}</button><button type="button" class="btn s bare" @click=${() => void this.#discard(draft)}>${say("discard")}</button></div></li>`,
    )}</ul>`;
  }

  #resume(draft: KeptDraft): void {
    document.querySelector<CaseForm>("case-form")?.openDraft(draft.call_id);
  }

  async #discard(draft: KeptDraft): Promise<void> {
    await dropDraft(draft.agent, draft.call_id);
    await this.#countDrafts();
  }
}

function details(line: CaseLine): TemplateResult {
  return html`<div class="detail" role="group" tabindex="0" aria-label=${line.title} data-case-id=${line.case_id}>
    <h3>${line.title}</h3>
    <div class="row">${remaining(line)}<span class="tag brand">${named(`status_${line.status}`, line.status_name)}</span></div>
    <dl class="pairs">
      <dt>${say("case_number")}</dt><dd>${line.number || say("pending")}</dd>
      <dt>${say("case_kind")}</dt><dd>${line.kind ? kindName(line.kind) : say("none")}</dd>
      <dt>${say("case_department")}</dt><dd>${line.department || say("none")}</dd>
      <dt>${say("case_created")}</dt><dd>${line.created_at ? `${dayOf(line.created_at)} ${clockTime(line.created_at)}` : say("none")}</dd>
      <dt>${say("case_due")}</dt><dd>${line.due_at ? `${dayOf(line.due_at)} ${clockTime(line.due_at)}` : say("none")}</dd>
    </dl>
    ${helpers(line.assistance)}
  </div>`;
}

customElements.define("recent-work", RecentWork);
