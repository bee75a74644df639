// How events come to the page: a stream that is taken up again where it broke off, or polling where none comes through.

import { backoff } from "./figures.js";

export const RULE = {
  openWithin: 20_000, // a stream that has not opened by then does not come
  unopenedTries: 2, // so many of those in a row, and the page polls
  brokenTries: 3, // or so many that ended with nothing in them while the server answers
  soundAfter: 10_000, // a stream that lived so long was a good one, also when nothing happened
  quietFirst: 20_000, // silence after opening, until a poll looks whether there really is nothing
  quietLater: 60_000,
  graceForStream: 2_000, // what a poll has seen must come through the stream within that
  pollEvery: 3_000,
  streamEvery: 60_000, // while polling, a stream is tried again that often
  staleAfter: 30_000, // away longer than that: begin from a fresh state
  refreshEvery: 300_000,
  answerWithin: 15_000,
};

const TYPES = [
  "item_posted", "item_claimed", "item_advanced", "item_rejected", "item_held", "item_discarded", "item_buried",
  "item_revived", "item_edited", "item_approved", "item_released", "item_snoozed", "item_rescued", "item_sent_back",
  "attempt_failed", "article_settled", "call_settled", "breaker_changed", "level_changed", "control_set",
];
const MOST_POLLED = 500;
const BACKFILLED = 400;
const BACKFILLED_OF_THE_RARE = 4000;

export class Stream {
  // `world`: {EventSource, fetch, setTimeout, clearTimeout, now, random}; `lastId()`: the last event that was applied;
  // `onSnapshot(document, {date, isAnew})`, `onEvents(events)`, `onBackfill(events)`, `onStatus({is, until})`.
  constructor({ world, lastId, onSnapshot, onEvents, onBackfill, onStatus, rule = RULE }) {
    Object.assign(this, { world, lastId, onSnapshot, onEvents, onBackfill, onStatus, rule });
    this.timers = new Map();
    this.source = null;
    this.isPolling = false;
    this.isOver = false;
    this.failures = 0;
    this.unopened = 0;
    this.broken = 0;
    this.lastHeardAt = -Infinity;
    this.isAnew = false;
  }

  start() {
    this.tell("connecting");
    this.later("refresh", this.rule.refreshEvery * (0.9 + 0.2 * this.world.random()), () => this.refresh());
    return this.begin();
  }

  // The machine was asleep, or the network is back: look now instead of at the next turn.
  wake() {
    if (this.isOver) return;
    if (this.timers.has("retry")) this.later("retry", 0, () => this.begin());
    else if (this.source && !this.isPolling) this.later("quiet", 0, () => this.lookBehind());
  }

  // --- beginning: the state, then what happens after it ---

  async begin() {
    const answer = await this.get("/api/live");
    if (this.isOver) return;
    if (answer.status !== 200) return this.refused(answer);
    if (this.broken >= this.rule.brokenTries || this.unopened >= this.rule.unopenedTries) this.isPolling = true;
    if (this.onSnapshot(answer.document, { date: answer.date, isAnew: this.isAnew })) await this.backfill();
    this.isAnew = false;
    if (this.isOver) return;
    if (this.isPolling) this.startPolling();
    else this.open();
  }

  refused(answer) {
    if (answer.status === 401) return this.signedOut();
    // Nothing is known of the stream while the server itself does not answer.
    this.broken = this.unopened = 0;
    this.retry(answer.retryAfter);
  }

  retry(least = 0) {
    this.close();
    const wait = Math.max(least, 1000 * backoff(this.failures, this.world.random));
    this.failures += 1;
    this.tell("reconnecting", this.world.now() + wait);
    this.later("retry", wait, () => {
      this.tell("trying");
      this.isFresh() ? this.open() : this.begin();
    });
  }

  // A stream that was cut off just now goes on from the last event; any other way back begins with the state.
  isFresh() {
    return !this.isPolling && this.broken === 0 && this.unopened === 0 && this.world.now() - this.lastHeardAt < this.rule.staleAfter;
  }

