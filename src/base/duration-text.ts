/** A duration (ns) for people: "5.02 s", "41 ms", "0.3 ms"; "an unknown time" for NaN. */
export function durationText(nanoseconds: number): string {
  if (!Number.isFinite(nanoseconds)) return 'an unknown time';
  if (nanoseconds < 0) return `-${durationText(-nanoseconds)}`;
  const seconds = nanoseconds / 1e9;
  // A unit ends where its rounded text would read like the next one's: 999.9 ms is "1.00 s", not "1000 ms".
  if (seconds >= 99.95) return `${seconds.toFixed(0)} s`;
  if (seconds >= 9.995) return `${seconds.toFixed(1)} s`;
  if (seconds >= 0.9995) return `${seconds.toFixed(2)} s`;
  const milliseconds = nanoseconds / 1e6;
  if (milliseconds >= 9.95) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds >= 0.0995) return `${milliseconds.toFixed(1)} ms`;
  return `${(nanoseconds / 1e3).toFixed(0)} µs`;
}
