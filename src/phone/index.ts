// The simulated Twilio phone as others use it: the CLI, the tests, the benchmark, users' own tests. Control plane.

export { placeCall, type PhoneCall } from './phone-call.js';
export type { CallOutcome, CallReport, LineConditions, PlaceCallOptions } from './call-options.js';
export {
  bargeIn,
  drop,
  dtmf,
  hangUp,
  say,
  wait,
  waitForAgent,
  type Caller,
  type Script,
  type Step,
  type WaitForAgentOptions,
} from './caller.js';
export type { SaidClip } from './caller-line.js';
export { clipFromSamples, loadClip, type Clip } from './clip.js';
export { machineNetwork } from './machine-network.js';
export type { StreamReport } from './stream-report.js';
export type { PhoneNetwork, StreamError } from './network.js';
export { CallOver } from './pending.js';
export { ManualClock, type PhoneClock } from './phone-clock.js';
export type { PhoneEvent, PhoneEventType, Violation } from './phone-events.js';
export { MemoryRecording, type RecordingSink } from './recorder.js';
export type { DialStatus } from './twiml-client.js';
export { bargeInMs, responseMs, type CallerTurn } from './turn-timing.js';
export { WavWriter } from './wav-writer.js';
