import t from 'tap';
import { SpeechCache } from '../../../src/providers/local/speech-cache.js';

const speech = (samples: number) => ({ pcm: new Int16Array(samples), sampleRateHz: 8000 });

t.test('the phrase that was not said for longest goes first', async (t) => {
  const cache = new SpeechCache(600);
  cache.set('a', speech(100));
  cache.set('b', speech(100));
  cache.set('c', speech(100));
  cache.get('a');
  cache.set('d', speech(100));
  t.equal(cache.get('b'), undefined);
  t.ok(cache.get('a') && cache.get('c') && cache.get('d'));
  t.equal(cache.bytes, 600);
});

t.test('a phrase above the bound is not kept and drops nothing', async (t) => {
  const cache = new SpeechCache(600);
  cache.set('a', speech(100));
  cache.set('long', speech(301));
  t.equal(cache.get('long'), undefined);
  t.ok(cache.get('a'));
});

t.test('a phrase that is set again counts once', async (t) => {
  const cache = new SpeechCache(600);
  for (let i = 0; i < 5; i++) cache.set('a', speech(100));
  t.equal(cache.bytes, 200);
  cache.clear();
  t.equal(cache.bytes, 0);
});
