/** The specialists who were asked into calls: who, when, for how long, and whether it helped. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, dayOf, spell } from "../clock";
import type { Assistance } from "../frames";
import { icon } from "../live";
import { hasWords, say } from "../words";

const TALKED = "talked";

/** All of them, in the order in which they were asked. */
export function helpers(told: Assistance[]): TemplateResult | typeof nothing {
  if (!told.length) return nothing;
  return html`<section class="helped"><h3>${icon("user-plus", "s")}${say("helped")}</h3><ul tabindex="0" aria-label=${say("helped")}>${told.map(row)}</ul></section>`;
}

/** The last one in a line, for a case among others. */
export function lastHelper(told: Assistance[]): TemplateResult | typeof nothing {
  const last = told[told.length - 1];
  if (!last) return nothing;
  return html`<span class="helped-last small">${icon("user-plus", "s")}<span class="cut">${last.who}</span>${verdict(last)}</span>`;
}

function row(told: Assistance): TemplateResult {
  const by = [told.agent, told.agent_name].filter(Boolean).join(" ");
  return html`<li data-outcome=${told.outcome} data-solved=${String(told.solved)}>
    <b class="cut" title=${told.who}>${told.who}</b>${verdict(told)}
    <span class="helped-when">
      ${told.asked_at ? html`<span>${say("helped_asked", { n: by, t: moment(told.asked_at) })}</span>` : nothing}
      ${told.answered_at ? html`<span>${say("helped_answered", { t: clockTime(told.answered_at) })}</span>` : nothing}
      ${told.talked_seconds ? html`<span>${say("helped_talked", { t: spell(told.talked_seconds) })}</span>` : nothing}
    </span></li>`;
}

/** In a word with its colour: solved or not, or why nobody came. */
function verdict(told: Assistance): TemplateResult {
  const [tone, shape, words] = came(told);
  return html`<span class="tag ${tone}">${icon(shape)}${words}</span>`;
}

function came(told: Assistance): [tone: string, shape: string, words: string] {
  if (told.solved !== null) return told.solved ? ["ok", "circle-check", say("helped_solved")] : ["warn", "circle-dot", say("helped_unsolved")];
  if (told.outcome === TALKED) return ["", "info", say("helped_unsaid")];
  if (!told.outcome) return ["third", "phone-call", say("helped_open")];
  const why = `reason_${told.outcome}`;
  return ["bad", "circle-x", hasWords(why) ? say(why) : say("three_failed")];
}

function moment(iso: string): string {
  return `${dayOf(iso)} ${clockTime(iso)}`;
}
