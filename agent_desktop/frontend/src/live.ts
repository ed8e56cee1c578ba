/** The base of the desk's elements: light DOM, drawn again when the store changes, and each second if asked. */

import { LitElement, html, type TemplateResult } from "lit";
import { store, type DeskState } from "./store";

const spriteUrl = document.body.dataset.icons ?? "";

export function icon(name: string, more = ""): TemplateResult {
  return html`<svg class="ico ${more}" aria-hidden="true"><use href="${spriteUrl}#${name}"></use></svg>`;
}

export abstract class LiveElement extends LitElement {
  /** Elements with a timer set this and are drawn twice a second. */
  protected ticks = false;
  #unfollow: (() => void) | null = null;
  #ticker = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unfollow = store.follow((now, before) => {
      if (this.concerns(now, before)) this.requestUpdate();
    });
    if (this.ticks) this.#ticker = window.setInterval(() => this.requestUpdate(), 500);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unfollow?.();
    clearInterval(this.#ticker);
  }

  /** Whether this change of the store can change what is drawn; levels come four times a second. */
  protected concerns(now: DeskState, before: DeskState): boolean {
    return now.farLevel === before.farLevel && now.nearLevel === before.nearLevel;
  }
}
