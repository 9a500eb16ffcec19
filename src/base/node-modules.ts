// Modules of Node's that take a twentieth of a start each, and that most runs never need: loaded when they are asked for.

/** For what cannot wait for an `import()`. */
export const nodeCrypto = () => process.getBuiltinModule('node:crypto');
export const nodeNet = () => process.getBuiltinModule('node:net');
export const nodeTty = () => process.getBuiltinModule('node:tty');
export const nodeThreads = () => process.getBuiltinModule('node:worker_threads');
