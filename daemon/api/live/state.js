// What the page knows, as plain data: state + event -> state. Nothing here touches the page or the clock.

export const LANES = ["QUEUED", "INGESTING", "DRAFTING", "REVIEWING", "PUBLISHING", "PUBLISHED"];
export const TRAYS = ["HELD", "DEAD_LETTER", "DISCARDED"];
export const MOST = { items: 60, posts: 30, findings: 50, returns: 50, models: 6, recent: 2000 };

const NO_SUMS = { calls: 0, prompt: 0, completion: 0, cost: 0 };

export function emptyState() {
  return {
    lastId: 0,
    level: "L0",
    levelReason: null,
    paused: false,
    isPublic: true,
    states: Object.fromEntries([...LANES, ...TRAYS].map((state) => [state, 0])),
    items: [],
    posts: [],
    findings: [],
    returns: [],
    models: [],
    today: { day: "", ...NO_SUMS },
  };
}

// A state from what `/api/live` answered; what only events tell (findings, models) is kept from the state before.
export function fromSnapshot(snapshot, before = emptyState()) {
  const known = new Map(before.items.map((item) => [item.id, item]));
  return {
    ...before,
    lastId: snapshot.last_event_id ?? 0,
    level: snapshot.level ?? "L0",
    levelReason: snapshot.level_reason ?? null,
    paused: Boolean(snapshot.paused),
    isPublic: snapshot.is_public !== false,
    states: { ...emptyState().states, ...snapshot.states },
    items: (snapshot.items ?? []).map((item) => itemOf(item, known.get(item.id))).slice(0, MOST.items),
    posts: (snapshot.posts ?? []).map(postOf).slice(0, MOST.posts),
    models: [...modelsIn(snapshot), ...before.models].filter(isFirstOfItsName).slice(0, MOST.models),
    today: sumsOf(snapshot),
  };
}

// The state after a snapshot that came while events went on: what is newer than it is applied again.
// Null when the snapshot is older than the events that are still remembered.
export function rebuilt(before, snapshot, recent) {
  if ((snapshot.last_event_id ?? 0) < recent.forgotten) return null;
  return recent.events.reduce(apply, fromSnapshot(snapshot, before));
}

export function noRecent() {
  return { events: [], forgotten: 0 };
}

// The newest events as they came, and the id through which older ones are forgotten. Grows in place, for it is long.
export function remember(recent, event) {
  recent.events.push(event);
  if (recent.events.length <= 2 * MOST.recent) return recent;
  const kept = recent.events.slice(-MOST.recent);
  return { events: kept, forgotten: recent.events[MOST.recent].id };
}

// Each event counts once: one that is not newer than the last changes nothing.
export function apply(state, event) {
  if (!(event.id > state.lastId)) return state;
  const change = CHANGES[event.type] ?? ((same) => same);
  return { ...change(moved(state, event), event), lastId: event.id };
}

// Events from before the snapshot: they fill the lists that only events tell, and count nowhere.
export function backfilled(state, events) {
  const old = events.filter((event) => event.id <= state.lastId);
  const filled = old.reduce((so_far, event) => (TOLD[event.type] ?? ((same) => same))(so_far, event), state);
  return { ...filled, findings: newestFirst(filled.findings), returns: newestFirst(filled.returns) };
}

export function findItem(state, id) {
  return state.items.find((item) => item.id === id);
}

// The items of one lane as they are shown: what is worked on first, then what changed last.
export function laneItems(state, lane) {
  const items = state.items.filter((item) => item.state === lane);
  return items.sort((a, b) => b.isWorking - a.isWorking || b.changed - a.changed);
}

const CHANGES = {
  item_advanced: (state, event) => made(state, event),
  item_rejected: (state, event) => returned(made(state, event), event),
  item_held: (state, event) => returned(made(state, event), event),
  item_buried: (state, event) => returned(state, event),
  article_settled: (state, event) => ({ ...state, items: state.items.map((item) => waitedFor(item, event)) }),
  call_settled: (state, event) => counted(answered(state, event), event),
  breaker_changed: (state, event) => withModel(state, breakerOf(event.data ?? {}, event.id)),
  level_changed: (state, { data }) => ({ ...state, level: data.level, levelReason: data.reason ?? null }),
  control_set: (state, { data }) => (data.key === "paused" ? { ...state, paused: data.value != null } : state),
};

const TOLD = {
  item_advanced: (state, event) => ofKind(event, "knowledge").reduce((sum, one) => withFinding(sum, event, one), state),
  item_rejected: (state, event) => returned(state, event),
  item_held: (state, event) => returned(state, event),
  item_buried: (state, event) => returned(state, event),
  call_settled: (state, event) => answered(state, event),
};

function moved(state, event) {
  if (!event.item_id || !event.to) return state;
  const states = { ...state.states };
  if (event.from !== event.to) {
    if (event.from in states) states[event.from] = Math.max(0, states[event.from] - 1);
    states[event.to] = (states[event.to] ?? 0) + 1;
  }
  return { ...state, states, items: withItem(state.items, event) };
}

function withItem(items, event) {
  const before = items.find((item) => item.id === event.item_id);
  const data = event.data ?? {};
  const item = {
    id: event.item_id,
    title: data.title || titleMade(data) || before?.title || "",
    state: event.to,
    round: data.round ?? before?.round ?? 0,
    at: before && event.from === event.to && !isBegun(event) ? before.at : event.at,
    changed: event.id,
    isWorking: isBegun(event),
    waitsFor: data.waits_for ?? (event.type === "item_snoozed" ? "turn" : null),
  };
  return bounded([item, ...items.filter((one) => one.id !== item.id)]);
}

