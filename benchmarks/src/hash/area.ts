// The area `hash`: fingerprints of messages, and the window that remembers their ids.
import type { Area } from '../frame/area.ts';
import { fingerprints } from './fingerprints.ts';
import { textFingerprints } from './text-fingerprints.ts';
import { window } from './window.ts';
import { windowMemory } from './window-memory.ts';

export const area: Area = {
  name: 'hash',
  description: 'fingerprints of messages by xxHash, SHA-256 and MD5, and the deduplication window',
  module: import.meta.url,
  comparisons: [fingerprints, textFingerprints, window, windowMemory],
};
