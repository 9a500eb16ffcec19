/** The module beside this one, in the sources' folder and in the bundle. */
export const TUI_WORKER = new URL('tui-worker.js', import.meta.url);
