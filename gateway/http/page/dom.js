// Elements out of names, properties and children. Text is always text: nothing here reads HTML.

const SVG = "http://www.w3.org/2000/svg";

/** `el("p.note", { id: "x", onclick }, "words", child)`; null and false children are left out. */
export function el(kind, properties = {}, ...children) {
  const [name, ...classes] = kind.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) put(made, key, value);
  made.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return made;
}

/** The same for drawings, whose attributes have no properties. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function put(made, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
  else if (key === "style") for (const [name, part] of Object.entries(value)) made.style.setProperty(name, part);
  else if (key === "data") Object.assign(made.dataset, value);
  else if (key.includes("-") || key === "role" || key === "for") made.setAttribute(key, value);
  else made[key] = value;
}

export const byId = (id) => document.getElementById(id);

export function fill(place, ...children) {
  place.replaceChildren(...children.flat().filter(Boolean));
}

/** Says it to those who listen instead of look. */
export function announce(words) {
  byId("spoken").textContent = words;
}

/** To the next step of the journey: scrolled to, and where the keyboard goes on. */
export function lead(section) {
  section.hidden = false;
  const heading = section.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  section.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}
