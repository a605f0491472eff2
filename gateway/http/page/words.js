// How numbers, times and the contract's words are said to people.

export const word = (name) => (name ?? "").replace(/^[A-Z]+_/, "").toLowerCase().replaceAll("_", " ");
export const tierOf = (drift) => (drift ? word(drift.tier) : "unmeasured");
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
export const lastPart = (name) => name.slice(name.lastIndexOf("/") + 1);

const STAGES = {
  STAGE_EMBED: "reading the photos",
  STAGE_GENERATE: "rendering",
  STAGE_VERIFY: "measuring its drift",
  STAGE_UPSCALE: "enlarging",
  STAGE_STORE: "marking and storing",
};
export const stageWords = (stage) => STAGES[stage] ?? "waiting for its turn";

export function bytesWords(bytes) {
  const count = Number(bytes);
  if (count < 1e3) return `${count} B`;
  return count < 1e6 ? `${Math.round(count / 1e3)} kB` : `${Number((count / 1e6).toFixed(1))} MB`;
}

export function timeWords(time) {
  return new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** Protobuf's JSON has durations as "3.5s". */
export const secondsOf = (duration) => Number.parseFloat(duration ?? "0");

export function spanWords(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const all = Math.round(seconds / 60);
  if (all < 60) return `${all} min`;
  const [hours, minutes] = [Math.floor(all / 60), all % 60];
  return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
}

export function clockWords(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(left / 3600))}:${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`;
}
