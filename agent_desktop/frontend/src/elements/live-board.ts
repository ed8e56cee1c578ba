/** The supervisors' board: figures, seats, queues, calls, and what can be done with a seat. */

import { html, nothing, type TemplateResult } from "lit";
import { heardAs } from "../acts";
import { BoardFacts, goesOn, LONG_WAIT, MARKS, percent, type Attention, type SeatTone } from "../board-facts";
import { BoardSocket, type Seat } from "../board-socket";
import { clockTime, dayOf, secondsSince, serverNow, spell } from "../clock";
import { icon, LiveElement } from "../live";
import { refusal } from "../refusals";
import { say } from "../words";
import { seatActions } from "./seat-actions";

const COUNTED: SeatTone[] = ["talking", "ready", "ringing", "wrap-up", "paused", "fault", "offline"];

export class LiveBoard extends LiveElement {
  protected override ticks = true;
  #socket = new BoardSocket(() => this.requestUpdate());
  #chosen = "";
  /** What the last command said, under the chosen seat. */
  #said: { ok: boolean; text: string } | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.dataset.theme = "dark";
    this.#socket.connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#socket.close();
  }

  protected override concerns(): boolean {
    return false;
  }

  protected override render(): TemplateResult {
    const facts = new BoardFacts(this.#socket.rows);
    this.dataset.link = this.#socket.up ? "up" : "down";
    return html`${this.#head()}${figures(facts)}
      <div class="wb-mid">${this.#seats(facts)}${this.#attention(facts)}</div>
      <div class="wb-bot">${queues(facts)}${calls(facts)}</div>`;
  }

  #head(): TemplateResult {
    const cti = this.#socket.system?.cti;
    const now = serverNow();
    const [tone, mark, words] = !this.#socket.up ? ["bad", "wifi-off", "board_link_down"] : cti === "up" ? ["ok", "circle-check", "board_fine"] : ["bad", "plug", "board_cti_down"];
    return html`<header class="wb-head"><span class="wb-logo">12345</span><h1>${document.body.dataset.centre ?? ""} · ${say("board_title")}</h1>
      <span class="tag ${tone}" role="status">${icon(mark!, "s")}${say(words!)}</span>
      ${this.#socket.system?.test_mode ? html`<span class="tag third">${icon("flask-conical", "s")}${say("test_mode")}</span>` : nothing}
      <span class="end soft">${dayOf(new Date(now).toISOString())}</span><b class="wb-clock">${clockTime(now)}</b></header>`;
  }

  #seats(facts: BoardFacts): TemplateResult {
    const counts = facts.counted();
    const on = facts.seats.length - counts.offline;
    const hands = facts.seats.filter((seat) => seat.hand_raised_at).length;
    return html`<section class="wb-panel"><header><h2>${say("seats")}</h2>${say("seats_on", { n: on, t: facts.seats.length })}
        <span class="end">${icon("hand", "s")}${say("hands", { n: hands })}</span><span>${say("thirds", { n: counts.third })}</span></header>
      <div class="wb-states">${COUNTED.map((tone) => html`<div class="wb-state"><span class=${`mark ${tone}`}>${MARKS[tone] || "●"}</span>${say(`seat_${tone}`)}<b>${counts[tone] + (tone === "talking" ? counts.third + counts.sos : 0)}</b></div>`)}</div>
      <div class="wb-seats">${facts.seats.map((seat) => this.#tile(seat, facts))}</div>
    </section>`;
  }

  #tile(seat: Seat, facts: BoardFacts): TemplateResult {
    const tone = facts.toneOf(seat);
    const words = `${seat.id} ${seat.name} ${say(`seat_${tone}`)} ${seat.reason} ${spell(secondsSince(seat.since))}`;
    return html`<button type="button" class="seat ${tone}" data-seat=${seat.id} data-state=${tone} aria-pressed=${seat.id === this.#chosen} title=${words} aria-label=${words}
      @click=${() => this.#choose(seat.id)}><span>${MARKS[tone]}${seat.id}</span>${seat.hand_raised_at ? html`<em></em>` : nothing}<small>${seat.name}</small></button>`;
  }

  #choose(id: string): void {
    this.#chosen = this.#chosen === id ? "" : id;
    this.#said = null;
    this.requestUpdate();
  }

  #act = async (...[kind, args]: Parameters<BoardSocket["command"]>): Promise<boolean> => {
    const reply = await this.#socket.command(kind, args);
    if (reply.ok && (kind === "listen" || kind === "whisper" || kind === "barge")) heardAs(kind);
    this.#said = { ok: reply.ok, text: reply.ok ? say("done_short") : refusal(reply) };
    this.requestUpdate();
    return reply.ok;
  };

  #attention(facts: BoardFacts): TemplateResult {
    const found = facts.attention();
    const chosen = facts.seats.find((seat) => seat.id === this.#chosen);
    return html`<section class="wb-panel"><header><h2>${say("attention")}</h2></header>
      ${found.length ? html`<ul class="wb-attention">${found.map((each) => this.#concern(each))}</ul>` : html`<p class="soft wb-none">${icon("circle-check", "s")}${say("attention_none")}</p>`}
      ${chosen ? seatActions({ seat: chosen, call: facts.callOf(chosen), said: this.#said, act: this.#act }) : html`<p class="soft wb-pick">${say("seat_pick")}</p>`}</section>`;
  }

  #concern(each: Attention): TemplateResult {
    const listen = each.icon === "hand" || each.icon === "siren";
    return html`<li><span class="wb-face ${each.tone}">${icon(each.icon)}</span><span><b>${say(each.key, { n: each.agent, t: each.detail })}</b><small>${say("at_since", { t: spell(secondsSince(each.since)) })}${each.detail && each.icon !== "siren" ? ` · ${each.detail}` : ""}</small></span>
      ${listen ? html`<button class="btn s end" type="button" @click=${() => { this.#chosen = each.agent; void this.#act("listen", { agent: each.agent }); }}>${say("spy_listen")}</button>` : nothing}</li>`;
  }
}

function figures(facts: BoardFacts): TemplateResult {
  const { queue, arrival } = facts.longest;
  const { answered, arrived, queued, quick_queue, quick_arrival, given_up } = facts.figures;
  const rate = queued ? quick_queue / queued : 1;
  const sos = facts.emergencies.length;
  return html`<div class="wb-figures">
    ${figure("waiting", "users", "kpi_waiting", html`${facts.waiting}<small>${say("people")}</small>`, say("kpi_now", { n: facts.calls.length }), facts.waiting > 5 ? "warn" : "")}
    ${figure("longest", "hourglass", "kpi_longest", html`${spell(queue)}`, say("kpi_longest_arrival", { t: spell(arrival) }), queue > LONG_WAIT ? "bad" : queue > 30 ? "warn" : "")}
    ${figure("quick", "timer", "kpi_quick", html`${percent(quick_queue, queued)}<small>%</small>`, say("kpi_goal", { t: `${percent(quick_arrival, queued)}%` }), rate >= 0.95 ? "ok" : "warn")}
    ${figure("answered", "phone-incoming", "kpi_answered", html`${answered}`, say("kpi_given_up", { n: given_up, t: queued }), "")}
    ${figure("arrived", "phone-call", "kpi_arrived", html`${arrived}`, dayOf(new Date(serverNow()).toISOString()), "")}
    ${figure("emergency", "siren", "kpi_emergency", html`${sos}`, say(sos ? "kpi_going" : "kpi_none"), sos ? "bad" : "")}
  </div>`;
}

function figure(name: string, face: string, words: string, value: TemplateResult, under: string, tone: string): TemplateResult {
  return html`<div class="wb-figure ${tone}" data-figure=${name}><span class="wb-label">${icon(face)}${say(words)}</span><b>${value}</b><span class="wb-under">${under}</span></div>`;
}

function queues(facts: BoardFacts): TemplateResult {
  const rows = Object.values(facts.rows.queues).sort((a, b) => b.waiting - a.waiting || a.id.localeCompare(b.id));
  return html`<section class="wb-panel"><header><h2>${say("queues_title")}</h2></header><div class="wb-scroll" tabindex="0" role="group" aria-label=${say("queues_title")}><table class="wb-table">
    <thead><tr><th>${say("queue_name")}</th><th>${say("queue_waiting")}</th><th>${say("queue_longest")}</th><th>${say("queue_ready")}</th><th>${say("queue_talking")}</th></tr></thead>
    <tbody>${rows.map((queue) => html`<tr data-queue=${queue.id}><td>${queue.name}</td><td class=${queue.waiting ? "warnc" : ""}>${queue.waiting}</td><td>${queue.longest_joined_at ? spell(secondsSince(queue.longest_joined_at)) : "—"}</td><td>${queue.ready}</td><td>${queue.talking}</td></tr>`)}</tbody>
  </table></div></section>`;
}

function calls(facts: BoardFacts): TemplateResult {
  return html`<section class="wb-panel"><header><h2>${say("calls_title")}</h2><span class="soft">${facts.calls.length}</span></header>
    ${facts.calls.length
      ? html`<div class="wb-scroll" tabindex="0" role="group" aria-label=${say("calls_title")}><table class="wb-table"><tbody>${facts.calls.slice(0, 60).map(
          (call) => html`<tr data-call=${call.id}><td>${call.number_masked || say("unknown_number")}</td><td>${call.queue_name}</td><td><span class="tag ${goesOn(call) ? "bad" : call.third ? "third" : ""}">${(goesOn(call) && call.emergency) || call.third || say(`call_${call.state}`)}</span></td><td>${call.agent}</td><td>${spell(secondsSince(call.answered_at ?? call.joined_at ?? call.arrived_at))}</td></tr>`,
        )}</tbody></table></div>`
      : html`<p class="soft wb-none">${say("calls_none")}</p>`}</section>`;
}

customElements.define("live-board", LiveBoard);
