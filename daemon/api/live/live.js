// Puts the parts together: events change the state, the state is shown at most a few times a second.

import { apply, backfilled, emptyState, noRecent, rebuilt, remember } from "./state.js";
import { Stream } from "./stream.js";
import { say, spokenLanguage } from "./texts.js";
import { View, at } from "./view.js";

const RENDER_EVERY = 150;
const SPEAK_EVERY = 15_000;
const NAME_EVERY = 10_000;
const THEMES = ["auto", "light", "dark"];

const kept = {
  get(key) { try { return localStorage.getItem(`davidagent.${key}`); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(`davidagent.${key}`, value); } catch { /* a private window keeps nothing */ } },
};

let state = emptyState();
let recent = noRecent();
let status = { is: "connecting", until: null };
let skew = 0;
let language = kept.get("language") in { en: 0, zh: 0 } ? kept.get("language") : spokenLanguage(navigator.languages);
const view = new View({ language, clock: () => Date.now() + skew });

// --- showing ---

let drawing = 0;
function show() {
  if (drawing || document.hidden) return;
  drawing = setTimeout(() => { drawing = 0; if (!document.hidden) view.render(state); }, RENDER_EVERY);
}

function showNow() {
  clearTimeout(drawing);
  drawing = 0;
  view.render(state);
  view.renderStatus(status);
}

setInterval(() => {
  if (document.hidden) return;
  view.tick();
  view.renderStatus(status);
}, 1000);

// --- events ---

const stream = new Stream({
  world: {
    EventSource: window.EventSource,
    fetch: (...given) => fetch(...given),
    setTimeout: (...given) => setTimeout(...given),
    clearTimeout: (timer) => clearTimeout(timer),
    now: () => Date.now(),
    random: Math.random,
  },
  lastId: () => state.lastId,
  onSnapshot(snapshot, { date, isAnew }) {
    if (date) skew = Date.parse(date) - Date.now();
    const isOther = isAnew && (snapshot.last_event_id ?? 0) < state.lastId;
    if (isAnew) recent = noRecent();
    const next = rebuilt(isOther ? emptyState() : state, snapshot, recent);
    if (next) state = next;
    show();
    return next !== null;
  },
  onEvents(events) {
    const before = state;
    for (const event of events) {
      if (event.id > state.lastId) recent = remember(recent, event);
      state = apply(state, event);
    }
    if (state === before) return;
    tellLater(before);
    show();
    nameLater();
  },
  onBackfill(events) {
    state = backfilled(state, events);
    show();
  },
  onStatus(now) {
    if (now.is !== status.is && ["signed_out", "polling", "reconnecting"].includes(now.is)) speakLater("connection");
    if (now.is === "live" && spoken.was !== "live") speakLater("connection");
    status = now;
    if (!document.hidden) view.renderStatus(status);
  },
});

// On a very full board items set out that the page has never heard of; the state knows their titles.
let naming = 0;
function nameLater() {
  if (naming || document.hidden || !state.items.some((item) => !item.title)) return;
  naming = setTimeout(() => stream.refresh().finally(() => { naming = 0; }), NAME_EVERY * (1 + Math.random()));
}

// --- what a screen reader is told: now and then, in one sentence ---

const spoken = { at: -Infinity, timer: 0, was: "connecting", level: "L0", published: 0, returned: 0, title: "" };

function tellLater(before) {
  const added = state.posts.filter((post) => !before.posts.some((one) => one.key === post.key));
  spoken.published += added.length;
  spoken.title = added[0]?.title ?? spoken.title;
  spoken.returned += state.returns.filter((one) => !before.returns.some((other) => other.id === one.id)).length;
  if (added.length || spoken.returned || state.level !== before.level || state.paused !== before.paused) speakLater();
}

function speakLater() {
  if (spoken.timer) return;
  spoken.timer = setTimeout(speak, Math.max(1000, spoken.at + SPEAK_EVERY - Date.now()));
}

function speak() {
  const words = [];
  if (status.is !== spoken.was) words.push(say(language, "spoken_connection", { words: at("connection").textContent.trim() }));
  if (state.level !== spoken.level) words.push(at("notice").textContent.trim().replace(/\s+/g, " "));
  if (spoken.published === 1 && !spoken.returned) words.push(say(language, "spoken_published", { title: spoken.title }));
  else if (spoken.published || spoken.returned) words.push(say(language, "spoken_counts", spoken));
  Object.assign(spoken, { at: Date.now(), timer: 0, was: status.is, level: state.level, published: 0, returned: 0 });
  if (words.length) at("spoken").textContent = words.join(" ");
}

// --- a person's wishes ---

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  at("theme").dataset.theme = theme;
  at("theme").textContent = say(language, `theme_${theme}`);
}

at("theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(at("theme").dataset.theme) + 1) % THEMES.length];
  kept.set("theme", next);
  setTheme(next);
});

at("language").addEventListener("click", () => {
  language = language === "en" ? "zh" : "en";
  kept.set("language", language);
  view.setLanguage(language);
  setTheme(at("theme").dataset.theme);
  showNow();
});

let hiddenAt = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { hiddenAt = Date.now(); return; }
  view.hasRendered = false; // what happened meanwhile is shown at once, not played
  showNow();
  if (Date.now() - hiddenAt > 30_000) stream.wake();
});
addEventListener("online", () => stream.wake());
addEventListener("pageshow", (event) => { if (event.persisted) stream.wake(); });
addEventListener("resize", show);

setTheme(THEMES.includes(kept.get("theme")) ? kept.get("theme") : "auto");
showNow();
stream.start();
