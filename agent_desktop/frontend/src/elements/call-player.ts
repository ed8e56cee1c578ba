/** Hears a call again: one line of time, a lane a party, gaps where nothing was recorded. */

import { html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";
import { ask } from "../api";
import { inCall } from "../bar-mode";
import { spell } from "../clock";
import { heardTracks, type Lanes } from "../lanes";
import { icon, LiveElement } from "../live";
import { notify } from "../notices";
import { store, type DeskState } from "../store";
import { TrackSound } from "../track-sound";
import { showView } from "../views";
import { say } from "../words";
import { helpers } from "./helpers-asked";
import { faults, gaps, laneRow, ruler } from "./player-lanes";

const STEP = 5;
const LEAP = 10;
const AUDIBLE = 0.01;
const DRAW_MS = 120;
const WHY: Record<number, string> = { 404: "player_not_there", 503: "player_away", 0: "code_no_reply" };

export class CallPlayer extends LiveElement {
  #title = "";
  #lanes: Lanes | null = null;
  #sound: TrackSound | null = null;
  #silenced = new Set<number>();
  #alone = new Set<number>();
  #drawing = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.hidden = true;
    document.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-play-call]");
      if (button) void this.open(button.dataset.playCall ?? "", button.dataset.playTitle ?? "");
    });
    addEventListener("hashchange", () => this.#follow());
    store.follow((now, before) => this.#yield(now, before));
  }

  protected override concerns(): boolean {
    return false;
  }

  /** Show the recording of a call, ready to play. */
  async open(callId: string, title: string): Promise<void> {
    const answer = await ask<Lanes>("GET", `/api/calls/${encodeURIComponent(callId)}/lanes`);
    if (answer.status !== 200) return notify("warn", say(WHY[answer.status] ?? "player_failed"));
    this.#sound?.close();
    this.#silenced.clear();
    this.#alone.clear();
    this.#title = title;
    this.#lanes = answer.body;
    this.#sound = new TrackSound(`/recordings/call/${encodeURIComponent(callId)}`, answer.body.tracks, answer.body.seconds, () => this.#changed());
    showView("calls");
    this.#changed();
    this.hidden = false;
    await this.updateComplete;
    this.querySelector<HTMLElement>("[data-act=play]")?.focus();
  }

  #close(): void {
    this.#sound?.close();
    const call = this.#lanes?.call_id ?? "";
    this.#lanes = this.#sound = null;
    this.hidden = true;
    this.requestUpdate();
    document.querySelector<HTMLElement>(`#view [data-play-call="${CSS.escape(call)}"]`)?.focus();
  }

  /** A caller comes first: nothing plays into a call. */
  #yield(now: DeskState, before: DeskState): void {
    if (busy(now) && !busy(before)) void this.#sound?.pause();
  }

  #follow(): void {
    const here = location.hash === "#calls";
    if (!here) void this.#sound?.pause();
    this.hidden = !here || !this.#lanes;
  }

  #changed(): void {
    this.dataset.state = this.#sound?.state ?? "stopped";
    this.requestUpdate();
    clearInterval(this.#drawing);
    if (this.#sound?.state === "playing") this.#drawing = window.setInterval(() => this.#tick(), DRAW_MS);
  }

  #tick(): void {
    const sound = this.#sound;
    if (sound && this.#lanes && sound.at >= this.#lanes.seconds) sound.finish();
    this.requestUpdate();
  }

  protected override updated(_: PropertyValues): void {
    this.dataset.at = (this.#sound?.at ?? 0).toFixed(2);
  }

  protected override render(): TemplateResult | typeof nothing {
    const lanes = this.#lanes;
    const sound = this.#sound;
    if (!lanes || !sound) return nothing;
    const at = `${((sound.at / lanes.seconds) * 100 || 0).toFixed(3)}%`;
    const levels = sound.levels();
    const heard = heardTracks(lanes.lanes, this.#silenced, this.#alone);
    const states = lanes.lanes.map((lane) => ({
      heard: lane.track !== null && !!heard[lane.track],
      alone: lane.track !== null && this.#alone.has(lane.track),
      sounds: lane.track !== null && (levels[lane.track] ?? 0) > AUDIBLE,
    }));
    return html`${this.#head(lanes, sound)}
      <div class="player-body">
        <div class="player-lanes">${lanes.lanes.map((lane, n) => laneRow(lanes, lane, states[n]!, { silence: () => this.#toggle(this.#silenced, lane.track), alone: () => this.#toggle(this.#alone, lane.track) }))}
          <div class="player-line" role="slider" tabindex="0" aria-label=${say("player_line")} aria-valuemin="0" aria-valuemax=${Math.ceil(lanes.seconds)} aria-valuenow=${Math.floor(sound.at)}
            aria-valuetext=${say("player_at", { n: spell(Math.floor(sound.at)), t: spell(Math.ceil(lanes.seconds)) })}
            @pointerdown=${this.#grab} @pointermove=${this.#drag} @keydown=${this.#keys}>
            <svg aria-hidden="true">${svg`<line x1=${at} x2=${at} y1="0" y2="100%"/>`}</svg>
          </div>
        </div>
        ${ruler(lanes.seconds)} ${gaps(lanes)} ${faults(lanes)} ${helpers(lanes.assistance)}
      </div>`;
  }

  #head(lanes: Lanes, sound: TrackSound): TemplateResult {
    const plays = sound.state === "playing" || sound.state === "loading";
    const word = say(plays ? "player_pause" : "player_play");
    return html`<header>
      ${icon("audio-lines", "s")}<h2 class="cut">${say("player")} <span class="soft">${this.#title}</span></h2>
      <div class="player-keys">
        <button type="button" class="btn s" data-act="back" title=${say("player_back")} aria-label=${say("player_back")} @click=${() => this.#leap(-LEAP)}>${icon("rotate-ccw", "s")}10</button>
        <button type="button" class="btn main player-play" data-act="play" ?disabled=${!lanes.tracks.length} @click=${this.#press}>${icon(sound.state === "loading" ? "loader" : plays ? "pause" : "play", sound.state === "loading" ? "s spin" : "s")}${word}</button>
        <button type="button" class="btn s" data-act="on" title=${say("player_on")} aria-label=${say("player_on")} @click=${() => this.#leap(LEAP)}>10${icon("rotate-cw", "s")}</button>
      </div>
      <span class="player-time"><b>${spell(Math.floor(sound.at))}</b> / ${spell(Math.ceil(lanes.seconds))}</span>
      <span class="player-says" role="status">${sound.state === "failed" ? html`<span class="badc">${say("player_failed")}</span>` : lanes.tracks.length ? nothing : say("player_none")}</span>
      <button type="button" class="btn s bare end" data-act="close-player" aria-label=${say("close")} title=${say("close")} @click=${this.#close}>${icon("x", "s")}</button>
    </header>`;
  }

  #press = (): void => {
    const sound = this.#sound;
    if (!sound) return;
    if (sound.state === "playing" || sound.state === "loading") return void sound.pause();
    if (busy(store.state)) return notify("warn", say("player_in_call"));
    void sound.play();
  };

  #leap(seconds: number): void {
    this.#sound?.seek(this.#sound.at + seconds);
  }

  #toggle(which: Set<number>, track: number | null): void {
    if (track === null || !this.#lanes) return;
    if (!which.delete(track)) which.add(track);
    this.#sound?.hear(heardTracks(this.#lanes.lanes, this.#silenced, this.#alone));
    this.requestUpdate();
  }

  #grab = (event: PointerEvent): void => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.#seekTo(event);
  };

  #drag = (event: PointerEvent): void => {
    if ((event.currentTarget as Element).hasPointerCapture(event.pointerId)) this.#seekTo(event);
  };

  #seekTo(event: PointerEvent): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    this.#sound?.seek(((event.clientX - box.left) / box.width) * (this.#lanes?.seconds ?? 0));
  }

  #keys = (event: KeyboardEvent): void => {
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.#leap(-STEP),
      ArrowRight: () => this.#leap(STEP),
      Home: () => this.#sound?.seek(0),
      End: () => this.#sound?.seek(this.#lanes?.seconds ?? 0),
      " ": this.#press,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
}

/** A call rings or is up at this desk. */
function busy(state: DeskState): boolean {
  return state.session !== "none" || inCall(state);
}

customElements.define("call-player", CallPlayer);
