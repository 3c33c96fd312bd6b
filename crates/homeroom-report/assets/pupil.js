// A pupil's page: opening notes, stepping through marks, filters, and passages that light up. Without it every sure
// note is open below the essay, and the marks are plain links to them.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const byId = (id) => document.getElementById(id);
  const list = byId("notes");
  const paper = document.querySelector(".paper");
  if (!list || !paper) return;
  const say = byId("say");
  const cards = [...list.children];
  const cardOf = new Map(cards.map((card) => [card.dataset.f, card]));
  const marks = [...paper.querySelectorAll(".mk")];
  const marksOf = (f) => marks.filter((mark) => mark.dataset.f === f);
  const chips = [...document.querySelectorAll(".chip[data-kind]")];
  const folds = [...document.querySelectorAll(".chip[data-display]")];
  // Below this width notes open as a sheet at the foot of the window; the same figure stands in page.css.
  const narrow = window.matchMedia("(max-width: 899px)");
  // Gap between two notes in the margin, in pixels.
  const GAP = 6;
  let current = null;

  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  const visible = () => cards.filter((card) => !card.hidden);

  // Notes stand beside their marks; the open one keeps its place and the others make room.
  const place = () => {
    const shown = visible();
    if (narrow.matches) {
      list.style.height = "";
      for (const card of cards) card.style.top = "";
      return;
    }
    const origin = list.getBoundingClientRect().top;
    const items = shown.map((card) => {
      const mark = byId(`m${card.dataset.f}`);
      const at = mark ? mark.getClientRects()[0] : null;
      return { card, wish: at ? at.top - origin - 8 : null, height: card.offsetHeight, top: 0 };
    });
    let last = 0;
    for (const item of items) {
      if (item.wish === null) item.wish = last;
      last = item.wish;
    }
    const fixed = Math.max(0, items.findIndex((item) => item.card === current));
    let floor = 0;
    // Forward from the open note.
    for (let i = fixed; i < items.length; i += 1) {
      items[i].top = Math.max(items[i].wish, i === fixed ? 0 : floor);
      floor = items[i].top + items[i].height + GAP;
    }
    // Back from it; what would leave the top pushes everything down.
    for (let i = fixed - 1; i >= 0; i -= 1) {
      items[i].top = Math.min(items[i].wish, items[i + 1].top - items[i].height - GAP);
    }
    let ceiling = 0;
    for (const item of items) {
      item.top = Math.max(item.top, ceiling);
      ceiling = item.top + item.height + GAP;
      item.card.style.top = `${item.top}px`;
    }
    list.style.height = `${ceiling}px`;
  };

  const counter = () => {
    const shown = visible();
    const i = shown.indexOf(current);
    byId("at").textContent = `${i < 0 ? "–" : i + 1} / ${shown.length}`;
  };

  const open = (card, focus) => {
    if (current) {
      current.classList.remove("open");
      current.querySelector(".head").setAttribute("aria-expanded", "false");
      for (const mark of marksOf(current.dataset.f)) mark.classList.remove("on");
    }
    current = card;
    if (card) {
      card.classList.add("open");
      card.querySelector(".head").setAttribute("aria-expanded", "true");
      const own = marksOf(card.dataset.f);
      for (const mark of own) mark.classList.add("on");
      if (focus && own[0]) {
        own[0].focus({ preventScroll: true });
        own[0].scrollIntoView({ block: narrow.matches ? "start" : "nearest" });
      }
      say.textContent = card.textContent.trim().replace(/\s+/g, " ");
    }
    counter();
    place();
  };

  const step = (by) => {
    const shown = visible();
    if (!shown.length) return;
    const i = shown.indexOf(current);
    const next = i < 0 ? (by > 0 ? 0 : shown.length - 1) : (i + by + shown.length) % shown.length;
    open(shown[next], true);
  };

  // A mark that is switched off is plain text: no link, no stop for the keyboard.
  const refresh = () => {
    const kinds = new Set(chips.filter(pressed).map((chip) => chip.dataset.kind));
    const displays = new Set(["sure", ...folds.filter(pressed).map((fold) => fold.dataset.display)]);
    for (const card of cards) {
      const style = card.dataset.display === "style";
      const on = displays.has(card.dataset.display) && (style || kinds.has(card.dataset.kind));
      card.hidden = !on;
      for (const mark of marksOf(card.dataset.f)) {
        mark.classList.toggle("off", !on);
        if (on) mark.setAttribute("href", mark.dataset.href);
        else mark.removeAttribute("href");
      }
    }
    // A filter counts what it can show, and is there only if there is something.
    for (const chip of chips) {
      const own = cards.filter((card) => card.dataset.kind === chip.dataset.kind && displays.has(card.dataset.display));
      chip.hidden = own.length === 0;
      chip.querySelector(".n").textContent = String(own.length);
    }
    if (current && current.hidden) open(null, false);
    counter();
    place();
  };

  const toggle = (button) => {
    button.setAttribute("aria-pressed", String(!pressed(button)));
    refresh();
  };

  for (const card of cards) {
    card.querySelector(".head").setAttribute("aria-expanded", "false");
    card.querySelector(".head").addEventListener("click", () => open(card === current ? null : card, false));
  }
  for (const mark of marks) {
    mark.addEventListener("click", (event) => {
      if (mark.classList.contains("off")) return;
      event.preventDefault();
      const card = cardOf.get(mark.dataset.f);
      open(card === current ? null : card, false);
    });
  }
  for (const button of [...chips, ...folds]) button.addEventListener("click", () => toggle(button));
  byId("next").addEventListener("click", () => step(1));
  byId("prev").addEventListener("click", () => step(-1));

  const showers = [...document.querySelectorAll("[data-show]")];
  for (const button of showers) {
    button.addEventListener("click", () => {
      const on = !pressed(button);
      for (const other of showers) other.setAttribute("aria-pressed", "false");
      for (const lit of paper.querySelectorAll(".lit")) lit.classList.remove("lit");
      button.setAttribute("aria-pressed", String(on));
      if (!on) return;
      const parts = [...paper.querySelectorAll(`[data-p~="${button.dataset.show}"]`)];
      for (const part of parts) part.classList.add("lit");
      if (parts[0]) parts[0].scrollIntoView({ block: "center" });
    });
  }

  const help = byId("help");
  const keys = byId("keys");
  const KEY = "homeroom-keys";
  // Storage may be forbidden on a page that was opened from a file.
  try {
    keys.checked = localStorage.getItem(KEY) !== "off";
  } catch { /* the keys stay on */ }
  keys.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, keys.checked ? "on" : "off");
    } catch { /* it holds for this visit */ }
  });
  byId("ask").addEventListener("click", () => help.showModal());
  byId("close").addEventListener("click", () => help.close());

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.closest("input, textarea, select")) return;
    if (event.key === "Escape") {
      open(null, false);
      return;
    }
    if (!keys.checked) return;
    const key = event.key.toLowerCase();
    if (key === "n" || key === "arrowright") step(1);
    else if (key === "p" || key === "arrowleft") step(-1);
    else if (key === "?") help.showModal();
    else if (key === "0") {
      for (const chip of chips) chip.setAttribute("aria-pressed", "true");
      refresh();
    } else {
      const button = [...chips, ...folds].find((chip) => chip.dataset.key === key && !chip.hidden);
      if (!button) return;
      toggle(button);
    }
    event.preventDefault();
  });

  refresh();
  const named = location.hash.match(/^#[fm](\d+)$/);
  if (named && cardOf.has(named[1])) open(cardOf.get(named[1]), true);
  window.addEventListener("resize", place);
  if (document.fonts && document.fonts.ready) document.fonts.ready.then(place);
})();
