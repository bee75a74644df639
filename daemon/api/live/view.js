// The state on the page. Every text that comes from outside goes in as text, never as markup.

import { count, money, span, timeOfDay } from "./figures.js";
import { LANES, TRAYS, laneItems } from "./state.js";
import { say } from "./texts.js";
import { Counter, arrive, leave, mayMove, places, travel } from "./travel.js";

const BRAIN_OF = { INGESTING: "left_brain", DRAFTING: "right_brain", REVIEWING: "left_brain" };
const MOST_MODELS = 4;
const LEAST_CARD = 4.9; // rem: two lines of title, one of facts
const SHAPE_OF = { connecting: "waiting", live: "live", reconnecting: "waiting", trying: "waiting", polling: "polling", signed_out: "off" };
const MOST_REASONS = 3;
const AWAY_AFTER = 3000; // a short break is nobody's business
const AWAY = ["reconnecting", "trying", "signed_out"];

export class View {
  constructor({ language, clock }) {
    this.language = language;
    this.clock = clock; // () => milliseconds since the epoch, by the server's clock
    this.isAway = false;
    this.awaySince = null; // of the connection, by the same clock
    this.cards = new Map();
    this.entries = new Map();
    this.counters = { spent: new Counter(at("spent")), tokens: new Counter(at("tokens")), calls: new Counter(at("calls")) };
    this.lanes = new Map(LANES.map((state) => [state, laneOf(state)]));
    this.trays = new Map(TRAYS.map((state) => [state, trayOf(state)]));
    at("lanes").append(...[...this.lanes.values()].map((lane) => lane.element));
    at("trays").append(...[...this.trays.values()].map((tray) => tray.element));
    this.setLanguage(language);
  }

  say(key, values) {
    return say(this.language, key, values);
  }

  setLanguage(language) {
    this.language = language;
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = this.say(element.dataset.text);
    at("language").textContent = this.say("other_language");
    at("language").lang = language === "zh" ? "en" : "zh-Hans";
    for (const entry of this.entries.values()) entry.remove();
    this.entries.clear();
  }

  render(state) {
    const moves = mayMove() && this.hasRendered;
    this.renderBoard(state, moves);
    this.renderEntries(at("found"), state.findings, { prefix: "f", draw: (one) => this.finding(one), moves });
    this.renderEntries(at("returned"), state.returns, { prefix: "r", draw: (one) => this.returned(one), moves });
    this.renderEntries(at("posts"), state.posts, { prefix: `p${state.isPublic}`, draw: (one) => this.post(one, state), moves });
    this.renderSums(state);
    this.renderModels(state.models);
    this.renderNotice(state);
    at("sign-out").hidden = state.isPublic;
    this.hasRendered = true;
  }

  // --- the board ---

  renderBoard(state, moves) {
    const before = moves ? places([...this.cards.values()]) : new Map();
    const rows = this.fitRows();
    const shown = new Set();
    for (const [name, lane] of this.lanes) {
      write(lane.count, count(state.states[name] ?? 0, this.language));
      const items = laneItems(state, name).slice(0, rows);
      const cards = items.map((item) => this.card(item));
      items.forEach((item) => shown.add(item.id));
      place(lane.list, cards);
      lane.element.classList.toggle("busy", items.some((item) => item.isWorking));
    }
    for (const [name, tray] of this.trays) write(tray.count, count(state.states[name] ?? 0, this.language));
    this.dropCards(state, shown, before);
    if (moves) travel(before, [...this.cards.values()]);
    this.tick();
  }

  // Whole cards fill the lanes, whatever the height of the window: so many of them, with so many lines of title.
  fitRows() {
    const list = this.lanes.get(LANES[0]).list;
    const style = getComputedStyle(list);
    const [rem, gap] = [parseFloat(getComputedStyle(document.documentElement).fontSize), parseFloat(style.rowGap)];
    const rows = Math.max(1, Math.floor((list.clientHeight + gap) / (LEAST_CARD * rem + gap)));
    const height = (list.clientHeight - gap * (rows - 1)) / rows;
    at("lanes").style.setProperty("--rows", rows);
    at("lanes").style.setProperty("--lines", Math.max(2, Math.floor((height - 2.1 * rem) / (1.216 * rem))));
    return rows;
  }

