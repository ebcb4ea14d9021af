import t from 'tap';
import { CallScreen, clockTime, printable, seconds } from '../../src/cli/call/screen.js';

function terminal(extra: { isTTY?: boolean; columns?: number; hasColors?: () => boolean }) {
  const written: string[] = [];
  return { written, out: { write: (text: string) => written.push(text), ...extra } };
}

t.test('a pipe gets lines and nothing else', async (t) => {
  const { written, out } = terminal({});
  const screen = new CallScreen(out);
  screen.status('working');
  screen.line(screen.paint('done', 'warning'));
  screen.line();
  t.strictSame(written, ['done\n', '\n']);
});

t.test('a terminal shows the status below the lines', async (t) => {
  const { written, out } = terminal({ isTTY: true, columns: 80 });
  const screen = new CallScreen(out);
  screen.status('working');
  screen.line('first');
  screen.status('');
  t.strictSame(written, [
    '\r\u001b[2Kworking',
    '\r\u001b[2Kfirst\n',
    '\r\u001b[2Kworking',
    '\r\u001b[2K',
  ]);
});

t.test('the status is redrawn only when it changes', async (t) => {
  const { written, out } = terminal({ isTTY: true, columns: 80 });
  const screen = new CallScreen(out);
  screen.status('working');
  screen.status('working');
  t.equal(written.length, 1);
});

t.test('a status never wraps', async (t) => {
  for (const [columns, length] of [
    [20, 19],
    [0, 79],
  ] as const) {
    const { written, out } = terminal({ isTTY: true, columns });
    new CallScreen(out).status('x'.repeat(200));
    t.equal(written[0]?.replace('\r\u001b[2K', '').length, length);
  }
});

t.test('colours are used where the terminal has them', async (t) => {
  const coloured = new CallScreen(terminal({ isTTY: true, hasColors: () => true }).out);
  t.equal(coloured.paint('agent', 'agent'), '\u001b[32magent\u001b[0m');
  t.equal(coloured.paint('text', 'plain'), 'text');
  const plain = new CallScreen(terminal({ isTTY: true, hasColors: () => false }).out);
  t.equal(plain.paint('agent', 'agent'), 'agent');
});

t.test('times read as on a telephone', async (t) => {
  t.equal(clockTime(0), '0:00.0');
  t.equal(clockTime(65_340), '1:05.3');
  t.equal(clockTime(59_980), '1:00.0');
  t.equal(clockTime(-5), '0:00.0');
  t.equal(seconds(615), '0.61 s');
});

t.test('words cannot command the terminal', async (t) => {
  t.equal(printable('hello\u001b[2J\r\nworld\u0007'), 'hello [2J world');
});
