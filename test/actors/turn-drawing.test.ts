import t from 'tap';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

t.test('the drawing of the floor machine in the docs is the machine that runs', async (t) => {
  await t.resolves(promisify(execFile)(process.execPath, ['scripts/draw-floor.js', '--check']));
});
