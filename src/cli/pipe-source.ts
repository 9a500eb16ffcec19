import type { ConnectOpts, Socket, SocketConstructorOpts } from 'node:net';
import { nodeNet } from '../base/node-modules.ts';
import { WaitingSource } from '../capture/waiting-source.ts';

/** As much as a pipe holds, unless its writer asks for more (Linux: 64 KiB, 1 MiB at most). */
const BUFFER_SIZE = 256 * 1024;

/**
 * A pipe or a socket that is read as its bytes come, into one buffer. A stream would hand out a new one for each read:
 * megabytes that lie about until they are collected.
 */
export class PipeSource extends WaitingSource {
  readonly #socket: Socket;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  #filled = 0;
  #taken = 0;

  constructor(descriptor: number) {
    super();
    const options: SocketConstructorOpts & ConnectOpts = {
      fd: descriptor,
      readable: true,
      writable: false,
      onread: { buffer: this.#buffer, callback: (count) => this.#fill(count) },
    };
    this.#socket = new (nodeNet().Socket)(options);
    this.listenTo(this.#socket);
  }

  protected take(target: Buffer, offset: number, length: number): number {
    if (this.#taken === this.#filled) return 0;
    const count = this.#buffer.copy(target, offset, this.#taken, Math.min(this.#filled, this.#taken + length));
    this.#taken += count;
    if (this.#taken === this.#filled) this.#socket.resume();
    return count;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** False: no more until these are taken. */
  #fill(count: number): boolean {
    this.#filled = count;
    this.#taken = 0;
    this.woken();
    return false;
  }
}
