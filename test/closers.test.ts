import t from 'tap';
import { Closers } from '../src/closers.js';

const never = new Promise<never>(() => undefined);

t.test('every step is taken, last first, though others throw, reject or hang (B5)', async (t) => {
  const done: string[] = [];
  const faults: string[] = [];
  const closers = new Closers((step, thrown) => {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
    faults.push(`${step} ${String(code)}`);
  }, 20);
  closers.add('first', () => void done.push('first'));
  closers.add('hangs', () => never);
  closers.add('second', async () => void done.push('second'));
  closers.add('throws', () => {
    throw 'gone';
  });
  closers.add('rejects', () => Promise.reject(undefined));
  closers.add('third', () => void done.push('third'));
  await closers.close();
  t.strictSame(done, ['third', 'second', 'first']);
  t.strictSame(faults, ['rejects undefined', 'throws gone', 'hangs CLOSE_TIMEOUT']);
});

t.test('closing again waits for the same end', async (t) => {
  let closed = 0;
  const closers = new Closers(() => undefined);
  closers.add('step', async () => {
    await new Promise(setImmediate);
    closed += 1;
  });
  await Promise.all([closers.close(), closers.close()]);
  await closers.close();
  t.equal(closed, 1);
});
