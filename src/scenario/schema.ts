// What a scenario file may say: its shape, checked. Control plane.

import { z } from 'zod';
import { momentProblem } from './moments.js';
import { stepSchema } from './step-schema.js';

const milliseconds = z.number().int().min(0).max(600_000);
const name = z.string().min(1).max(200);

/** `fail`: an error as the port says; `throw`: a defect; `hang`: never an answer. */
const fault = z.enum(['fail', 'throw', 'hang']);

const replyPart = z.union([
  z.strictObject({
    say: z.string(),
    /** The caller cannot interrupt this part. */
    uninterruptible: z.boolean().optional(),
  }),
  z.strictObject({ wait: milliseconds }),
  z.strictObject({
    tool: name,
    /** Said instead of the rest where the tool fails or hangs. */
    else: z.string().optional(),
  }),
]);

const longReply = z.strictObject({
  /** Words that the caller must have said for this reply; without it replies come in order. */
  to: z.string().min(1).optional(),
  say: z.string().optional(),
  parts: z.array(replyPart).optional(),
  /** From the request to the first words. */
  afterMs: milliseconds.optional(),
  /** From one streamed word to the next. */
  tokenMs: milliseconds.optional(),
  fault: fault.optional(),
  /** The fault comes in the first so many requests for this reply, then it works; without it always. */
  faults: z.number().int().min(1).max(100).optional(),
  expect: z.enum(['anything', 'digits']).optional(),
  hangUp: z.boolean().optional(),
  transfer: z.string().min(1).optional(),
  /** The caller cannot interrupt any part of it. */
  uninterruptible: z.boolean().optional(),
});

const reply = z.union([z.string().transform((say): ReplyScript => ({ say })), longReply]);
export type ReplyScript = z.infer<typeof longReply>;

const tool = z.strictObject({
  /** Changes something outside: runs only once its turn is committed, and once for each key. */
  sideEffect: z.boolean().default(false),
  takesMs: milliseconds.default(0),
  fault: fault.optional(),
  /** A run that takes longer has failed. */
  timeoutMs: milliseconds.default(5000),
});
export type ToolScript = z.infer<typeof tool>;

const agentSchema = z.strictObject({
  greeting: reply.default({ say: 'Hello, how can I help you?' }),
  /** One after the other for the caller's turns; the last one again for those beyond. */
  replies: z.array(reply).default([]),
  idle: reply.default({ say: 'Are you still there?' }),
  unclear: reply.default({ say: 'Sorry, I did not understand that.' }),
  tools: z.record(name, tool).default({}),
});
export type AgentScript = z.infer<typeof agentSchema>;

const utterance = z.strictObject({
  /** The final, whatever was said. Empty: nothing was understood. */
  final: z.string().optional(),
  delayMs: milliseconds.optional(),
  /** `hang`: no final ever comes. */
  fault: fault.optional(),
  /** So much audio after the utterance's beginning comes this text. */
  interims: z.array(z.strictObject({ atMs: milliseconds, text: z.string() })).optional(),
});
export type UtteranceScript = z.infer<typeof utterance>;

const sttSchema = z.strictObject({
  /** `words`: what was said so far; `rewrite`: each one has other words than the one before. */
  interims: z.enum(['words', 'rewrite', 'none']).default('words'),
  interimEveryMs: z.number().int().min(20).max(10_000).default(200),
  /** From the end of the utterance to its final. */
  delayMs: milliseconds.default(40),
  /** Every final is late or never comes. */
  fault: fault.optional(),
  /** One after the other for the call's utterances; those beyond are as above. */
  utterances: z.array(utterance).default([]),
});
export type SttScript = z.infer<typeof sttSchema>;

const ttsSchema = z.strictObject({
  /** From a request to its first audio. */
  firstAudioMs: milliseconds.default(40),
  /** The voice's pace: a word lasts in proportion to its letters. */
  letterMs: z.number().int().min(10).max(500).default(60),
  /** From one piece of 100 ms to the next; 0 gives all at once. */
  chunkMs: milliseconds.default(0),
  faults: z
    .array(
      z.strictObject({
        /** Counts the clauses of the call from 1. */
        clause: z.number().int().min(1),
        /**
         * `empty`: no audio; `flood`: far too much; `dies`: half of it, then a failure; `stalls`: half of
         * it, then nothing; `drips`: 2 ms of audio a second; `silent`: audio without any sound.
         */
        kind: z.enum([
          'fail',
          'throw',
          'hang',
          'empty',
          'flood',
          'dies',
          'stalls',
          'drips',
          'silent',
        ]),
        /** The clauses behind it go wrong in the same way, up to this one. */
        to: z.number().int().min(1).optional(),
      }),
    )
    .default([]),
});
export type TtsScript = z.infer<typeof ttsSchema>;

const range = z.union([
  z.number(),
  z.strictObject({ atLeast: z.number().optional(), atMost: z.number().optional() }),
]);
export type Range = z.infer<typeof range>;

const turn = z.union([
  z.strictObject({ caller: z.string() }),
  z.strictObject({ agent: z.string(), interrupted: z.boolean().optional() }),
]);
export type ExpectedTurn = z.infer<typeof turn>;

