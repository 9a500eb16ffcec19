// Decryption Secrets Block, draft-ietf-opsawg-pcapng section 4.7. A TLS key log is kept for whoever decrypts; what it
// holds is never shown.
import { BLOCK_TRAILER_LENGTH, type BlockType, NO_FRAME } from '../block-type.ts';

//   8  secrets type
//  12  secrets length
//  16  secrets, padded to 32 bits; options
const SECRETS_TYPE = 8;
const SECRETS_LENGTH = 12;
const SECRETS = 16;
const SHORTEST = 20;

/** "TLSK": lines as SSLKEYLOGFILE has them. */
const TLS_KEY_LOG = 0x544c_534b;

export const decryptionSecrets: BlockType = {
  types: [0xa],
  name: 'Decryption Secrets Block',
  longest: 16 * 1024 * 1024,
  read(reader, start, end) {
    const { view, littleEndian } = reader;
    const room = end - BLOCK_TRAILER_LENGTH - start - SECRETS;
    const length = end - start < SHORTEST ? 0 : view.getUint32(start + SECRETS_LENGTH, littleEndian);
    if (room < 0 || length > room) {
      const why = room < 0 ? 'is too short' : `claims ${length} bytes, but there are ${room}`;
      reader.gotOver('impossible-secrets', start, `a ${this.name} ${why}`);
      return NO_FRAME;
    }
    const isKeyLog = view.getUint32(start + SECRETS_TYPE, littleEndian) === TLS_KEY_LOG;
    reader.addSecrets(
      isKeyLog ? reader.buffer.toString('latin1', start + SECRETS, start + SECRETS + length) : '',
      start,
    );
    return NO_FRAME;
  },
};
