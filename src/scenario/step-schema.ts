// What the caller of a scenario may do: one verb a step, checked so that a message names the verb. Control plane.

import { z } from 'zod';

const milliseconds = z.number().int().min(0).max(600_000);

const piece = {
  fromMs: milliseconds.optional(),
  toMs: milliseconds.optional(),
  /** Louder (above 0) or softer than recorded. */
  gainDb: z.number().min(-60).max(20).optional(),
};
const sound = z.union([
  /** A clip of assets/speech by its name or by its words. */
  z.string().min(1),
  /** Silence of so many milliseconds between two sounds. */
  milliseconds,
  z.strictObject({ clip: z.string().min(1), words: z.string().optional(), ...piece }),
  z.strictObject({ file: z.string().min(1), words: z.string().default(''), ...piece }),
  z.strictObject({
    /** Synthesised: `cough` two short breaths of noise, `burst` a bang, `hum` a mains hum. */
    noise: z.enum(['cough', 'burst', 'hum']),
    ms: milliseconds.default(250),
    /** Peak, dB of full scale. */
    dbfs: z.number().min(-60).max(0).default(-12),
  }),
]);
export type Sound = z.infer<typeof sound>;

const speech = z.union([sound.transform((one) => [one]), z.array(sound).min(1)]);
const timeout = { timeoutMs: milliseconds.optional() };

const VERBS = {
  say: z.strictObject({ say: speech }),
  interrupt: z
    .strictObject({
      interrupt: speech,
      /** After the agent began to be heard. */
      afterMs: milliseconds.optional(),
      /** Once the agent's scripted voice has said this word. */
      afterWord: z.string().min(1).optional(),
    })
    .refine((step) => (step.afterMs === undefined) !== (step.afterWord === undefined), {
      message: 'needs either afterMs or afterWord',
    }),
  wait: z.strictObject({ wait: milliseconds }),
  waitForAgent: z.strictObject({
    waitForAgent: z.strictObject({ quietMs: milliseconds.optional(), ...timeout }),
  }),
  waitForAgentStart: z.strictObject({ waitForAgentStart: z.strictObject(timeout) }),
  waitForEnd: z.strictObject({ waitForEnd: z.strictObject(timeout) }),
  dtmf: z.strictObject({
    dtmf: z.string().regex(/^[0-9*#A-Dw]+$/, 'keys are 0-9, *, #, A-D, and w for a pause'),
  }),
  gap: z.strictObject({ gap: milliseconds }),
  stall: z.strictObject({ stall: milliseconds }),
  duplicateStream: z.strictObject({ duplicateStream: milliseconds }),
  loseStream: z.strictObject({ loseStream: z.strictObject({}) }),
  hangUp: z.strictObject({ hangUp: z.strictObject({}) }),
  drop: z.strictObject({ drop: z.strictObject({}) }),
} as const;

type Verb = keyof typeof VERBS;
type SimpleStep = { [V in Verb]: z.output<(typeof VERBS)[V]> }[Verb];
export type CallerStep = SimpleStep | { readonly together: readonly (readonly CallerStep[])[] };

type SimpleInput = { [V in Verb]: z.input<(typeof VERBS)[V]> }[Verb];
export type CallerStepInput =
  | SimpleInput
  /** Steps that need nothing said about them. */
  | 'waitForAgent'
  | 'waitForAgentStart'
  | 'waitForEnd'
  | 'loseStream'
  | 'hangUp'
  | 'drop'
  | { readonly together: readonly (readonly CallerStepInput[])[] };

const KNOWN = `${Object.keys(VERBS).join(', ')}, together`;

/** `hangUp` and `hangUp:` mean `hangUp: {}`. */
function longForm(value: unknown): unknown {
  if (typeof value === 'string') return { [value]: {} };
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, entry ?? {}]));
}

const together = z.strictObject({
  together: z
    .array(z.array(z.lazy((): z.ZodType<CallerStep, CallerStepInput> => stepSchema)))
    .min(2),
});

/** One step. A union would only say that nothing fitted; the verb says which shape was meant. */
export const stepSchema: z.ZodType<CallerStep, CallerStepInput> = z
  .custom<CallerStepInput>()
  .transform((given, context): CallerStep => {
    const value = longForm(given);
    const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const verb = keys.find((key) => key === 'together' || Object.hasOwn(VERBS, key));
    if (verb === undefined) {
      const message = `no step of a caller; one is: ${KNOWN}`;
      context.issues.push({ code: 'custom', input: given, message });
      return z.NEVER;
    }
    const schema: z.ZodType<CallerStep> = verb === 'together' ? together : VERBS[verb as Verb];
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      context.issues.push({ code: 'custom', input: given, path, message });
    }
    return z.NEVER;
  });