  card(item) {
    const card = this.cards.get(item.id) ?? make("li", "card", [make("span", "title"), make("span", "facts")]);
    this.cards.set(item.id, card);
    card.dataset.id = item.id;
    card.dataset.since = item.at;
    card.dataset.working = item.isWorking;
    card.dataset.words = this.wordsOf(item);
    card.dataset.round = item.round > 0 && item.state !== "PUBLISHED" ? this.say("round", { round: item.round + 1 }) : "";
    write(card.firstChild, item.title || this.say("unnamed", { id: item.id.slice(-5) }));
    return card;
  }

  wordsOf(item) {
    if (item.state === "PUBLISHED") return "";
    const known = `waits_${item.waitsFor}`;
    const waits = item.waitsFor && ["budget", "burn", "breaker", "batch", "article"].includes(item.waitsFor) ? known : "waits";
    return this.say(item.isWorking ? "at_work" : waits);
  }

  dropCards(state, shown, before) {
    const stateOf = new Map(state.items.map((item) => [item.id, item.state]));
    for (const [id, card] of this.cards) {
      if (shown.has(id)) continue;
      this.cards.delete(id);
      const from = before.get(card);
      const tray = this.trays.get(stateOf.get(id))?.element;
      from ? leave(card, from, tray) : card.remove();
    }
  }

  // Once a second: how long each item has been where it is.
  tick() {
    const now = this.clock();
    for (const card of this.cards.values()) {
      const seconds = (now - Date.parse(card.dataset.since)) / 1000;
      const time = Number.isFinite(seconds) ? span(seconds, this.language) : "";
      write(card.lastChild, [card.dataset.words, time, card.dataset.round].filter(Boolean).join(" · "));
    }
  }

  // --- the lists ---

  renderEntries(list, entries, { prefix, draw, moves }) {
    const wanted = entries.map((one) => {
      const key = `${prefix}:${one.key ?? one.id}`;
      const isNew = !this.entries.has(key);
      if (isNew) this.entries.set(key, draw(one));
      return { key, element: this.entries.get(key), isNew };
    });
    const kept = new Set(wanted.map((one) => one.key));
    for (const key of [...this.entries.keys()].filter((key) => key.startsWith(`${prefix[0]}`) && !kept.has(key))) {
      this.entries.get(key).remove();
      this.entries.delete(key);
    }
    place(list, wanted.map((one) => one.element));
    if (moves) wanted.filter((one) => one.isNew).slice(0, 5).forEach((one) => arrive(one.element));
  }

  finding(one) {
    const facts = Object.entries(one.counts).filter(([, n]) => n > 0);
    return make("li", "entry", [
      one.title ? make("h3", "of", [], one.title) : null,
      make("p", "gist", [], one.gist),
      make("ul", "more", one.found.map((text) => make("li", "", [], text))),
      make("ul", "names", one.names.map((name) => make("li", "", [], name))),
      make("p", "facts", [], facts.map(([name, n]) => this.say(name, { n: count(n, this.language) })).join(" · ")),
    ]);
  }

  returned(one) {
    const reasons = one.reasons.slice(0, MOST_REASONS);
    const rest = one.reasons.length - reasons.length;
    const shape = { rejected: "returned", held: "HELD", buried: "DEAD_LETTER" }[one.kind];
    const how = make("p", "how", [shapeOf(shape), make("span", "", [], this.say(one.kind, { round: Math.max(1, one.round) }))]);
    how.dataset.kind = one.kind;
    return make("li", "entry", [
      how,
      one.title ? make("h3", "of", [], one.title) : null,
      make("ul", "why", (reasons.length ? reasons : [this.say("no_reason")]).map((text) => make("li", "", [], text))),
      rest > 0 ? make("p", "facts", [], this.say("more_reasons", { n: rest })) : null,
    ]);
  }

  post(one, state) {
    const title = make("h3", "headline");
    if (state.isPublic || !one.slug) title.textContent = one.title;
    else title.append(linkTo(`/posts/${encodeURIComponent(one.slug)}.html`, one.title));
    return make("li", "entry", [
      title,
      one.summary ? make("p", "summary", [], one.summary) : null,
      make("p", "facts", [], timeOfDay(one.at, this.language)),
    ]);
  }

