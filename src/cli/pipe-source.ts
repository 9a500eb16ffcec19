import type { ConnectOpts, Socket, SocketConstructorOpts } from 'node:net';
import { nodeNet } from '../base/node-modules.ts';
import type { ByteSource } from '../capture/byte-source.ts';

/** As much as a pipe holds, unless its writer asks for more (Linux: 64 KiB, 1 MiB at most). */
const BUFFER_SIZE = 256 * 1024;

/**
 * A pipe or a socket that is read as its bytes come, into one buffer. A stream would hand out a new one for each read,
 * which is tens of megabytes to keep until somebody collects them.
 */
export class PipeSource implements ByteSource {
  readonly size = undefined;
  readonly #socket: Socket;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  #filled = 0;
  #taken = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(descriptor: number) {
    const options: SocketConstructorOpts & ConnectOpts = {
      fd: descriptor,
      readable: true,
      writable: false,
      onread: { buffer: this.#buffer, callback: (count) => this.#fill(count) },
    };
    this.#socket = new (nodeNet().Socket)(options);
    this.#socket.on('end', () => this.#end());
    // One that is destroyed from outside says no more than this.
    this.#socket.on('close', () => this.#end());
    this.#socket.on('error', (error) => {
      this.#error = error;
      this.#end();
    });
  }

  read(target: Buffer, offset: number, length: number): number | Promise<number> {
    if (this.#taken < this.#filled) {
      const end = Math.min(this.#filled, this.#taken + length);
      const count = this.#buffer.copy(target, offset, this.#taken, end);
      this.#taken = end;
      if (end === this.#filled) this.#socket.resume();
      return count;
    }
    if (this.#ended) {
      const error = this.#error;
      this.#error = undefined;
      if (error !== undefined) throw error;
      return 0;
    }
    return this.#readLater(target, offset, length);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #readLater(target: Buffer, offset: number, length: number): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return this.read(target, offset, length);
  }

  /** False: no more until these are taken. */
  #fill(count: number): boolean {
    this.#filled = count;
    this.#taken = 0;
    this.#woken();
    return false;
  }

  #end(): void {
    this.#ended = true;
    this.#woken();
  }

  #woken(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
