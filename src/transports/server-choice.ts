// Which media server to run: uWebSockets.js where its binary loads, ws otherwise. Control plane.

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
 * @param load replaced in tests
 * @throws {RingmasterError} CONFIG_INVALID where `uws` is asked for and cannot run here
 */
export async function chooseServer(
  preference: ServerPreference,
  load: () => Promise<UwsLoad> = loadUws,
): Promise<ServerChoice> {
  if (preference === 'ws') {
    return { implementation: 'ws', reason: 'ws is configured', listen: nodeListen };
  }
  const loaded = await load();
  if ('module' in loaded) {
    const reason = preference === 'uws' ? 'uWebSockets.js is configured' : 'its binary loads here';
    return { implementation: 'uWebSockets.js', reason, listen: uwsListen(loaded.module) };
  }
  if (preference === 'uws') {
    throw new RingmasterError('CONFIG_INVALID', `uWebSockets.js cannot run: ${loaded.missing}`);
  }
  return { implementation: 'ws', reason: loaded.missing, listen: nodeListen };
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
