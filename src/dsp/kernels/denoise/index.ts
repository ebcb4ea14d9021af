// Noise suppression of eight telephone calls at once: RNNoise (Valin, "A Hybrid DSP/Deep Learning Approach
// to Real-Time Full-Band Speech Enhancement", 2018) at 8 kHz. Media plane.
//
// The module has no memory of its own: the host imports its shared memory, lays out a workspace and octets
// as layout.ts says, and calls these functions from one thread for each workspace.

import {
  FRAME_INPUT,
  FRAME_OUTPUT,
  FRAME_SAMPLES,
  GROUPS,
  GROUP_BYTES,
  GROUP_FRAMES,
  GROUP_FRAME_BYTES,
  GROUP_LANES,
  JOB_INPUT,
  JOB_OUTPUT,
  JOB_SPEECH,
  SPEECH,
} from './layout';
import { ROW } from '../simd';
import { analyse } from './spectrum';
import { appendHighPassed } from './high-pass';
import { clearPlace, rememberHeld, restoreHeld, swapPlaces } from './places';
import { enhance } from './comb-filter';
import { extractFeatures } from './features';
import { findPitch } from './pitch';
import { frameBytes, readFrames, writeFrames } from './samples';
import { quantiseFeatures, runNetwork } from './network';
import { setWorkspace, workspace } from './workspace';
import { synthesise } from './synthesis';

/** Tell the module where its workspace is. Once, before anything else. */
export function configure(address: usize): void {
  setWorkspace(address);
}

export { clearPlace, swapPlaces };

/**
 * Denoise `frames` successive frames of the eight calls of an octet. The job in the workspace says where
 * each call's first frame is, where its clean frames go, and where its speech probabilities (f32, one a
 * frame) go.
 * @param held bit p: the call at place p has no audio now, and its state must not move
 */
export function process(
  octet: usize,
  frames: i32,
  inputFormat: i32,
  outputFormat: i32,
  held: u32,
): void {
  if (held) rememberHeld(octet, held);
  for (let frame = 0; frame < frames; frame++) {
    const input = frame * frameBytes(inputFormat);
    for (let group = 0; group < GROUPS; group++) {
      readGroup(group, inputFormat, input);
      analyseGroup(octet, group);
    }
    runNetwork(octet);
    for (let group = 0; group < GROUPS; group++) {
      const state = octet + group * GROUP_BYTES;
      enhance(state, groupFrame(group));
      synthesise(state, groupFrame(group), groupOutput(group));
    }
    const output = frame * frameBytes(outputFormat);
    for (let group = 0; group < GROUPS; group++) {
      writeGroup(group, outputFormat, output, frame << 2);
    }
  }
  if (held) restoreHeld(octet, held);
}

function groupFrame(group: i32): usize {
  return workspace + GROUP_FRAMES + group * GROUP_FRAME_BYTES;
}

function groupOutput(group: i32): usize {
  return workspace + FRAME_OUTPUT + group * FRAME_SAMPLES * ROW;
}

/** From samples to the int16 features and the spectra of one group. */
function analyseGroup(octet: usize, group: i32): void {
  const state = octet + group * GROUP_BYTES;
  const frame = groupFrame(group);
  appendHighPassed(state, workspace + FRAME_INPUT);
  findPitch(state);
  analyse(state, frame);
  extractFeatures(state, frame);
  quantiseFeatures(group);
}

/** One address of the job. */
function address(table: i32, group: i32, lane: i32): usize {
  return load<usize>(workspace + table + ((group * GROUP_LANES + lane) << 2));
}

function readGroup(group: i32, format: i32, at: i32): void {
  readFrames(
    format,
    address(JOB_INPUT, group, 0) + at,
    address(JOB_INPUT, group, 1) + at,
    address(JOB_INPUT, group, 2) + at,
    address(JOB_INPUT, group, 3) + at,
    workspace + FRAME_INPUT,
  );
}

function writeGroup(group: i32, format: i32, at: i32, speechAt: i32): void {
  writeFrames(
    format,
    groupOutput(group),
    address(JOB_OUTPUT, group, 0) + at,
    address(JOB_OUTPUT, group, 1) + at,
    address(JOB_OUTPUT, group, 2) + at,
    address(JOB_OUTPUT, group, 3) + at,
  );
  const speech = groupFrame(group) + SPEECH;
  for (let lane = 0; lane < GROUP_LANES; lane++) {
    store<f32>(address(JOB_SPEECH, group, lane) + speechAt, load<f32>(speech + (lane << 2)));
  }
}
