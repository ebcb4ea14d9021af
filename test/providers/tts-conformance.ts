// The conformance tests of the text-to-speech port. Test.

import type { Test } from 'tap';
import type { TtsChunk, TtsProvider } from '../../src/actors/ports.js';
import type { TtsConformanceOptions } from './conformance.js';
import {
  callSidOf,
  checkCoded,
  delay,
  thrownBy,
  within,
  type ConformanceTest,
} from './conformance-support.js';

const SENTENCE = 'Thank you for calling. How can I help you today?';
const LONG_TEXT = Array.from(
  { length: 12 },
  (_, i) => `This is sentence number ${i + 1} of a rather long answer, and it goes on.`,
).join(' ');
const ODD_TEXTS = [
  '-v --help -o /tmp/x',
  '<speak>Hi <break time="1s"/> there</speak>',
  'It\'s 5% off & "free" (really) \u2014 caf\u00e9 \ud83d\ude00 \u4f60\u597d.',
  'nul\u0000byte and\nline\tbreaks',
  'A'.repeat(300),
];

interface Rendered {
  readonly chunks: readonly TtsChunk[];
  readonly samples: number;
  readonly seconds: number;
}

function checkChunk(t: Test, chunk: TtsChunk, first: TtsChunk | undefined): void {
  if (!(chunk.pcm instanceof Int16Array)) t.fail('pcm is an Int16Array');
  if (chunk.pcm.length === 0) t.fail('no chunk is empty');
  if (!Number.isInteger(chunk.sampleRateHz)) t.fail('the rate is a whole number');
  if (chunk.sampleRateHz < 8000 || chunk.sampleRateHz > 48_000) t.fail('the rate is 8 to 48 kHz');
  if (first && chunk.sampleRateHz !== first.sampleRateHz) t.fail('one rate within a request');
}

function rmsOf(chunks: readonly TtsChunk[]): number {
  let sum = 0;
  let samples = 0;
  for (const { pcm } of chunks) {
    for (const sample of pcm) sum += sample * sample;
    samples += pcm.length;
  }
  return Math.sqrt(sum / Math.max(samples, 1));
}

