// What the kernel asks of the program around it, and tells it. See src/http/kernel.ts.

/** The number of the name in [start, end), without blanks around it; -1: there are too many names. */
export declare function nameOf(start: i32, end: i32): i32;

/** The number of the connection's client and server. */
export declare function pairOf(place: i32, frame: i32): i32;

/** A request's head is complete; returns the request's number among the recent ones. */
export declare function asked(place: i32, route: i32, length: f64, frame: i32, time: f64): i32;

export declare function bodyBegan(recent: i32, digest: i32, frame: i32): void;

/** A request that ended an idle gap was answered: in `answerFrame`, the request being `frame`. */
export declare function reused(
  pair: i32,
  stream: i32,
  duration: f64,
  afterFrame: i32,
  frame: i32,
  time: f64,
  answerFrame: i32,
): void;

/** A target is longer than a row has room for. */
export declare function keepTarget(exchange: i32, start: i32, length: i32): void;

export declare function dropTarget(exchange: i32): void;

/** No row for an exchange is free: there shall be some. */
export declare function needExchanges(): void;