  // --- figures, models, level, connection ---

  renderSums({ today }) {
    this.counters.spent.show(today.cost, (usd) => money(usd, this.language));
    this.counters.tokens.show(today.prompt + today.completion, (n) => count(Math.round(n), this.language));
    this.counters.calls.show(today.calls, (n) => count(Math.round(n), this.language));
    const detail = { input: count(today.prompt, this.language), output: count(today.completion, this.language) };
    write(at("tokens-detail"), this.say("tokens_detail", detail));
  }

  renderModels(known) {
    const models = known.slice(0, MOST_MODELS);
    const signature = `${this.language}|${models.map((one) => `${one.name}=${one.status}`).join("|")}`;
    if (signature === this.modelsShown) return;
    this.modelsShown = signature;
    const entries = models.map((one) => {
      const word = make("span", "word", [], this.say(one.status));
      const entry = make("li", "", [shapeOf(one.status), make("b", "", [], one.name === "offline" ? this.say("offline") : one.name), word]);
      entry.dataset.status = one.status;
      return entry;
    });
    at("models").replaceChildren(...(entries.length ? entries : [make("li", "none", [], this.say("no_models"))]));
  }

  // What is well is only known while there is a connection; without one, an old "all is well" would be a lie.
  renderNotice(state) {
    const notice = at("notice");
    this.noticed = state;
    notice.dataset.away = this.isAway;
    notice.dataset.level = state.level;
    notice.dataset.paused = state.paused;
    const words = this.say(state.level in LEVELS ? state.level : "L0");
    write(at("level"), this.isAway ? "" : `${this.say("level")} ${state.level}`);
    if (this.isAway) {
      write(at("level-words"), this.say("away", { time: timeOfDay(new Date(this.awaySince).toISOString(), this.language) }));
      write(at("level-reason"), "");
      return;
    }
    const paused = state.paused ? this.say(state.level === "L0" ? "paused" : "paused_too") : "";
    write(at("level-words"), state.level === "L0" && paused ? paused : [words, paused].filter(Boolean).join(" "));
    write(at("level-reason"), state.level === "L0" ? "" : (state.levelReason ?? ""));
  }

  renderStatus({ is, until }) {
    const seconds = until === null ? 0 : Math.max(1, Math.ceil((until - Date.now()) / 1000));
    const connection = at("connection");
    connection.dataset.is = is;
    connection.querySelector("use").setAttribute("href", `#s-${SHAPE_OF[is]}`);
    write(connection.lastChild, this.say(is, { seconds }));
    at("sign-in").hidden = is !== "signed_out";
    this.noticeAway(is);
  }

  noticeAway(is) {
    this.awaySince = AWAY.includes(is) ? (this.awaySince ?? this.clock()) : null;
    const isAway = this.awaySince !== null && this.clock() - this.awaySince >= AWAY_AFTER;
    if (isAway === this.isAway) return;
    this.isAway = isAway;
    if (this.noticed) this.renderNotice(this.noticed);
  }
}

const LEVELS = { L0: 0, L1: 1, L2: 2, L3: 3 };

export function at(id) {
  return document.getElementById(id);
}

function laneOf(state) {
  const [list, number] = [make("ol", "cards"), make("output", "count", [], "0")];
  const name = make("span", "word");
  name.dataset.text = state;
  const brain = make("small", "brain");
  if (state in BRAIN_OF) brain.dataset.text = BRAIN_OF[state];
  const element = make("li", "lane", [make("h3", "", [shapeOf(state), name]), number, brain, list]);
  element.dataset.state = state;
  return { element, list, count: number };
}

function trayOf(state) {
  const number = make("output", "count", [], "0");
  const name = make("span", "word");
  name.dataset.text = state;
  const element = make("li", "tray", [shapeOf(state), name, number]);
  element.dataset.state = state;
  return { element, count: number };
}

// The elements in this order, moving none that stands right already.
function place(list, elements) {
  elements.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
}

function make(tag, name = "", children = [], text = null) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== null) element.textContent = text;
  element.append(...children.filter((child) => child !== null));
  return element;
}

function linkTo(address, text) {
  const link = make("a", "", [], text);
  link.href = address;
  return link;
}

function shapeOf(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#s-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
