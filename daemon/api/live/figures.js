// Numbers, money, times and waits as people read them. Pure: what varies is passed in.

const LOCALE = { en: "en-US", zh: "zh-CN" };
const MILLION = 1_000_000;

export function count(n, language) {
  if (n < 10 * MILLION) return new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: 0 }).format(n);
  return new Intl.NumberFormat(LOCALE[language], { notation: "compact", maximumFractionDigits: 2 }).format(n);
}

// Dollars from one dollar on; below, cents, with as many places as show a single call.
export function money(usd, language) {
  if (usd >= 1) return `$${places(usd, 2, language)}`;
  const cents = usd * 100;
  return `${places(cents, cents === 0 ? 0 : cents < 1 ? 3 : cents < 10 ? 2 : 1, language)} ¢`;
}

export function span(seconds, language) {
  const whole = Math.max(0, Math.floor(seconds));
  const [n, unit] =
    whole < 60 ? [whole, "second"] : whole < 3600 ? [Math.floor(whole / 60), "minute"]
    : whole < 86_400 ? [Math.floor(whole / 3600), "hour"] : [Math.floor(whole / 86_400), "day"];
  return new Intl.NumberFormat(LOCALE[language], { style: "unit", unit, unitDisplay: "narrow" }).format(n);
}

export function timeOfDay(at, language, timeZone) {
  const time = new Date(at);
  if (at === null || Number.isNaN(time.getTime())) return "";
  return new Intl.DateTimeFormat(LOCALE[language], { hour: "2-digit", minute: "2-digit", hour12: false, timeZone }).format(time);
}

// Seconds to wait before the try after `failures` failed ones: 1, 2, 4 … 30, and up to a fifth more.
export function backoff(failures, random) {
  return Math.min(30, 2 ** failures) * (1 + 0.2 * random());
}

function places(value, digits, language) {
  return new Intl.NumberFormat(LOCALE[language], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}
