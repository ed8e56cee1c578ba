/** Finds case classes by code, Chinese words or pinyin initials, also from letters still in an input method. */

import type { CaseClass } from "./frames";

export interface Match {
  found: CaseClass;
  /** Where the name is marked: from, to. */
  from: number;
  to: number;
}

const MOST = 8;

/** An input method shows w'g'f'h before it is committed: the marks and spaces do not count. */
export function plainQuery(typed: string): string {
  return typed.replace(/['’\s]/g, "").toLowerCase();
}

export function findClasses(classes: CaseClass[], typed: string): Match[] {
  const query = plainQuery(typed);
  if (!query) return classes.slice(0, MOST).map((found) => ({ found, from: 0, to: 0 }));
  const ranked = classes
    .map((found) => ({ match: matchOne(found, query), rank: rankOf(found, query) }))
    .filter((each): each is { match: Match; rank: number } => each.match !== null);
  ranked.sort((a, b) => a.rank - b.rank);
  return ranked.slice(0, MOST).map((each) => each.match);
}

function matchOne(found: CaseClass, query: string): Match | null {
  if (found.code.startsWith(query)) return { found, from: 0, to: 0 };
  const inName = found.name.toLowerCase().indexOf(query);
  if (inName >= 0) return { found, from: inName, to: inName + query.length };
  if (/^[a-z]+$/.test(query)) return matchInitials(found, query);
  return found.path.some((part) => part.includes(query)) ? { found, from: 0, to: 0 } : null;
}

function matchInitials(found: CaseClass, query: string): Match | null {
  const initials = found.initials.toLowerCase();
  const at = initials.indexOf(query);
  if (at >= 0) {
    // Initials may be those of the whole path: the name's stand at its end.
    const skip = initials.length - found.name.length;
    return { found, from: Math.max(0, at - skip), to: Math.max(0, at - skip + query.length) };
  }
  return scattered(initials, query) ? { found, from: 0, to: 0 } : null;
}

/** "wgfh" is in "wgkgfhzx" in this order. */
function scattered(initials: string, query: string): boolean {
  let next = 0;
  for (const letter of initials) if (letter === query[next]) next += 1;
  return query.length > 1 && next === query.length;
}

function rankOf(found: CaseClass, query: string): number {
  if (found.code === query) return 0;
  const initials = found.initials.toLowerCase();
  if (found.name.startsWith(query) || initials === query) return 1;
  if (initials.endsWith(query) || initials.startsWith(query)) return 2;
  if (found.code.startsWith(query) || found.name.includes(query)) return 3;
  return initials.includes(query) ? 4 : 5;
}

/** The names above the class, without its own. */
export function above(found: CaseClass): string[] {
  return found.path.filter((part) => part !== found.name);
}