export function ttsConformanceTests(options: TtsConformanceOptions): ConformanceTest[] {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const never = new AbortController().signal;

  async function render(
    t: Test,
    provider: TtsProvider,
    text: string,
    signal: AbortSignal = never,
    call = 1,
  ): Promise<Rendered> {
    const chunks: TtsChunk[] = [];
    const drain = async () => {
      for await (const chunk of provider.synthesize({ callSid: callSidOf(call), text, signal })) {
        checkChunk(t, chunk, chunks[0]);
        chunks.push(chunk);
      }
    };
    await within(drain(), timeoutMs, 'synthesis');
    const samples = chunks.reduce((sum, chunk) => sum + chunk.pcm.length, 0);
    return { chunks, samples, seconds: samples / (chunks[0]?.sampleRateHz ?? 8000) };
  }

  const withProvider =
    (run: (t: Test, provider: TtsProvider) => Promise<void>) => async (t: Test) => {
      const provider = await options.makeProvider();
      t.teardown(() => provider.close());
      await within(provider.warmUp(), timeoutMs * 3, 'warmUp');
      await run(t, provider);
    };

  const tests: ConformanceTest[] = [
    [
      'warmUp is idempotent, also while it runs',
      async (t) => {
        const provider = await options.makeProvider();
        t.teardown(() => provider.close());
        await within(Promise.all([provider.warmUp(), provider.warmUp()]), timeoutMs * 3, 'warmUp');
        await within(provider.warmUp(), timeoutMs, 'a third warmUp');
        t.ok(provider.name.length > 0, 'the provider has a name');
      },
    ],
    [
      'a sentence becomes audible int16 audio of a sensible length',
      withProvider(async (t, provider) => {
        const { chunks, seconds } = await render(t, provider, SENTENCE);
        t.ok(seconds > 0.5 && seconds < 20, `${seconds.toFixed(2)} s`);
        t.ok(rmsOf(chunks) > 100, 'it is not silence');
      }),
    ],
    [
      'a longer text gives more audio',
      withProvider(async (t, provider) => {
        const short = await render(t, provider, 'Hello.');
        const long = await render(t, provider, SENTENCE);
        t.ok(long.seconds > short.seconds, `${long.seconds} s after ${short.seconds} s`);
      }),
    ],
    [
      'the receiver owns a chunk: spoiling it spoils no later one',
      withProvider(async (t, provider) => {
        const first = await render(t, provider, SENTENCE);
        for (const { pcm } of first.chunks) pcm.fill(0);
        const second = await render(t, provider, SENTENCE);
        t.ok(rmsOf(second.chunks) > 100, 'the second rendering is intact');
        for (const { pcm } of second.chunks) pcm.fill(0);
        const third = await render(t, provider, SENTENCE);
        t.ok(rmsOf(third.chunks) > 100, 'the third rendering is intact');
      }),
    ],
    [
      'text without words ends, with little audio or none',
      withProvider(async (t, provider) => {
        for (const text of ['', '   ', '...', '\n']) {
          const { seconds } = await render(t, provider, text);
          t.ok(seconds < 2, `${JSON.stringify(text)}: ${seconds} s`);
        }
      }),
    ],
    [
      'odd text ends in audio or a coded error, and the next request works',
      withProvider(async (t, provider) => {
        for (const text of ODD_TEXTS) {
          const thrown = await thrownBy(() => render(t, provider, text));
          if (thrown !== undefined) checkCoded(t, thrown, 'odd text');
        }
        const { seconds } = await render(t, provider, SENTENCE);
        t.ok(seconds > 0.5);
      }),
    ],
    [
      'concurrent requests do not mix',
      withProvider(async (t, provider) => {
        const short = await render(t, provider, 'Yes.');
        const texts = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? 'Yes.' : SENTENCE));
        const all = await Promise.all(
          texts.map((text, i) => render(t, provider, text, never, i + 2)),
        );
        for (const [i, rendered] of all.entries()) {
          const long = rendered.seconds > short.seconds * 1.5;
          t.equal(long, i % 2 === 1, `request ${i + 1} is its own: ${rendered.seconds} s`);
          t.ok(rmsOf(rendered.chunks) > 100);
        }
      }),
    ],
    [
      'a slow reader gets everything',
      withProvider(async (t, provider) => {
        const expected = await render(t, provider, SENTENCE);
        let samples = 0;
        const read = async () => {
          const request = { callSid: callSidOf(1), text: SENTENCE, signal: never };
          for await (const { pcm } of provider.synthesize(request)) {
            samples += pcm.length;
            await delay(1);
          }
        };
        await within(read(), timeoutMs, 'slow reading');
        t.ok(Math.abs(samples - expected.samples) <= expected.samples * 0.2, `${samples} samples`);
      }),
    ],
    ...stoppingTests(),
  ];

  function stoppingTests(): ConformanceTest[] {
    return [
      [
        'a request aborted before it starts gives no audio and ends',
        withProvider(async (t, provider) => {
          const chunks: TtsChunk[] = [];
          const thrown = await thrownBy(async () => {
            const rendered = await render(t, provider, SENTENCE, AbortSignal.abort());
            chunks.push(...rendered.chunks);
          });
          t.equal(chunks.length, 0);
          t.notMatch(thrown, { message: /nothing within/ }, 'it ended');
        }),
      ],
      [
        'a request aborted after its first chunk ends soon and gives nothing more',
        withProvider(async (t, provider) => {
          const controller = new AbortController();
          let chunks = 0;
          const read = async () => {
            const request = { callSid: callSidOf(1), text: LONG_TEXT, signal: controller.signal };
            for await (const _ of provider.synthesize(request)) {
              chunks++;
              controller.abort();
            }
          };
          const thrown = await thrownBy(() => within(read(), 1000, 'the end after abort'));
          t.notMatch(thrown, { message: /nothing within/ }, 'it ended within 1 s');
          t.equal(chunks, 1);
        }),
      ],
      [
        'a request aborted while the reader waits ends soon',
        withProvider(async (t, provider) => {
          const controller = new AbortController();
          setTimeout(() => controller.abort(), 1);
          const thrown = await thrownBy(() => render(t, provider, LONG_TEXT, controller.signal));
          t.notMatch(thrown, { message: /nothing within/ }, 'it ended');
        }),
      ],
      [
        'readers that stop early, and requests never read, hold nothing up',
        withProvider(async (t, provider) => {
          for (let i = 0; i < 20; i++) {
            const request = { callSid: callSidOf(i + 1), text: LONG_TEXT, signal: never };
            provider.synthesize(request);
            for await (const _ of provider.synthesize(request)) break;
          }
          const startedAtMs = performance.now();
          const { seconds } = await render(t, provider, 'Hello again.');
          t.ok(seconds > 0.1);
          t.ok(
            performance.now() - startedAtMs < timeoutMs / 2,
            'without waiting for the abandoned',
          );
        }),
      ],
      [
        'many aborted requests leave the provider able to work',
        withProvider(async (t, provider) => {
          const controllers = Array.from({ length: 30 }, () => new AbortController());
          const all = controllers.map((controller, i) =>
            thrownBy(() => render(t, provider, LONG_TEXT, controller.signal, i + 1)),
          );
          await delay(2);
          for (const controller of controllers) controller.abort();
          for (const thrown of await Promise.all(all)) {
            t.notMatch(thrown, { message: /nothing within/ }, 'each ended');
          }
          const { seconds } = await render(t, provider, SENTENCE);
          t.ok(seconds > 0.5);
        }),
      ],
      [
        'a closed provider refuses with a code; closing is idempotent',
        async (t) => {
          const provider = await options.makeProvider();
          await within(provider.warmUp(), timeoutMs * 3, 'warmUp');
          await within(Promise.all([provider.close(), provider.close()]), timeoutMs, 'close');
          await within(provider.close(), timeoutMs, 'a third close');
          checkCoded(t, await thrownBy(() => render(t, provider, SENTENCE)), 'synthesize');
        },
      ],
    ];
  }

  const { makeFailing } = options;
  if (makeFailing) {
    tests.push([
      'a provider that cannot work says so with a code',
      async (t) => {
        const provider = await makeFailing();
        t.teardown(() => provider.close());
        checkCoded(t, await thrownBy(() => render(t, provider, SENTENCE)), 'synthesize');
      },
    ]);
  }
  return tests;
}
