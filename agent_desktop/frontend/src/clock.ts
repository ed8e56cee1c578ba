/** The server's time as this page knows it, and times written for people. */

let offset = 0;

/** Remember how far the server's clock is from ours; called with each `server_time`. */
export function serverSays(iso: string): void {
  const at = Date.parse(iso);
  if (!Number.isNaN(at)) offset = at - Date.now();
}

/** Milliseconds since the epoch on the server's clock. */
export function serverNow(): number {
  return Date.now() + offset;
}

export function secondsSince(iso: string | null | undefined): number {
  return iso ? Math.max(0, Math.floor((serverNow() - Date.parse(iso)) / 1000)) : 0;
}

export function secondsUntil(iso: string | null | undefined): number {
  return iso ? Math.max(0, Math.ceil((Date.parse(iso) - serverNow()) / 1000)) : 0;
}

/** 75 -> "01:15", 3700 -> "1:01:40". */
export function spell(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${two(minutes)}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Seconds from one moment to a later one. */
export function secondsBetween(from: string | null, to: string | null): number {
  return from && to ? Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000)) : 0;
}

// All of China keeps one time, and so do the server's pages: a wrongly set computer must not disagree with them.
const ZONE = { timeZone: "Asia/Shanghai" } as const;
const CLOCK = new Intl.DateTimeFormat("zh-CN", { ...ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat("zh-CN", { ...ZONE, month: "2-digit", day: "2-digit" });

export function clockTime(iso: string | number): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : CLOCK.format(at);
}

/** "11-21" in China. */
export function dayOf(iso: string | null): string {
  if (!iso || Number.isNaN(Date.parse(iso))) return "";
  return DAY.format(new Date(iso)).replace(/\//g, "-");
}
