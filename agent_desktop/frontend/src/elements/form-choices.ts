/** The form's choices that are buttons: type 1–6, outcome, urgency, confidentiality. */

import { html, nothing, type TemplateResult } from "lit";
import type { Fields } from "../draft-shelf";
import { icon } from "../live";
import { store } from "../store";
import { named, say } from "../words";

type Change = (part: Partial<Fields>) => void;

export function kindChoice(fields: Fields, wrong: string | undefined, change: Change): TemplateResult {
  const kinds = store.state.reference?.kinds ?? [];
  const at = Math.max(0, kinds.findIndex((kind) => kind.code === fields.kind));
  const take = (index: number, group: HTMLElement) => {
    const kind = kinds[index];
    if (!kind) return;
    change({ kind: kind.code });
    group.querySelectorAll<HTMLElement>("[role=radio]")[index]?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    const group = event.currentTarget as HTMLElement;
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^[1-9]$/.test(event.key)) take(Number(event.key) - 1, group);
    else if (event.key === "ArrowRight") take((at + 1) % kinds.length, group);
    else if (event.key === "ArrowLeft") take((at - 1 + kinds.length) % kinds.length, group);
    else return;
    event.preventDefault();
  };
  return html`<div class="field ${wrong ? "wrong" : ""}">
    <span class="label" id="kind-label">${say("kind")}<span class="must">*</span><span class="end">${say("kind_keys", { n: kinds.length || 6 })}</span></span>
    <div class="kinds" role="radiogroup" aria-labelledby="kind-label" data-field="kind" @keydown=${keys}>
      ${kinds.map(
        (kind, index) => html`<button type="button" role="radio" data-code=${kind.code} aria-checked=${kind.code === fields.kind} tabindex=${index === at ? "0" : "-1"} @click=${() => change({ kind: kind.code })}>
          <kbd>${index + 1}</kbd>${named(`kind_${kind.code}`, kind.name)}</button>`,
      )}
    </div>
    ${wrong ? html`<span class="problem">${icon("circle-alert", "s")}${wrong}</span>` : nothing}
  </div>`;
}

export function outcomeChoice(fields: Fields, wrong: string | undefined, change: Change): TemplateResult {
  const urgencies = store.state.reference?.urgencies ?? [];
  const calm = urgencies[0]?.code ?? "normal";
  const pressing = urgencies[1]?.code ?? "urgent";
  const isUrgent = fields.urgency !== "" && fields.urgency !== calm;
  const pill = (on: boolean, name: string, glyph: string, act: () => void) => html`<button type="button" class="pill ${on ? "on" : ""}" data-choice=${name} aria-pressed=${on} @click=${act}>${on ? icon("check", "s") : glyph ? icon(glyph, "s") : nothing}${say(name)}</button>`;
  return html`<div class="two">
    <div class="field ${wrong ? "wrong" : ""}">
      <span class="label">${say("outcome")}</span>
      <div class="pills">
        ${pill(fields.outcome === "direct_answer", "direct_answer", "", () => change({ outcome: "direct_answer" }))}
        ${pill(fields.outcome === "dispatch", "dispatch", "", () => change({ outcome: "dispatch" }))}
        <span class="pill-gap"></span>
        ${pill(isUrgent, "urgent", "flame", () => change({ urgency: isUrgent ? calm : pressing }))}
      </div>
      ${wrong ? html`<span class="problem">${icon("circle-alert", "s")}${wrong}</span>` : nothing}
    </div>
    <div class="field">
      <span class="label" id="confidential-label">${say("confidential")}</span>
      <button type="button" class="switch" role="switch" data-choice="confidential" aria-checked=${fields.confidential} aria-labelledby="confidential-label" @click=${() => change({ confidential: !fields.confidential })}>
        <i></i><span class="cut">${say("confidential_text")}</span></button>
    </div>
  </div>`;
}
