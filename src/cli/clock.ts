/** Milliseconds on a clock that never goes back. (What is behind `performance` is loaded when that is first touched.) */
export function now(): number {
  return process.uptime() * 1000;
}
