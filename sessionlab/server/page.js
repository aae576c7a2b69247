"use strict";
const live = document.getElementById("live");
const address = location.pathname.replace(/\/$/, "") + "/live";

const source = new WeakMap(); // what the server sent for an element, whatever the reader has opened in it since
for (const child of live.querySelectorAll("[data-key]")) source.set(child, child.innerHTML);

// Only what changed is replaced, so that focus, opened details and the reader's place stay.
function renew(old, fresh) {
  const known = new Map([...old.children].map((child) => [child.dataset.key, child]));
  const wanted = [...fresh.children];
  const keys = new Set(wanted.map((child) => child.dataset.key));
  for (const child of [...old.children]) if (!keys.has(child.dataset.key)) child.remove();
  wanted.forEach((child, place) => {
    let mine = known.get(child.dataset.key);
    if (!mine || source.get(mine) !== child.innerHTML) {
      source.set(child, child.innerHTML);
      if (mine?.querySelector("details[open]")) child.querySelector("details")?.setAttribute("open", "");
      if (mine) mine.replaceWith(child);
      mine = child;
      child.classList.add("fresh");
    }
    if (old.children[place] !== mine) old.insertBefore(mine, old.children[place] || null);
  });
}

function show(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const before = live.querySelector("#operations li");
  for (const part of [...made.content.children]) {
    const old = document.getElementById(part.id);
    const lists = [old, part].map((side) => side && side.querySelector(".items, tbody"));
    if (!old) live.append(part);
    else if (lists[0] && lists[1]) {
      renew(lists[0], lists[1]);
      const rest = [old, part].map((side) => side.querySelector(".more"));
      if (rest[1]) rest[0] ? rest[0].replaceWith(rest[1]) : old.append(rest[1]);
      else rest[0]?.remove();
    } else if (old.innerHTML !== part.innerHTML) old.replaceWith(part);
  }
  const after = live.querySelector("#operations li");
  if (after && after.dataset.key !== before?.dataset.key) {
    document.getElementById("news").textContent = after.querySelector(".head").textContent;
  }
}

let last = "";
async function refresh() {
  if (!document.hidden) {
    try {
      const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text();
      if (html !== last) show((last = html));
      document.getElementById("offline").hidden = true;
    } catch {
      document.getElementById("offline").hidden = false;
    }
  }
  setTimeout(refresh, 2000);
}
setTimeout(refresh, 2000);
document.addEventListener("visibilitychange", () => document.hidden || (last = ""));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const from = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const text = button.dataset.copy || (from && from.textContent);
  if (!text) return;
  const said = button.firstChild;
  try {
    await navigator.clipboard.writeText(text);
    said.data = "Copied";
  } catch {
    if (from) getSelection().selectAllChildren(from);
    said.data = from ? "Selected" : "No clipboard";
  }
  setTimeout(() => (said.data = "Copy"), 1500);
});