const moment = z.string().superRefine((name, context) => {
  const message = momentProblem(name);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const timing = z.strictObject({
  from: moment,
  to: moment,
  withinMs: milliseconds.optional(),
  atLeastMs: milliseconds.optional(),
});
export type ExpectedTiming = z.infer<typeof timing>;

const request = z.strictObject({
  /** `greeting`, `idle`, `unclear`, or what the caller said. */
  input: z.string(),
  history: z.array(turn).optional(),
});
export type ExpectedRequest = z.infer<typeof request>;

const expectedTool = z.union([
  name.transform((name) => ({ name })),
  z.strictObject({ name, turn: z.number().int().min(1).optional() }),
]);

const expectSchema = z.strictObject({
  /** The call record's turns, all of them, in order. `*` stands for any words. */
  record: z.array(turn).optional(),
  recordHas: z.array(turn).optional(),
  recordLacks: z.array(turn).optional(),
  /** What the agent was asked, all of it, in order; drafts that were withdrawn do not count. */
  requests: z.array(request).optional(),
  requestsHave: z.array(request).optional(),
  /** How many drafts were asked for and withdrawn before their turn was committed. */
  withdrawnDrafts: range.optional(),
  /** Every run of a tool, in order; an empty list: none. */
  tools: z.array(expectedTool).optional(),
  timings: z.array(timing).default([]),
  outcome: z
    .enum([
      'caller-hung-up',
      'caller-dropped',
      'node-hung-up',
      'rejected',
      'transferred',
      'time-limit',
    ])
    .optional(),
  endReason: z.string().optional(),
  errorCode: z.string().optional(),
  interruptions: range.optional(),
  falseInterruptions: range.optional(),
  restarts: z.record(name, range).optional(),
  /** Audio as the phone heard it. */
  agentMs: range.optional(),
  agentSpurts: range.optional(),
  talkOverMs: range.optional(),
  longestSilenceMs: range.optional(),
  underruns: range.optional(),
  /** How far the record may be from what the phone in fact heard of the agent. */
  heardWithinWords: z.number().int().min(0).max(100).optional(),
});
export type Expectations = z.infer<typeof expectSchema>;

/** What only engines that take notes can tell. */
const SCRIPTED_ONLY = [
  'tools',
  'requests',
  'requestsHave',
  'withdrawnDrafts',
  'heardWithinWords',
] as const;

export const scenarioSchema = z
  .strictObject({
    name,
    /** One sentence: what is shown when it passes. */
    proves: z.string().min(1),
    /** A node of somebody else's; then nothing can be scripted but the caller. */
    url: z.url({ protocol: /^https?$/ }).optional(),
    engines: z.enum(['scripted', 'local']).default('scripted'),
    /** Settings of the node by the name of their environment variable. */
    node: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({}),
    agent: agentSchema.optional(),
    stt: sttSchema.optional(),
    tts: ttsSchema.optional(),
    line: z
      .strictObject({
        jitterMs: milliseconds.optional(),
        lossProbability: z.number().min(0).max(1).optional(),
        clockDriftPpm: z.number().min(-1000).max(1000).optional(),
        seed: z.number().int().optional(),
      })
      .optional(),
    caller: z.array(stepSchema).min(1),
    expect: expectSchema,
    timeLimitMs: z.number().int().min(1000).max(600_000).default(30_000),
  })
  .superRefine((scenario, context) => {
    const { url, engines, agent, stt, tts, node, expect } = scenario;
    const sections = Object.entries({ agent, stt, tts }).filter(([, section]) => section);
    for (const [section] of sections) {
      if (url === undefined && engines === 'scripted') continue;
      const why = url === undefined ? 'engines: local' : 'url';
      const message = `has no meaning beside ${why}: only scripted engines follow it`;
      context.addIssue({ code: 'custom', path: [section], message });
    }
    if (url !== undefined && Object.keys(node).length > 0) {
      const message = 'a running node has its own settings';
      context.addIssue({ code: 'custom', path: ['node'], message });
    }
    for (const key of SCRIPTED_ONLY) {
      if (expect[key] === undefined || (url === undefined && engines === 'scripted')) continue;
      const message = 'can be known of scripted engines only';
      context.addIssue({ code: 'custom', path: ['expect', key], message });
    }
    for (const [i, { parts = [] }] of (agent?.replies ?? []).entries()) {
      for (const [j, part] of parts.entries()) {
        if (!('tool' in part) || agent?.tools[part.tool]) continue;
        const path = ['agent', 'replies', i, 'parts', j, 'tool'];
        context.addIssue({ code: 'custom', path, message: `agent.tools has no "${part.tool}"` });
      }
    }
  });

/** A scenario as it is run: checked, with every default in its place. */
export type Scenario = z.infer<typeof scenarioSchema>;
/** A scenario as it is written. */
export type ScenarioInput = z.input<typeof scenarioSchema>;

export const defaultAgent = (): AgentScript => agentSchema.parse({});
export const defaultStt = (): SttScript => sttSchema.parse({});
export const defaultTts = (): TtsScript => ttsSchema.parse({});