  async refresh() {
    this.later("refresh", this.rule.refreshEvery * (0.9 + 0.2 * this.world.random()), () => this.refresh());
    if (!this.source && !this.isPolling) return;
    const answer = await this.get("/api/live");
    if (answer.status === 200 && !this.isOver) this.onSnapshot(answer.document, { date: answer.date, isAnew: false });
  }

  async backfill() {
    const found = await Promise.all([
      this.newest(BACKFILLED, "item_advanced,call_settled"),
      this.newest(BACKFILLED_OF_THE_RARE, "item_rejected,item_held,item_buried"),
    ]);
    this.onBackfill(found.flat().sort((one, other) => one.id - other.id));
  }

  async newest(ids, types) {
    const after = Math.max(0, this.lastId() - ids);
    const answer = await this.get(`/api/events/poll?after=${after}&limit=${BACKFILLED}&types=${types}`);
    return answer.status === 200 ? (answer.document.events ?? []) : [];
  }

  // --- the stream ---

  open() {
    const opening = { openedAt: null, hasHeard: false };
    this.source = this.listen({
      onOpen: () => this.opened(opening),
      onEvent: (event) => this.heard(opening, event),
      onResync: () => this.resync(),
      onError: () => this.lost(opening),
    });
    this.later("open", this.rule.openWithin, () => this.neverOpened());
  }

  opened(opening) {
    this.cancel("open");
    opening.openedAt = this.world.now();
    this.failures = this.unopened = 0;
    this.tell("live");
    this.later("sound", this.rule.soundAfter, () => this.sound());
    this.later("quiet", this.rule.quietFirst, () => this.lookBehind());
  }

  heard(opening, event) {
    if (!opening.hasHeard) this.tell("live");
    opening.hasHeard = true;
    this.sound();
    this.later("quiet", this.rule.quietLater, () => this.lookBehind());
    this.onEvents([event]);
  }

  sound() {
    this.lastHeardAt = this.world.now();
    this.failures = this.broken = this.unopened = 0;
  }

  // A stream that ends early counts as broken only when the server is there: else it is the server that ended.
  async lost(opening) {
    const lived = opening.openedAt === null ? 0 : this.world.now() - opening.openedAt;
    this.close();
    this.tell("trying");
    if (opening.hasHeard || lived >= this.rule.soundAfter) {
      this.lastHeardAt = this.world.now();
      return this.retry();
    }
    const answer = await this.get("/api/live");
    if (this.isOver) return;
    if (answer.status === 401) return this.signedOut();
    this.broken = answer.status === 200 ? this.broken + 1 : 0;
    this.retry(answer.retryAfter);
  }

  neverOpened() {
    this.close();
    this.unopened += 1;
    this.begin();
  }

  // What the server could not keep for us is gone: from a fresh state, but not all of a hall at the same instant.
  resync() {
    this.close();
    this.isAnew = true;
    this.later("retry", 500 * this.world.random() + 1000 * backoff(this.failures, () => 0) - 1000, () => this.begin());
    this.failures += 1;
  }

  // A stream says nothing: is there nothing, or does something on the way swallow it?
  async lookBehind() {
    const answer = await this.poll();
    if (this.isOver || this.isPolling || !this.source) return;
    if (answer.status === 401) return this.signedOut();
    if (answer.status !== 200) return this.retry(answer.retryAfter);
    if (answer.document.resync) return this.resync();
    const seen = (answer.document.events ?? []).filter((event) => TYPES.includes(event.type));
    this.later("quiet", this.rule.quietLater, () => this.lookBehind());
    if (seen.length) this.later("grace", this.rule.graceForStream, () => this.judge(seen));
  }

  judge(seen) {
    if (this.lastId() >= seen.at(-1).id) return;
    this.onEvents(seen);
    this.isPolling = true;
    this.startPolling();
  }

  // --- polling, and the way back ---

