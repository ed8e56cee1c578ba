/** The directory as a dialog: type a few letters, Enter asks for a three-way call or transfers. */

import { html, nothing, type TemplateResult } from "lit";
import { aboutCall } from "../about";
import { askQuietly } from "../acts";
import { ask } from "../api";
import type { DirectoryEntry, Reply, Targets } from "../frames";
import { icon, LiveElement } from "../live";
import { findPeople, people, type Person } from "../people";
import { refusal } from "../refusals";
import type { DeskState } from "../store";
import { say } from "../words";

const COMPOSING_KEY = 229;
const ICONS: Record<Person["kind"], string> = { specialist: "user-plus", department: "building-2", centre: "megaphone", queue: "users", agent: "headphones" };

type Purpose = "three-way" | "transfer";

let picker: PeoplePicker | null = null;

export function openPicker(purpose: Purpose): void {
  void picker?.open(purpose);
}

export class PeoplePicker extends LiveElement {
  #purpose: Purpose = "three-way";
  #all: Person[] = [];
  #typed = "";
  #at = 0;
  #problem = "";
  #loading = false;

  override connectedCallback(): void {
    super.connectedCallback();
    picker = this;
  }

  protected override concerns(now: DeskState, before: DeskState): boolean {
    if (now.session === "none" && before.session !== "none") this.#close();
    return false;
  }

  async open(purpose: Purpose): Promise<void> {
    if (this.#dialog?.open) return;
    this.#purpose = purpose;
    this.#typed = this.#problem = "";
    this.#at = 0;
    this.#loading = true;
    this.#dialog?.showModal();
    const field = this.querySelector("input");
    if (field) field.value = "";
    field?.focus();
    this.requestUpdate();
    await this.#load();
  }

  async #load(): Promise<void> {
    const [directory, targets] = await Promise.all([ask<DirectoryEntry[]>("GET", "/api/directory"), this.#purpose === "transfer" ? ask<Targets>("GET", "/api/targets") : null]);
    this.#loading = false;
    if (directory.status !== 200) this.#problem = say("directory_away");
    else {
      const all = people(directory.body, targets?.status === 200 ? targets.body : null, { queue: say("target_queue") });
      this.#all = this.#purpose === "three-way" ? all.filter((person) => person.kind === "specialist") : all;
    }
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const found = findPeople(this.#all, this.#typed);
    return html`<dialog class="picker" aria-labelledby="picker-title" @close=${() => this.#close()}>
      <header>${icon(this.#purpose === "transfer" ? "phone-forwarded" : "user-plus")}<h2 id="picker-title">${say(this.#purpose === "transfer" ? "transfer_title" : "three_way_title")}</h2>
        <button class="linkbtn end" type="button" aria-label=${say("close")} @click=${() => this.#close()}>${icon("x", "s")}</button></header>
      <div class="box">${icon("search")}<input id="picker-search" role="combobox" aria-autocomplete="list" aria-expanded="true" aria-controls="picker-list" aria-activedescendant=${found.length ? `picker-${this.#at}` : ""}
        autocomplete="off" spellcheck="false" placeholder=${say("picker_placeholder")} @input=${this.#type} @keydown=${this.#key} /></div>
      ${this.#problem ? html`<p class="problem" role="alert">${this.#problem}</p>` : nothing}
      <div class="picker-list" id="picker-list" role="listbox">
        ${found.map((person, index) => this.#option(person, index))}
        ${found.length ? nothing : html`<p class="soft picker-none">${say(this.#loading ? "card_loading" : "picker_none")}</p>`}
      </div>
      <footer><kbd>↑</kbd><kbd>↓</kbd>${say("choose")}${this.#purpose === "transfer" ? html`<kbd>↵</kbd>${say("transfer_cold")}<kbd>⇧↵</kbd>${say("transfer_warm")}` : html`<kbd>↵</kbd>${say("three_way_ask")}`}<span class="end">${say("class_ime")}</span></footer>
    </dialog>`;
  }

  #option(person: Person, index: number): TemplateResult {
    return html`<div role="option" id="picker-${index}" class="person ${index === this.#at ? "at" : ""}" aria-selected=${index === this.#at} data-person=${person.id}
        @click=${(event: MouseEvent) => void this.#take(person, event.shiftKey)}>
        <span class="person-face ${person.kind}">${icon(ICONS[person.kind], "s")}</span>
        <span class="person-words"><b>${person.name}</b><span class="cut">${[person.department, ...person.topics].join(" · ")}</span></span>
        ${person.languages.length > 1 ? html`<span class="tag">${person.languages.join(say("list_comma"))}</span>` : nothing}
        <span class="tag ${person.tone === "grey" ? "" : person.tone}">${say(person.state)}</span>
      </div>`;
  }

  #type = (event: Event): void => {
    this.#typed = (event.target as HTMLInputElement).value;
    this.#at = 0;
    this.#problem = "";
    this.requestUpdate();
  };

  #key = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === COMPOSING_KEY) return;
    const found = findPeople(this.#all, this.#typed);
    if (event.key === "ArrowDown") this.#at = Math.min(this.#at + 1, Math.max(0, found.length - 1));
    else if (event.key === "ArrowUp") this.#at = Math.max(this.#at - 1, 0);
    else if (event.key === "Enter") {
      const person = found[this.#at];
      if (person) void this.#take(person, event.shiftKey);
    } else return;
    event.preventDefault();
    this.requestUpdate();
  };

  async #take(person: Person, warm: boolean): Promise<void> {
    const reply = await this.#ask(person, warm);
    if (reply.ok) this.#close();
    else this.#problem = refusal(reply);
    this.requestUpdate();
  }

  #ask(person: Person, warm: boolean): Promise<Reply> {
    const about = person.kind === "specialist" ? aboutCall(topicOf(person, this.#typed)) : {};
    if (this.#purpose === "three-way") return askQuietly("three_way", { entry: person.id, ...about });
    return askQuietly("transfer", { target_kind: person.kind, target: person.id, warm, ...about });
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }

  #close(): void {
    if (this.#dialog?.open) this.#dialog.close();
  }
}

/** A topic that was searched for stands in the record while the form is still empty. */
function topicOf(person: Person, typed: string): string {
  return (typed.trim() && person.topics.find((each) => each.includes(typed.trim()))) || "";
}

customElements.define("people-picker", PeoplePicker);
