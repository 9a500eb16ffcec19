// Files that nobody wants once the program is over, however it ends (but for a signal that cannot be caught).
import { rmSync } from 'node:fs';

const paths = new Set<string>();
let isListening = false;

function removeAll(): void {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
}

/** Removes `path`, a file or a folder, when the program ends; the function that is returned does it now. */
export function removeAtExit(path: string): () => void {
  if (!isListening) {
    isListening = true;
    process.on('exit', removeAll);
  }
  paths.add(path);
  return () => {
    paths.delete(path);
    rmSync(path, { recursive: true, force: true });
  };
}
