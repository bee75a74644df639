// Elements that travel: where each was, where it is now, and the way in between (first, last, invert, play).

const TRAVEL = { duration: 700, easing: "cubic-bezier(.22,.8,.24,1)" };
const ARRIVE = { duration: 450, easing: "ease-out" };
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function mayMove() {
  return !document.hidden && !still.matches;
}

// Where the elements stand, as they are seen now: in the middle of a movement, too.
export function places(elements) {
  return new Map(elements.map((element) => [element, element.getBoundingClientRect()]));
}

export function travel(before, elements) {
  const now = elements.map((element) => {
    for (const movement of element.getAnimations()) movement.cancel();
    return [element, element.getBoundingClientRect()];
  });
  for (const [element, to] of now) {
    const from = before.get(element);
    from ? move(element, from, to) : arrive(element);
  }
}

export function arrive(element) {
  element.animate([{ opacity: 0, transform: "translateY(.6rem)" }, { opacity: 1, transform: "none" }], ARRIVE);
}

// The element leaves its list at once; a picture of it goes to `target` and fades there.
export function leave(element, from, target) {
  element.remove();
  if (!target || !mayMove()) return;
  const to = target.getBoundingClientRect();
  Object.assign(element.style, { position: "fixed", left: `${from.left}px`, top: `${from.top}px`, width: `${from.width}px`, height: `${from.height}px`, margin: "0" });
  element.classList.add("leaving");
  element.setAttribute("aria-hidden", "true");
  document.body.append(element);
  const way = `translate(${to.left + to.width / 2 - from.left - from.width / 2}px, ${to.top - from.top}px) scale(.3)`;
  element.animate([{ transform: "none", opacity: 1 }, { transform: way, opacity: 0 }], TRAVEL).onfinish = () => element.remove();
}

function move(element, from, to) {
  const [x, y] = [from.left - to.left, from.top - to.top];
  if (Math.abs(x) < 1 && Math.abs(y) < 1) return;
  element.animate([{ transform: `translate(${x}px, ${y}px)`, zIndex: 5 }, { transform: "none", zIndex: 5 }], TRAVEL);
}

// A number that runs to its new value instead of jumping there.
export class Counter {
  constructor(element) {
    this.element = element;
    this.value = 0;
    this.shown = 0;
    this.frame = 0;
  }

  show(value, write) {
    cancelAnimationFrame(this.frame);
    this.value = value;
    if (!mayMove() || value < this.shown) return this.put(value, write);
    const [from, began] = [this.shown, performance.now()];
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - began) / 600));
      this.put(from + (value - from) * (1 - (1 - share) ** 3), write);
      if (share < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  put(value, write) {
    this.shown = value;
    const text = write(value);
    if (this.element.textContent !== text) this.element.textContent = text;
  }
}
