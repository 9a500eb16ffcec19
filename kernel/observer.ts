// What the kernel asks of the program around it. See src/http/kernel.ts; what it tells is in its log.

/** The number of the name in [start, end), without blanks around it; -1: there are too many names. */
export declare function nameOf(start: i32, end: i32): i32;

/** The log is full: it shall be read, and empty then. */
export declare function readLog(): void;

/** A target is longer than a row has room for. */
export declare function keepTarget(exchange: i32, start: i32, length: i32): void;

export declare function dropTarget(exchange: i32): void;

/** No row for a connection is free, or none for an exchange: there shall be some. */
export declare function needRows(): void;
export declare function needExchanges(): void;
/** No room for a client's longest reuses is free. */
export declare function needRooms(): void;
