import t from 'tap';
import { AudioCache } from '../../src/providers/audio-cache.js';

t.test('the phrase that was not said for longest goes first', async (t) => {
  const cache = new AudioCache<string>(600);
  cache.set('a', 'audio', 200);
  cache.set('b', 'audio', 200);
  cache.set('c', 'audio', 200);
  cache.get('a');
  cache.set('d', 'audio', 200);
  t.equal(cache.get('b'), undefined);
  t.ok(cache.get('a') && cache.get('c') && cache.get('d'));
  t.equal(cache.bytes, 600);
});

t.test('a phrase above the bound is not kept and drops nothing', async (t) => {
  const cache = new AudioCache<string>(600);
  cache.set('a', 'audio', 200);
  cache.set('long', 'audio', 602);
  t.equal(cache.get('long'), undefined);
  t.ok(cache.get('a'));
});

t.test('a phrase that is set again counts once', async (t) => {
  const cache = new AudioCache<string>(600);
  for (let i = 0; i < 5; i++) cache.set('a', 'audio', 200);
  t.equal(cache.bytes, 200);
  cache.clear();
  t.equal(cache.bytes, 0);
});