function waitedFor(item, event) {
  return item.id === event.item_id ? { ...item, waitsFor: null, changed: event.id } : item;
}

// A claim begins the work of a state, a failed attempt goes on with it; everything else ends it.
function isBegun(event) {
  return event.type === "item_claimed" || event.type === "attempt_failed";
}

// What is over leaves first, then what waits longest without having begun.
function bounded(items) {
  if (items.length <= MOST.items) return items;
  const isOver = (item) => item.state === "PUBLISHED" || TRAYS.includes(item.state);
  const last = items.findLastIndex(isOver);
  const waiting = items.findLastIndex((item) => item.state === "QUEUED");
  const leaving = last > 5 ? last : waiting > 0 ? waiting : items.length - 1;
  return items.filter((_, index) => index !== leaving);
}

function made(state, event) {
  const told = TOLD.item_advanced(state, event);
  return ofKind(event, "post").reduce((sum, one) => withPost(sum, event, one), told);
}

function ofKind(event, kind) {
  return (event.data?.made ?? []).filter((one) => one.kind === kind);
}

function titleMade(data) {
  return (data.made ?? []).find((one) => one.kind === "post" || one.kind === "draft")?.title;
}

function withFinding(state, event, one) {
  const finding = {
    id: event.id,
    title: findItem(state, event.item_id)?.title ?? "",
    gist: one.gist ?? "",
    found: (one.found ?? []).filter((text) => text && text !== one.gist),
    names: one.names ?? [],
    counts: Object.fromEntries(["claims", "entities", "numbers", "quotes"].map((name) => [name, one[name] ?? 0])),
    model: one.model ?? null,
    at: event.at,
  };
  return { ...state, findings: withEntry(state.findings, finding).slice(0, MOST.findings) };
}

function returned(state, event) {
  const data = event.data ?? {};
  const entry = {
    id: event.id,
    kind: event.type.replace("item_", ""),
    title: titleMade(data) || findItem(state, event.item_id)?.title || "",
    round: data.round ?? 0,
    reasons: data.reasons ?? [data.reason ?? data.failure?.message].filter(Boolean),
    at: event.at,
  };
  return { ...state, returns: withEntry(state.returns, entry).slice(0, MOST.returns) };
}

function withPost(state, event, one) {
  const post = postOf({ ...one, at: event.at });
  const others = state.posts.filter((other) => other.key !== post.key);
  return { ...state, posts: [post, ...others].slice(0, MOST.posts) };
}

function answered(state, event) {
  const { brain, model, status } = event.data ?? {};
  // A sensor reads sources: what it asks is no model.
  if (!model || brain === "sensor") return state;
  return withModel(state, { name: model, status: status === "ok" || status === "malformed" ? "answers" : "fails", changed: event.id });
}

function counted(state, event) {
  const { prompt_tokens: prompt, completion_tokens: completion, cost_usd: cost } = event.data ?? {};
  const day = dayOf(event.at);
  const today = state.today.day === day || !state.today.day ? state.today : NO_SUMS;
  return {
    ...state,
    today: {
      day,
      calls: today.calls + 1,
      prompt: today.prompt + (prompt ?? 0),
      completion: today.completion + (completion ?? 0),
      cost: today.cost + (cost ?? 0),
    },
  };
}

function withModel(state, model) {
  const before = state.models.find((one) => one.name === model.name);
  if (before && before.changed > model.changed) return state;
  const models = before
    ? state.models.map((one) => (one === before ? model : one))
    : [...state.models, model].sort((a, b) => b.changed - a.changed).slice(0, MOST.models);
  return { ...state, models };
}

function modelsIn(snapshot) {
  return (snapshot.models ?? snapshot.breakers ?? []).map((one) => breakerOf(one, 0));
}

function breakerOf(one, id) {
  const status = one.state === "open" ? "open" : one.state === "half_open" || one.state === "half-open" ? "half_open" : "answers";
  return { name: one.name ?? one.model ?? "", status: one.status ?? status, changed: id };
}

function itemOf(item, before) {
  const isSame = before?.state === item.state;
  return {
    id: item.id,
    title: item.title ?? before?.title ?? "",
    state: item.state,
    round: item.round ?? 0,
    at: isSame ? before.at : item.updated_at,
    changed: isSame ? before.changed : 0,
    isWorking: item.is_working ?? (isSame && before.isWorking),
    waitsFor: item.waits_for ?? (isSame ? before.waitsFor : null),
  };
}

function postOf(post) {
  return {
    key: post.slug || post.title,
    title: post.title ?? "",
    slug: post.slug ?? null,
    summary: post.summary ?? "",
    at: post.at ?? null,
  };
}

function sumsOf({ today = {}, at = null }) {
  return {
    day: at ? dayOf(at) : "",
    calls: today?.calls ?? 0,
    prompt: today?.prompt_tokens ?? 0,
    completion: today?.completion_tokens ?? 0,
    cost: today?.cost_usd ?? 0,
  };
}

// The desk's day is that of UTC, which is how times are written.
function dayOf(at) {
  return String(at).slice(0, 10);
}

function withEntry(entries, entry) {
  return entries.some((one) => one.id === entry.id) ? entries : [entry, ...entries];
}

function newestFirst(entries) {
  return [...entries].sort((a, b) => b.id - a.id);
}

function isFirstOfItsName(model, index, models) {
  return Boolean(model.name) && models.findIndex((one) => one.name === model.name) === index;
}
