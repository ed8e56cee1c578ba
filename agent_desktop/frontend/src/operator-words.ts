/** What the form already says, for the operator who reads it while the phone rings: where it is, and what about. */

import type { CommandArgs } from "./frames";

const LONGEST_SUMMARY = 120;
const LONGEST_PLACE = 80;
/** Where the dialplan cuts. */
const SUMMARY_OCTETS = 300;
const PLACE_OCTETS = 150;

export function forOperators(): CommandArgs {
  const words = (selector: string) => document.querySelector<HTMLTextAreaElement | HTMLInputElement>(selector)?.value ?? "";
  const area = document.querySelector<HTMLSelectElement>("#district");
  const district = area?.value.toLowerCase() ?? "";
  const summary = oneLine(words("#case-text"), LONGEST_SUMMARY);
  const location = oneLine(`${district ? (area?.selectedOptions[0]?.text ?? "") : ""} ${words("#place")}`, LONGEST_PLACE);
  return {
    ...(summary ? { summary } : {}),
    ...(location ? { location } : {}),
    ...(/^[0-9a-z_]{1,32}$/.test(district) ? { district } : {}),
  };
}

/** The same as headers of our own second call: letters, digits and percent signs are all that the dialplan takes. */
export function asHeaders(said: CommandArgs): string[] {
  const { summary, location, district } = said as Record<string, string | undefined>;
  return [
    ...(summary ? [`X-Hotline-Summary: ${plain(summary, SUMMARY_OCTETS)}`] : []),
    ...(location ? [`X-Hotline-Location: ${plain(location, PLACE_OCTETS)}`] : []),
    ...(district ? [`X-Hotline-District: ${district}`] : []),
  ];
}

function plain(text: string, octets: number): string {
  const wide = text.replace(/[!-/:-@[-`{-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
  let left = octets;
  const fitting = [...wide].filter((sign) => (left -= new TextEncoder().encode(sign).length) >= 0);
  return encodeURIComponent(fitting.join(""));
}

/** Printable, in whole characters: what goes into a header must not be half of one. */
function oneLine(text: string, longest: number): string {
  return [...text.replace(/[\p{C}\p{Z}]+/gu, " ").trim()].slice(0, longest).join("");
}
