/** A duration (ns) for people: "5.02 s", "41 ms", "0.3 ms"; "an unknown time" for NaN. */
export function durationText(nanoseconds: number): string {
  if (!Number.isFinite(nanoseconds)) return 'an unknown time';
  const seconds = nanoseconds / 1e9;
  if (seconds >= 100) return `${seconds.toFixed(0)} s`;
  if (seconds >= 10) return `${seconds.toFixed(1)} s`;
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  const milliseconds = nanoseconds / 1e6;
  if (milliseconds >= 10) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds >= 0.1) return `${milliseconds.toFixed(1)} ms`;
  return `${(nanoseconds / 1e3).toFixed(0)} µs`;
}
