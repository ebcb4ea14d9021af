import t from 'tap';
import { clipFromSamples, joinClips, loadClip, SILENT_PAYLOAD } from '../../src/phone/clip.js';
import { tone, toneClip } from '../fakes/sounds.js';

t.test('a clip is cut into frames of 160 bytes, the last one padded with silence', async (t) => {
  const clip = clipFromSamples('tone', tone(50));
  t.equal(clip.payloads.length, 3);
  t.equal(clip.durationMs, 50);
  t.equal(clip.mulaw.length, 480);
  t.ok(clip.payloads.every((payload) => payload.length === 216));
  t.same(clip.mulaw.subarray(400), new Uint8Array(80).fill(0xff));
});

t.test('the payloads are the frames in base64', async (t) => {
  const clip = clipFromSamples('tone', tone(100));
  const joined = Buffer.concat(clip.payloads.map((text) => Buffer.from(text, 'base64')));
  t.same(new Uint8Array(joined), clip.mulaw);
});

t.test('too loud samples clip instead of turning over', async (t) => {
  const clip = clipFromSamples('loud', Float32Array.of(2, -2));
  t.strictSame([...clip.mulaw.subarray(0, 2)], [0x80, 0x00]);
});

t.test('another rate is resampled to the line', async (t) => {
  const clip = clipFromSamples('tone', tone(100, 440, 44_100), 44_100);
  t.equal(clip.durationMs, 100);
  t.equal(clip.payloads.length, 5);
});

t.test('a file is loaded under its name', async (t) => {
  const clip = await loadClip('assets/speech/vm-goodbye.wav');
  t.equal(clip.name, 'vm-goodbye.wav');
  t.equal(clip.payloads.length, 44);
});

t.test('the silent payload is 160 bytes of mu-law silence', async (t) => {
  t.same(Buffer.from(SILENT_PAYLOAD, 'base64'), Buffer.alloc(160, 0xff));
});

t.test('joined clips are one clip with one span of voice, and pauses as asked', async (t) => {
  const parts = [
    toneClip('a', 100, 200, 100),
    toneClip('b', 60, 100, 500),
    toneClip('c', 40, 80, 50),
  ];
  const joined = joinClips('all', parts, 200);
  // 100 of silence, 200 of voice, 200 of pause, 100 of voice, 200 of pause, 80 of voice, 50 of silence.
  t.strictSame(joined.voice, { startMs: 100, endMs: 880 });
  t.equal(joined.durationMs, 940);
  const sounds = joined.payloads.map((payload) => payload !== SILENT_PAYLOAD);
  const runs = sounds.map((sound, i) => (sound === sounds[i - 1] ? '' : `${sound} ${i * 20}`));
  t.strictSame(
    runs.filter((run) => run !== ''),
    ['false 0', 'true 100', 'false 300', 'true 500', 'false 600', 'true 800', 'false 880'],
  );
  const bytes = Buffer.concat(joined.payloads.map((text) => Buffer.from(text, 'base64')));
  t.same(new Uint8Array(bytes), joined.mulaw);
});

t.test('a single clip joined is itself', async (t) => {
  const clip = toneClip('a', 110, 200, 90);
  const joined = joinClips('one', [clip], 200);
  t.same(joined.payloads, clip.payloads);
  t.strictSame(joined.voice, clip.voice);
});
