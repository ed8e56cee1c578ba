/** When enough ways to this browser are known to answer: neither the first alone, nor all of them at the end. */

import type { IceCandidateEvent, RTCSession } from "jssip/lib/RTCSession";

/** The addresses of one machine come within a few milliseconds of each other; STUN and TURN take a round trip. */
const QUIET_MS = 60;

/**
 * Sends the answer (or the offer) once no further address has come for a moment, with the relay's if there is one;
 * after `latestMs` with whatever there is.
 *
 * JsSIP alone waits for the end of gathering, up to 40 s. The first candidate alone is a lottery: it may be one that
 * Asterisk cannot send to (IPv6, another network), and then it drops our DTLS for ever: "ICE not completed yet".
 */
export function answerWhenReachable(session: RTCSession, { iceServers = [] }: RTCConfiguration, latestMs: number): void {
  const relayWanted = iceServers.some((each) => [each.urls].flat().some((url) => url.startsWith("turn")));
  let quiet = 0;
  let latest = 0;
  let relayed = false;
  session.on("icecandidate", ({ candidate, ready }: IceCandidateEvent) => {
    const done = (): void => {
      clearTimeout(quiet);
      clearTimeout(latest);
      ready();
    };
    latest ||= window.setTimeout(done, latestMs);
    if (candidate.protocol !== "udp") return;
    relayed ||= candidate.type === "relay";
    clearTimeout(quiet);
    if (relayed || !relayWanted) quiet = window.setTimeout(done, QUIET_MS);
  });
}
