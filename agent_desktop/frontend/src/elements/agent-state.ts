/** The agent's own state at the right end of the call bar: ready, pause with a reason, end of wrap-up. */

import { html, nothing, type TemplateResult } from "lit";
import { anyCommand, becomeReady, pause, toggleHand } from "../acts";
import { inCall, type BarMode } from "../bar-mode";
import { icon } from "../live";
import { store, type DeskState } from "../store";
import { notify } from "../notices";
import { showView } from "../views";
import { say } from "../words";

const TONES: Record<string, string> = { ready: "ok", paused: "grey", "wrap-up": "warn", talking: "brand", ringing: "warn", offline: "grey" };

export function agentControls(now: DeskState, mode: BarMode): TemplateResult | typeof nothing {
  if (now.role !== "desk" || !now.agent) return nothing;
  return html`${quick(now, mode)}
    <div class="own-state">
      <button class="own-menu" type="button" id="own-menu" data-act="state-menu" aria-haspopup="menu" aria-expanded="false" data-tone=${TONES[now.agent.state] ?? "grey"}
        title=${inCall(now) ? say("pause_after_call") : ""} @click=${openMenu}>
        <i class="dot"></i><span class="cut">${word(now)}</span>${icon("chevron-down", "s end")}
      </button>
      <span class="own-under"><span class="own-next">${next(now, mode)}</span>${hand(now)}</span>
      <div class="menu own-list" role="menu" id="own-list" hidden @keydown=${menuKeys} @focusout=${closeWhenLeft}>${choices(now)}</div>
    </div>`;
}

/** What follows this call. */
function next(now: DeskState, mode: BarMode): string {
  if (now.agent?.pause_asked) return say("after_pause", { t: now.agent.pause_asked });
  if (inCall(now)) return say("after_hang_up");
  return mode === "wrap-up" ? say("after_done") : (now.agent?.name ?? "");
}

/** The raised hand: a supervisor sees it on the board. */
function hand(now: DeskState): TemplateResult | typeof nothing {
  const raised = Boolean(now.agent?.hand_raised_at);
  if (!raised && !inCall(now)) return nothing;
  const words = say(raised ? "hand_down" : "hand_up");
  return html`<button class="own-hand ${raised ? "on" : ""}" type="button" data-act="hand" aria-pressed=${raised} title=${words} aria-label=${words} @click=${() => void toggleHand()}>${icon("hand", "s")}</button>`;
}

function word(now: DeskState): string {
  if (inCall(now)) return say(now.session === "ringing" ? "state_ringing" : "state_in_call");
  if (now.agent?.state === "paused") return now.agent.reason_name || say("state_paused");
  const words: Record<string, string> = { ready: "state_idle", ringing: "state_ringing", talking: "state_in_call", "wrap-up": "state_wrap_up" };
  return say(words[now.agent?.state ?? ""] ?? "state_offline");
}

/** The one button an agent in this state most likely wants. */
function quick(now: DeskState, mode: BarMode): TemplateResult | typeof nothing {
  if (mode === "wrap-up") {
    const more = now.agent?.wrap_up_extensions_left ? html`<button class="btn" type="button" data-act="extend" @click=${() => void anyCommand("wrap_up_extend")}>${icon("timer", "s")}${say("extend")}</button>` : nothing;
    return html`${more}${button("ready", "check", say("wrap_up_done"))}`;
  }
  if (mode === "idle") return html`<button class="btn" type="button" data-act="dial" data-open="dial">${icon("phone-outgoing", "s")}${say("dial")}<kbd>Ctrl</kbd><kbd>K</kbd></button>`;
  if (mode === "paused") return button("ready", "play", say("be_ready"));
  if (mode === "offline") return button("ready", "play", say("start"));
  return nothing;
}

function button(act: string, name: string, label: string): TemplateResult {
  return html`<button class="btn main" type="button" data-act=${act} @click=${ready}>${icon(name, "s")}${label}</button>`;
}

export async function ready(): Promise<void> {
  if (store.state.mic === "lost") {
    notify("bad", say("mic_lost_text"));
    showView("check");
    return;
  }
  if (await becomeReady()) {
    sessionStorage.setItem("hotline-checked", "1");
    showView("desk");
  }
}

function choices(now: DeskState): TemplateResult {
  const reasons = now.reference?.pause_reasons ?? [];
  const during = inCall(now);
  const free = during ? (now.agent?.pause_asked ? "pause_withdraw" : "") : now.agent?.state === "wrap-up" ? "wrap_up_done" : "be_ready";
  return html`${during ? html`<p class="menu-head">${say("pause_after_call")}</p>` : nothing}
    ${free ? html`<button type="button" role="menuitem" data-act="ready" @click=${() => choose(during ? withdraw : ready)}>${icon("circle-check", "s")}${say(free)}</button>` : nothing}
    ${reasons.map(
      (reason) => html`<button type="button" role="menuitem" data-act="pause" data-reason=${reason.code} @click=${() => choose(() => pause(reason.code))}>${icon("coffee", "s")}${reason.name}</button>`,
    )}`;
}

async function withdraw(): Promise<void> {
  await anyCommand("ready");
}

function choose(act: () => Promise<void>): void {
  closeMenu();
  void act();
}

const list = () => document.getElementById("own-list");
const opener = () => document.getElementById("own-menu");

function openMenu(): void {
  const menu = list();
  if (!menu) return;
  menu.hidden = !menu.hidden;
  opener()?.setAttribute("aria-expanded", String(!menu.hidden));
  if (!menu.hidden) menu.querySelector<HTMLElement>("button")?.focus();
}

function closeMenu(): void {
  const menu = list();
  if (!menu || menu.hidden) return;
  menu.hidden = true;
  opener()?.setAttribute("aria-expanded", "false");
  opener()?.focus();
}

function closeWhenLeft(event: FocusEvent): void {
  const menu = event.currentTarget as HTMLElement;
  const to = event.relatedTarget as Node | null;
  if (menu.contains(to) || to === opener()) return;
  menu.hidden = true;
  opener()?.setAttribute("aria-expanded", "false");
}

function menuKeys(event: KeyboardEvent): void {
  if (event.key === "Escape") closeMenu();
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const items = [...(list()?.querySelectorAll<HTMLElement>("button") ?? [])];
  const step = event.key === "ArrowDown" ? 1 : -1;
  items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus();
}
