/** Type-ahead for the case class: works with uncommitted letters of an input method too. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { above, findClasses, type Match } from "../class-match";
import type { CaseClass } from "../frames";
import { icon, LiveElement } from "../live";
import { store, type DeskState } from "../store";
import { say } from "../words";

const COMPOSING_KEY = 229;

export class ClassPicker extends LiveElement {
  #code = "";
  #typed = "";
  #open = false;
  #at = 0;

  protected override concerns(now: DeskState, before: DeskState): boolean {
    return now.reference !== before.reference;
  }

  set code(code: string) {
    if (code === this.#code) return;
    this.#code = code;
    this.#typed = "";
    this.requestUpdate();
  }

  get code(): string {
    return this.#code;
  }

  protected override render(): TemplateResult {
    const chosen = this.#classes.find((each) => each.code === this.#code);
    return html`<div class="box class-box" @click=${() => this.querySelector("input")?.focus()}>
        ${icon(this.#open ? "search" : "folder-tree")}
        ${chosen && !this.#open ? crumb(chosen) : nothing}
        <input id="class-code" role="combobox" aria-autocomplete="list" aria-expanded=${this.#open} aria-controls="class-list" aria-activedescendant=${this.#open ? `class-${this.#at}` : ""}
          class=${chosen && !this.#open ? "behind" : ""} autocomplete="off" spellcheck="false" placeholder=${chosen ? "" : say("class_placeholder")} .value=${live(this.#open ? this.#typed : "")}
          @focus=${() => this.#show(true)} @blur=${() => this.#show(false)} @input=${this.#type} @keydown=${this.#key} />
        ${chosen && !this.#open ? html`<span class="soft">${chosen.code}</span>` : nothing}
      </div>
      ${this.#open ? this.#list() : nothing}`;
  }

  get #classes(): CaseClass[] {
    return store.state.reference?.classes ?? [];
  }

  get #matches(): Match[] {
    return findClasses(this.#classes, this.#typed);
  }

  #list(): TemplateResult {
    const matches = this.#matches;
    return html`<div class="menu class-menu" id="class-list" role="listbox">
      ${matches.map(
        (match, index) => html`<div role="option" id="class-${index}" class="option ${index === this.#at ? "at" : ""}" aria-selected=${index === this.#at}
          @pointerdown=${(event: Event) => event.preventDefault()} @click=${() => this.#take(match.found)}>${optionWords(match)}<span class="end soft">${match.found.code}</span></div>`,
      )}
      ${matches.length ? nothing : html`<div class="option soft">${say("class_none")}</div>`}
      <div class="menu-foot"><kbd>↑</kbd><kbd>↓</kbd>${say("choose")}<kbd>↵</kbd>${say("take")}<span>${say("class_ime")}</span></div>
    </div>`;
  }

  #show(open: boolean): void {
    this.#open = open;
    this.#typed = "";
    this.#at = 0;
    this.requestUpdate();
  }

  #type(event: Event): void {
    this.#typed = (event.target as HTMLInputElement).value;
    this.#at = 0;
    this.requestUpdate();
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === COMPOSING_KEY || event.ctrlKey) return;
    const matches = this.#matches;
    if (event.key === "ArrowDown") this.#at = Math.min(this.#at + 1, matches.length - 1);
    else if (event.key === "ArrowUp") this.#at = Math.max(this.#at - 1, 0);
    else if (event.key === "Escape") this.querySelector("input")?.blur();
    else if (event.key === "Enter") {
      const match = matches[this.#at];
      if (match) this.#take(match.found);
    } else return;
    event.preventDefault();
    this.requestUpdate();
  }

  #take(found: CaseClass): void {
    this.#code = found.code;
    this.querySelector("input")?.blur();
    this.dispatchEvent(new CustomEvent<string>("hotline:class-taken", { detail: found.code, bubbles: true }));
  }
}

function crumb(chosen: CaseClass): TemplateResult {
  return html`<span class="crumb">${above(chosen).map((part) => html`<span>${part}</span>${icon("chevron-right", "s")}`)}<b>${chosen.name}</b></span>`;
}

function optionWords({ found, from, to }: Match): TemplateResult {
  const before = above(found).join(" › ");
  const { name } = found;
  return html`<span class="cut">${before ? html`<span class="soft">${before} › </span>` : nothing}<b>${name.slice(0, from)}<em>${name.slice(from, to)}</em>${name.slice(to)}</b></span>`;
}

customElements.define("class-picker", ClassPicker);
