// Questions that stand in the way until they are answered.

import { byId } from "./dom.js";

/** What was typed; "" where it was put aside. It is nowhere else afterwards. */
export async function askForKey(wasWrong) {
  byId("key-words").textContent = wasWrong
    ? "That one is not valid here. Try another."
    : "It stays in the memory of this page, and is gone when the page is.";
  const typed = byId("key-typed");
  const said = await answered(byId("key"));
  const key = said ? typed.value : "";
  typed.value = "";
  return key;
}

export const askIfSure = () => answered(byId("sure"));

/** Escape is a no. */
function answered(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "ok"), { once: true });
  });
}
