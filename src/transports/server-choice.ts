// Which media server to run: ws, or uWebSockets.js where it is asked for. Control plane.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RingmasterError } from '../errors.js';
import { uwsListen, type UwsModule } from './media-server.js';
import { nodeListen } from './node-server.js';
import type { ListenFunction, MediaServer } from './server-contract.js';

export type ServerPreference = 'auto' | 'uws' | 'ws';

export interface ServerChoice {
  readonly implementation: MediaServer['implementation'];
  /** Why this one, for the log and for `doctor`. */
  readonly reason: string;
  readonly listen: ListenFunction;
}

/** Either the native module or why there is none. */
export type UwsLoad = { readonly module: UwsModule } | { readonly missing: string };

/**
 * `auto` takes ws: the HTTP parser of node:http refuses what two readers may read in two ways, answers
 * what is no HTTP, and counts connections. uWebSockets.js takes some 10 % off a node's CPU time, and is
 * for a node behind a proxy that parses HTTP itself. See docs/architecture.md.
 * @param load replaced in tests
 * @throws {RingmasterError} CONFIG_INVALID where `uws` is asked for and cannot run here
 */
export async function chooseServer(
  preference: ServerPreference,
  load: () => Promise<UwsLoad> = loadUws,
): Promise<ServerChoice> {
  if (preference !== 'uws') {
    const reason = preference === 'ws' ? 'ws is configured' : 'its HTTP parser is strict';
    return { implementation: 'ws', reason, listen: nodeListen };
  }
  const loaded = await load();
  if ('missing' in loaded) {
    throw new RingmasterError('CONFIG_INVALID', `uWebSockets.js cannot run: ${loaded.missing}`);
  }
  const reason = 'uWebSockets.js is configured: a proxy in front of it must parse HTTP';
  return { implementation: 'uWebSockets.js', reason, listen: uwsListen(loaded.module) };
}

/**
 * Load uWebSockets.js only where its package holds a binary for this platform and this Node's ABI:
 * the npm package silently gives a JavaScript imitation elsewhere, whose `upgrade` does not work.
 */
export async function loadUws(): Promise<UwsLoad> {
  const { platform, arch, versions } = process;
  const binary = `uws_${platform}_${arch}_${versions.modules}.node`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve('uWebSockets.js');
  } catch {
    return { missing: 'uWebSockets.js is not installed' };
  }
  // The npm package keeps its binaries in a folder of their own, the official one beside its entry.
  const places = [join(dirname(entry), '..', 'binaries', binary), join(dirname(entry), binary)];
  if (!places.some((place) => existsSync(place))) {
    return {
      missing: `uWebSockets.js has no binary for ${platform} ${arch}, ABI ${versions.modules}`,
    };
  }
  try {
    const imported = (await import('uWebSockets.js')) as { default: UwsModule };
    // A binary that does not load (another libc, say) gives the imitation as well.
    if (isNative(imported.default.App)) return { module: imported.default };
    return { missing: 'the binary of uWebSockets.js does not load here' };
  } catch {
    return { missing: 'uWebSockets.js failed to load' };
  }
}

function isNative(fn: unknown): boolean {
  return typeof fn === 'function' && Function.prototype.toString.call(fn).includes('[native code]');
}
