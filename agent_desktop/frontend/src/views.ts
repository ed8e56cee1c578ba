/** Moves between the desk and the server-rendered lists; the shell itself never unloads. */

import htmx from "htmx.org";
import { store } from "./store";
import { say } from "./words";

const FRAGMENTS: Record<string, string> = { calls: "/desk/calls", cases: "/desk/cases", callbacks: "/desk/callbacks" };

const pane = (id: string) => document.getElementById(id)!;

export function currentView(): string {
  const name = location.hash.slice(1);
  if (!name && !sessionStorage.getItem("hotline-checked")) return "check";
  return name in FRAGMENTS || name === "check" || (name === "board" && document.getElementById("board-pane")) ? name : "desk";
}

export function showView(name: string): void {
  if (currentView() === name) show();
  else if (name === "desk" && !location.hash) {
    sessionStorage.setItem("hotline-checked", "1");
    show();
  } else location.hash = name;
}

export function wireViews(): void {
  addEventListener("hashchange", show);
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-refresh]")) void load(currentView());
  });
  document.addEventListener("htmx:after:request", (event) => {
    const status = (event as CustomEvent<{ ctx?: { response?: { status?: number } } }>).detail.ctx?.response?.status;
    if (status === 401) store.patch({ loginNeeded: true });
  });
  show();
}

function show(): void {
  const name = currentView();
  pane("desk-pane").hidden = name !== "desk";
  pane("check-pane").hidden = name !== "check";
  pane("view").hidden = !(name in FRAGMENTS);
  const board = document.getElementById("board-pane");
  if (board) board.hidden = name !== "board";
  for (const link of document.querySelectorAll<HTMLElement>(".rail [data-view]")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (name in FRAGMENTS) void load(name);
}

export function refresh(): void {
  void load(currentView());
}

async function load(name: string): Promise<void> {
  const path = FRAGMENTS[name];
  const view = pane("view");
  if (!path) return;
  if (view.dataset.showing !== name) view.replaceChildren();
  view.dataset.showing = name;
  try {
    await htmx.ajax("GET", path, { target: "#view", swap: "innerMorph" });
  } catch {
    // The empty view below says what happened.
  }
  if (!view.childElementCount && view.dataset.showing === name) view.replaceChildren(failure());
}

function failure(): HTMLElement {
  const box = document.createElement("div");
  box.className = "empty panel";
  const title = document.createElement("b");
  title.textContent = say("view_failed");
  const retry = document.createElement("button");
  retry.className = "btn";
  retry.dataset.refresh = "";
  retry.textContent = say("retry");
  box.append(title, say("view_failed_text"), retry);
  return box;
}
