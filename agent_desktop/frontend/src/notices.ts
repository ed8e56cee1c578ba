/** Short messages at the screen's edge, at most two at a time. */

import { html, nothing, type TemplateResult } from "lit";
import { icon, LiveElement } from "./live";
import { say } from "./words";

export type Tone = "ok" | "warn" | "bad";

interface Notice {
  id: number;
  tone: Tone;
  text: string;
}

const SHOWN_MS = 6000;
const MOST = 2;
const ICONS: Record<Tone, string> = { ok: "circle-check", warn: "triangle-alert", bad: "circle-alert" };

let stack: NoticeStack | null = null;
let count = 0;

export function notify(tone: Tone, text: string, { stays = false } = {}): void {
  stack?.add(tone, text, stays);
}

export class NoticeStack extends LiveElement {
  #notices: Notice[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    stack = this;
  }

  protected override concerns(): boolean {
    return false;
  }

  add(tone: Tone, text: string, stays = false): void {
    if (this.#notices.some((notice) => notice.text === text)) return;
    count += 1;
    const notice = { id: count, tone, text };
    this.#notices = [...this.#notices, notice].slice(-MOST);
    this.requestUpdate();
    if (!stays) setTimeout(() => this.#remove(notice.id), SHOWN_MS);
  }

  #remove(id: number): void {
    this.#notices = this.#notices.filter((notice) => notice.id !== id);
    this.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.#notices.length) return nothing;
    return html`${this.#notices.map(
      (notice) => html`<div class="toast ${notice.tone}">
        ${icon(ICONS[notice.tone], "s")}<span class="grow">${notice.text}</span>
        <button class="linkbtn" type="button" aria-label=${say("close")} @click=${() => this.#remove(notice.id)}>${icon("x", "s")}</button>
      </div>`,
    )}`;
  }
}

customElements.define("notice-stack", NoticeStack);
