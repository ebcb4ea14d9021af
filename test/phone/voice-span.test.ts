import t from 'tap';
import { loadClip } from '../../src/phone/clip.js';
import { voiceSpan } from '../../src/phone/voice-span.js';
import { tone } from '../fakes/sounds.js';

function pcm(parts: readonly Float32Array[], noise = 0): Int16Array {
  const all = parts.flatMap((part) => [...part]);
  // A sawtooth of an odd period stands for noise: its level is the same everywhere.
  return Int16Array.from(all, (value, i) => value * 32_768 + noise * (((i * 37) % 101) - 50));
}

const silence = (ms: number): Float32Array => new Float32Array(ms * 8);

t.test('silence before and after the voice does not count', async (t) => {
  const span = voiceSpan(pcm([silence(200), tone(500), silence(700)]));
  t.strictSame(span, { startMs: 200, endMs: 700 });
});

t.test('pauses within belong to it', async (t) => {
  const span = voiceSpan(pcm([silence(50), tone(100), silence(400), tone(100), silence(50)]));
  t.strictSame(span, { startMs: 50, endMs: 650 });
});

t.test('background noise is not voice', async (t) => {
  const span = voiceSpan(pcm([silence(300), tone(500), silence(300)], 8));
  t.strictSame(span, { startMs: 300, endMs: 800 });
});

t.test('a click at the end is not voice', async (t) => {
  const click = tone(10);
  const span = voiceSpan(pcm([silence(100), tone(300), silence(300), click, silence(100)]));
  t.strictSame(span, { startMs: 100, endMs: 400 });
});

t.test('a quiet end still counts', async (t) => {
  const span = voiceSpan(pcm([tone(300), tone(200, 440, 8000, 0.005), silence(100)]));
  t.strictSame(span, { startMs: 0, endMs: 500 });
});

t.test('a tone without a pause is voice from end to end', async (t) => {
  t.strictSame(voiceSpan(pcm([tone(400)])), { startMs: 0, endMs: 400 });
});

t.test('nothing is found in silence and in nothing', async (t) => {
  t.equal(voiceSpan(pcm([silence(500)])), undefined);
  t.equal(voiceSpan(new Int16Array()), undefined);
});

t.test('a human word is found between its silences', async (t) => {
  const { voice, durationMs } = await loadClip('assets/speech/hours.wav');
  if (voice === undefined) throw new Error('no voice found');
  t.ok(voice.startMs >= 60 && voice.startMs <= 100, `starts at ${voice.startMs}`);
  t.ok(voice.endMs >= 640 && voice.endMs <= 760, `ends at ${voice.endMs}`);
  t.ok(voice.endMs < durationMs - 100);
});
