/** The case form: what a call becomes; drafts save themselves, nothing typed is ever lost. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { becomeReady } from "../acts";
import { ask } from "../api";
import { Draft, WITHOUT_CALL } from "../draft";
import type { Fields } from "../draft-shelf";
import { icon, LiveElement } from "../live";
import { notify } from "../notices";
import { fieldRefusals, refusal } from "../refusals";
import { store, type DeskState } from "../store";
import { leaveSubject, note } from "../subject";
import { say } from "../words";
import { conflictPanel, savedPanel, type Saved } from "./case-panels";
import "./class-picker";
import { draftWords } from "./draft-words";
import { kindChoice, outcomeChoice } from "./form-choices";

const LONGEST_TEXT = 2000;
const LONGEST_PLACE = 100;
type Progress = "writing" | "sending" | "kept" | "saved";

export class CaseForm extends LiveElement {
  #draft = this.#newDraft(WITHOUT_CALL);
  #errors: Record<string, string> = {};
  #progress: Progress = "writing";
  #saved: Saved | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    store.follow((now, before) => this.#followDesk(now, before));
    void this.#draft.restore();
  }

  protected override concerns(now: DeskState, before: DeskState): boolean {
    const names = ["reference", "subject", "card", "link", "agent", "draftPlace", "draftSavedAt", "role"] as const;
    return names.some((name) => now[name] !== before[name]);
  }

  async saveNow(): Promise<void> {
    await this.#draft.saveNow();
  }

  /** Ctrl+Enter: save the case; in wrap-up become ready as well. */
  async submit(): Promise<void> {
    if (this.#progress === "sending" || store.state.role === "reader") return;
    if (this.#progress !== "saved") await this.#send();
    if (this.#isSaved() && store.state.agent?.state === "wrap-up") await becomeReady();
  }

  #isSaved(): boolean {
    return this.#progress === "saved";
  }

  /** Nothing is written, so the form may turn to something else. */
  get untouched(): boolean {
    return this.#isSaved() || this.#draft.empty;
  }

  /** Which call is written about, and what stands there now. */
  get callId(): string {
    return this.#draft.callId;
  }

  get fields(): Readonly<Fields> {
    return this.#draft.fields;
  }

  /** Continue a draft that was left when the next call came. */
  openDraft(callId: string): void {
    this.#turnTo(callId);
  }

  /** A case that was kept while the database was away has its number now. */
  numbered(caseId: string, number: string): void {
    if (this.#saved?.case_id !== caseId) return;
    this.#saved = { ...this.#saved, number, sync: "stored" };
    this.requestUpdate();
  }

  #newDraft(callId: string): Draft {
    return new Draft(document.body.dataset.agent ?? "", callId, () => this.requestUpdate());
  }

  #turnTo(callId: string): void {
    if (callId === this.#draft.callId && this.#progress !== "saved") return;
    // The number of a saved case stays readable until the next call or the next case.
    if (callId === WITHOUT_CALL && this.#progress === "saved") return;
    if (!this.#draft.empty && this.#progress !== "saved") notify("warn", say("draft_left"));
    this.#draft.close();
    this.#draft = this.#newDraft(callId);
    this.#draft.label = callId === store.state.subject ? (store.state.card?.number_masked ?? "") : "";
    this.#errors = {};
    this.#progress = "writing";
    this.#saved = null;
    store.patch({ draftPlace: "none", draftSavedAt: 0 });
    void this.#draft.restore();
    this.requestUpdate();
  }

  #followDesk(now: DeskState, before: DeskState): void {
    if (now.subject !== before.subject) this.#turnTo(now.subject || WITHOUT_CALL);
    if (now.card && now.card !== before.card && now.subject === this.#draft.callId) this.#draft.label = now.card.number_masked;
    if (now.link === "up" && before.link !== "up" && this.#progress === "kept") void this.#send();
    const wrapUpOver = before.agent?.state === "wrap-up" && now.agent?.state !== "wrap-up" && now.session === "none";
    if (wrapUpOver && now.subject && this.untouched) leaveSubject();
  }

  async #send(): Promise<void> {
    const draft = this.#draft;
    this.#errors = missing(draft.fields);
    if (Object.keys(this.#errors).length) return this.#showErrors();
    this.#progress = "sending";
    this.requestUpdate();
    const { fields, idempotency, callId } = draft;
    const call = callId === WITHOUT_CALL ? {} : { call_id: callId };
    const urgency = fields.urgency || (store.state.reference?.urgencies[0]?.code ?? "normal");
    const { status, body } = await ask<{ case_id: string; number: string; sync: Saved["sync"] }>("POST", "/api/cases", { ...call, ...fields, urgency, idempotency });
    if (draft !== this.#draft) return;
    if (status === 201 || status === 200) return this.#done(draft, { case_id: body.case_id, number: body.number, sync: body.sync, outcome: fields.outcome });
    this.#progress = status === 0 ? "kept" : "writing";
    this.#errors = status === 422 ? fieldRefusals(body.errors ?? {}) : {};
    if (status === 0) void draft.saveNow();
    else if (!Object.keys(this.#errors).length) this.#errors = { form: refusal(body) };
    this.#showErrors();
  }

  #done(draft: Draft, saved: Saved): void {
    this.#progress = "saved";
    this.#saved = saved;
    this.#errors = {};
    store.patch({ draftPlace: "none", draftSavedAt: 0 });
    if (draft.callId === store.state.subject) note("ev_saved", saved.number || say("pending"));
    void draft.finish();
    notify("ok", saved.number ? say("saved_as", { t: saved.number }) : say("saved_pending"));
    this.dispatchEvent(new CustomEvent<string>("hotline:case-saved", { bubbles: true, detail: draft.callId }));
    this.requestUpdate();
  }

  #showErrors(): void {
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(".wrong input, .wrong textarea, .wrong [tabindex='0']")?.focus());
  }

  /** Another case for the same call, or a new one without a call. */
  #oneMore(): void {
    this.#progress = "writing";
    this.#saved = null;
    this.#draft = this.#newDraft(store.state.subject || WITHOUT_CALL);
    this.#draft.label = store.state.card?.number_masked ?? "";
    void this.#draft.restore();
    this.requestUpdate();
  }

  #change(part: Partial<Fields>): void {
    for (const name of Object.keys(part)) delete this.#errors[name];
    delete this.#errors.form;
    if (this.#progress === "kept") this.#progress = "writing";
    this.#draft.change(part);
  }

  protected override render(): TemplateResult {
    const now = store.state;
    this.dataset.state = this.#progress;
    this.dataset.caseNumber = this.#saved?.number ?? "";
    this.dataset.sync = this.#saved?.sync ?? "";
    return html`<header>${icon("file-text", "s")}<h2>${say("form_title")}</h2>
        ${this.#draft.callId === WITHOUT_CALL ? html`<span class="tag">${say("form_free")}</span>` : html`<span class="tag brand">${icon("phone")}${this.#draft.label || say("caller")}</span>`}
        <span class="end row soft small draft-place">${icon(now.draftPlace === "typing" ? "pencil" : "cloud-check", "s")}${draftWords(now)}</span></header>
      ${this.#saved ? savedPanel(this.#saved, { again: () => this.#oneMore(), ready: () => void this.submit(), wrapUp: now.agent?.state === "wrap-up" }) : this.#writing(now)}`;
  }

  #writing(now: DeskState): TemplateResult {
    const count = Object.keys(this.#errors).length;
    return html`<div class="form-body">
        ${this.#draft.conflict ? conflictPanel(this.#draft.fields, this.#draft.conflict, (mine) => void this.#draft.settle(mine)) : nothing}
        ${count > 1 || this.#errors.form ? html`<div class="notice bad" role="alert">${icon("circle-alert", "s")}<span>${this.#errors.form ?? say("form_errors", { n: count })}</span></div>` : nothing}
        ${this.#progress === "kept" ? html`<div class="notice warn" role="status">${icon("cloud-off", "s")}<span>${say("submit_kept")}</span></div>` : nothing}
        ${this.#fields(this.#draft.fields, now)}
      </div>
      <footer>${this.#buttons(now)}</footer>`;
  }

  #fields(fields: Fields, now: DeskState): TemplateResult {
    const change = (part: Partial<Fields>) => this.#change(part);
    return html`${kindChoice(fields, this.#errors.kind, change)}
      <div class="two class-where">
        <div class="field ${this.#errors.class_code ? "wrong" : ""}">
          <label class="label" for="class-code">${say("class")}<span class="must">*</span><span class="end">${say("class_hint")}</span></label>
          <class-picker .code=${fields.class_code} @hotline:class-taken=${(event: CustomEvent<string>) => change({ class_code: event.detail })}></class-picker>${problem(this.#errors.class_code)}
        </div>
        <div class="field ${this.#errors.district || this.#errors.place ? "wrong" : ""}">
          <label class="label" for="district">${say("where")}<span class="must">*</span></label>
          <div class="box where">${icon("map-pin")}<select id="district" aria-label=${say("district")} .value=${live(fields.district)} @change=${(event: Event) => change({ district: (event.target as HTMLSelectElement).value })}>
            <option value="">${say("district_none")}</option>${(now.reference?.districts ?? []).map((each) => html`<option value=${each.code} ?selected=${each.code === fields.district}>${each.name}</option>`)}
          </select>${icon("chevron-down", "s")}<input id="place" maxlength=${LONGEST_PLACE} autocomplete="off" aria-label=${say("place")} placeholder=${say("place")} .value=${live(fields.place)} @input=${(event: Event) => change({ place: (event.target as HTMLInputElement).value })}></div>${problem(this.#errors.district ?? this.#errors.place)}
        </div>
      </div>
      ${this.#area("text", fields.text)}${this.#area("answer", fields.answer)}
      ${outcomeChoice(fields, this.#errors.outcome ?? this.#errors.urgency, change)}`;
  }

  #area(name: "text" | "answer", value: string): TemplateResult {
    const words = name === "text" ? "text" : "reply";
    const must = name === "text" || this.#draft.fields.outcome === "direct_answer";
    return html`<div class="field area-${name} ${this.#errors[name] ? "wrong" : ""}">
      <label class="label" for="case-${name}">${say(words)}${must ? html`<span class="must">*</span>` : nothing}<span class="end">${value.length}/${LONGEST_TEXT}</span></label>
      <textarea class="box" id="case-${name}" maxlength=${LONGEST_TEXT} placeholder=${say(`${words}_placeholder`)} .value=${live(value)}
        @input=${(event: Event) => this.#change({ [name]: (event.target as HTMLTextAreaElement).value })}></textarea>${problem(this.#errors[name])}
    </div>`;
  }

  #buttons(now: DeskState): TemplateResult {
    const direct = this.#draft.fields.outcome === "direct_answer";
    const label = `submit_${direct ? "answer" : "dispatch"}${now.agent?.state === "wrap-up" ? "_ready" : ""}`;
    const sending = this.#progress === "sending";
    return html`<button type="button" class="btn l main" data-act="submit" ?disabled=${sending || now.role === "reader"} title=${now.role === "reader" ? say("form_locked") : ""} @click=${() => void this.submit()}>
        ${icon(sending ? "loader" : direct ? "check" : "send", sending ? "spin" : "")}${say(sending ? "submitting" : label)}<kbd>Ctrl</kbd><kbd>↵</kbd></button>
      <button type="button" class="btn bare" data-act="save-draft" @click=${() => void this.saveNow()}>${say("save_draft")}<kbd>Ctrl</kbd><kbd>S</kbd></button>`;
  }
}

/** What the form itself can see missing; the server has the last word. */
function missing(fields: Fields): Record<string, string> {
  const errors: Record<string, string> = {};
  if (!fields.kind) errors.kind = say("must_kind");
  if (!fields.class_code) errors.class_code = say("must_class");
  if (!fields.district) errors.district = say("must_district");
  if (!fields.text.trim()) errors.text = say("must_text");
  if (fields.outcome === "direct_answer" && !fields.answer.trim()) errors.answer = say("must_reply");
  return errors;
}

function problem(text: string | undefined): TemplateResult | typeof nothing {
  return text ? html`<span class="problem">${icon("circle-alert", "s")}${text}</span>` : nothing;
}

customElements.define("case-form", CaseForm);
