// Connections that were closed and whose rows stay for a while, because more may come from them: how many there are.
import * as row from '../src/http/quiet-layout.ts';
import { partitionOf } from './hash';
import { tellClosed } from './log';
import { word } from './memory';

/** Address of the first partition's number, and how many may stay in each. */
let lingering: i32 = 0;
let most: i32 = 0;
/** There are too many in some partition: the program is to let one go before anything else is read. */
export let areTooMany: bool = false;

export function setLingering(address: i32, mostOfPartition: i32): void {
  lingering = address;
  most = mostOfPartition;
  areTooMany = false;
}

export function beginRun(): void {
  areTooMany = false;
}

export function close(place: i32): void {
  tellClosed(place);
  const address = lingering + (partitionOf(word(place, row.HASH)) << 2);
  const count = load<i32>(address) + 1;
  store<i32>(address, count);
  if (count > most) areTooMany = true;
}