  startPolling() {
    this.close();
    this.failures = 0;
    this.tell("polling");
    this.later("stream", this.rule.streamEvery, () => this.tryStream());
    return this.pollOnce();
  }

  async pollOnce() {
    const answer = await this.poll();
    if (this.isOver || !this.isPolling) return;
    if (answer.status === 401) return this.signedOut();
    if (answer.status !== 200) return this.retry(answer.retryAfter);
    if (answer.document.resync) return this.resync();
    this.failures = 0;
    const events = answer.document.events ?? [];
    this.onEvents(events);
    if (events.length && this.timers.has("trial")) this.later("behind", this.rule.graceForStream, () => this.endTrial());
    this.later("poll", events.length >= MOST_POLLED ? 0 : this.rule.pollEvery, () => this.pollOnce());
  }

  // Beside the polling, which goes on until the stream has shown that it brings what the poll brings.
  tryStream() {
    this.later("stream", this.rule.streamEvery, () => this.tryStream());
    let isOpen = false;
    this.source = this.listen({
      onOpen: () => { isOpen = true; },
      onEvent: (event) => { this.goLive(); this.onEvents([event]); },
      onResync: () => this.endTrial(),
      onError: () => this.endTrial(),
    });
    this.later("trial", this.rule.openWithin, () => (isOpen ? this.goLive() : this.endTrial()));
  }

  goLive() {
    if (!this.isPolling) return;
    for (const name of ["poll", "stream", "trial", "behind"]) this.cancel(name);
    this.isPolling = false;
    const listening = { openedAt: this.world.now(), hasHeard: false };
    this.source.rewire({
      onOpen: () => {},
      onEvent: (event) => this.heard(listening, event),
      onResync: () => this.resync(),
      onError: () => this.lost(listening),
    });
    this.opened(listening);
  }

  endTrial() {
    for (const name of ["trial", "behind"]) this.cancel(name);
    this.source?.close();
    this.source = null;
  }

  // --- what it is made of ---

  listen(handlers) {
    const source = new this.world.EventSource(`/api/events?last_event_id=${this.lastId()}`);
    let wired = handlers;
    source.onopen = () => wired.onOpen();
    source.onerror = () => { source.close(); wired.onError(); };
    source.addEventListener("resync", () => wired.onResync());
    for (const type of TYPES) source.addEventListener(type, (message) => wired.onEvent(JSON.parse(message.data)));
    const close = () => { wired = { onOpen() {}, onEvent() {}, onResync() {}, onError() {} }; source.close(); };
    return { close, rewire: (others) => { wired = others; } };
  }

  close() {
    for (const name of ["open", "sound", "quiet", "grace", "poll", "stream", "trial", "behind", "retry"]) this.cancel(name);
    this.source?.close();
    this.source = null;
  }

  signedOut() {
    this.isOver = true;
    this.close();
    this.cancel("refresh");
    this.tell("signed_out");
  }

  poll() {
    return this.get(`/api/events/poll?after=${this.lastId()}&limit=${MOST_POLLED}`);
  }

  async get(address) {
    const given = new AbortController();
    const timer = this.world.setTimeout(() => given.abort(), this.rule.answerWithin);
    try {
      const answer = await this.world.fetch(address, { cache: "no-store", signal: given.signal, headers: { Accept: "application/json" } });
      const document = answer.status === 200 ? await answer.json() : null;
      const retryAfter = 1000 * (Number(answer.headers.get("retry-after")) || 0);
      return { status: answer.status, document, retryAfter, date: answer.headers.get("date") };
    } catch {
      return { status: 0, document: null, retryAfter: 0, date: null };
    } finally {
      this.world.clearTimeout(timer);
    }
  }

  later(name, wait, what) {
    this.cancel(name);
    this.timers.set(name, this.world.setTimeout(() => { this.timers.delete(name); what(); }, wait));
  }

  cancel(name) {
    this.world.clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }

  tell(is, until = null) {
    this.onStatus({ is, until });
  }
}
