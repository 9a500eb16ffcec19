import type { BlockType } from './block-type.ts';
import { custom } from './blocks/custom.ts';
import { decryptionSecrets } from './blocks/decryption-secrets.ts';
import { enhancedPacket } from './blocks/enhanced-packet.ts';
import { interfaceDescription } from './blocks/interface-description.ts';
import { interfaceStatistics } from './blocks/interface-statistics.ts';
import { nameResolution } from './blocks/name-resolution.ts';
import { obsoletePacket } from './blocks/obsolete-packet.ts';
import { sectionHeader } from './blocks/section-header.ts';
import { simplePacket } from './blocks/simple-packet.ts';
import { sysdigEvent } from './blocks/sysdig-event.ts';
import { systemdJournalExport } from './blocks/systemd-journal-export.ts';

/** Every block type that is read. Any other is skipped unread. */
export const BLOCK_TYPES: readonly BlockType[] = [
  sectionHeader,
  interfaceDescription,
  enhancedPacket,
  simplePacket,
  obsoletePacket,
  nameResolution,
  interfaceStatistics,
  decryptionSecrets,
  systemdJournalExport,
  custom,
  sysdigEvent,
];

const BY_NUMBER = new Map(
  BLOCK_TYPES.flatMap((blockType) => blockType.types.map((type) => [type, blockType] as const)),
);

export function blockTypeOf(type: number): BlockType | undefined {
  return BY_NUMBER.get(type);
}
