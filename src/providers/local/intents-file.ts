// The form of an intents file: what a local agent says and understands. Control plane.

import { z } from 'zod';

const sentence = z.string().trim().min(1, 'must not be empty').max(1000);
const sentences = z.array(sentence).min(1, 'at least one is needed');
const intentName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'a name is lower-case letters, digits and hyphens');
/** What `/twilio/voice/resume` can dial. */
const target = z
  .string()
  .max(200)
  .regex(
    /^(\+?[0-9*#]{2,20}|sips?:[^\s<>"]+)$/,
    'an E.164 number, an extension or a SIP URI is needed',
  );

const intent = z.strictObject({
  name: intentName,
  /** Ways to say it. Words alone; `{digits}` stands for spoken digits. */
  phrases: z.array(z.string()).min(1, 'at least one phrase is needed'),
  /** Said in turn, when the intent comes again. */
  answers: sentences,
  /** Counts only where nothing else was said: greetings, thanks. */
  weak: z.boolean().optional(),
  /** What the caller should say next. */
  expect: z.enum(['anything', 'digits']).optional(),
  action: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('hangup') }),
      z.strictObject({ type: z.literal('transfer'), to: target }),
      /** Says the last answer again; `answers` serve while there is none. */
      z.strictObject({ type: z.literal('repeat') }),
    ])
    .optional(),
});

const extension = z
  .strictObject({
    minDigits: z.int().min(1).max(15),
    maxDigits: z.int().min(1).max(15),
    /** `{digits}` becomes the digits, spoken one by one. */
    accepted: sentence,
    rejected: sentences,
    /** `{digits}` becomes the digits. */
    transferTo: z.string().includes('{digits}', { message: 'must contain {digits}' }),
  })
  .refine((rule) => rule.minDigits <= rule.maxDigits, {
    path: ['minDigits'],
    message: 'must not be above maxDigits',
  });

export const intentsFile = z.strictObject({
  greeting: sentence,
  /** For speech without words. After the last answer comes the intent `escalateTo`, if there is one. */
  unclear: z.strictObject({ answers: sentences, escalateTo: intentName.optional() }),
  /** For words that no intent knows. */
  unknown: sentences,
  /** For silence; `farewell` comes before the agent hangs up. */
  idle: z.strictObject({ answers: sentences, farewell: sentence }),
  /** How digits, spoken or keyed, lead to a transfer. */
  extension: extension.optional(),
  /** Intents of single keys. */
  keys: z
    .record(z.string().regex(/^[0-9*#]$/, 'a key is one of 0 to 9, * and #'), intentName)
    .optional(),
  intents: z.array(intent).min(1, 'at least one intent is needed'),
});

export type IntentsFile = z.infer<typeof intentsFile>;
export type IntentFile = IntentsFile['intents'][number];
