import t from 'tap';
import { ToolCallAssembler } from '../../../src/providers/openai/tool-call-assembler.js';
import { codedError } from './support.js';

function assemble(...chunks: unknown[][]) {
  const assembler = new ToolCallAssembler();
  for (const chunk of chunks) assembler.add(chunk);
  let n = 0;
  return assembler.calls(() => `new_${(n += 1)}`);
}

const call = (name?: string, args?: unknown) => ({ function: { name, arguments: args } });

t.test('OpenAI’s pieces: numbered, id and name first', async (t) => {
  t.same(
    assemble(
      [{ index: 0, id: 'a', type: 'function', ...call('find', '') }],
      [{ index: 0, ...call(undefined, '{"x"') }],
      [{ index: 1, id: 'b', ...call('book', '') }],
      [
        { index: 0, ...call(undefined, ':1}') },
        { index: 1, ...call(undefined, '{}') },
      ],
    ),
    [
      { id: 'a', name: 'find', arguments: '{"x":1}' },
      { id: 'b', name: 'book', arguments: '{}' },
    ],
  );
});

t.test('whole calls in one chunk, without numbers', async (t) => {
  t.same(
    assemble([
      { id: 'a', ...call('find', '{}') },
      { id: 'b', ...call('find', '{"y":2}') },
    ]),
    [
      { id: 'a', name: 'find', arguments: '{}' },
      { id: 'b', name: 'find', arguments: '{"y":2}' },
    ],
  );
});

t.test('whole calls without numbers and without ids', async (t) => {
  t.same(assemble([call('find', '{}')], [call('book', '{"y":2}')]), [
    { id: 'new_1', name: 'find', arguments: '{}' },
    { id: 'new_2', name: 'book', arguments: '{"y":2}' },
  ]);
});

t.test('several calls that all have the number 0', async (t) => {
  t.same(
    assemble(
      [{ index: 0, id: 'a', ...call('find', '{}') }],
      [{ index: 0, id: 'b', ...call('book', '{"y"') }],
      [{ index: 0, ...call(undefined, ':2}') }],
    ),
    [
      { id: 'a', name: 'find', arguments: '{}' },
      { id: 'b', name: 'book', arguments: '{"y":2}' },
    ],
  );
});

t.test('id and name repeated in every piece, or empty in later ones', async (t) => {
  t.same(
    assemble(
      [{ index: 0, id: 'a', ...call('find', '{"x"') }],
      [{ index: 0, id: 'a', ...call('find', ':1') }],
      [{ index: 0, id: '', ...call('', '}') }],
    ),
    [{ id: 'a', name: 'find', arguments: '{"x":1}' }],
  );
});

t.test('pieces without numbers go to the last call', async (t) => {
  t.same(
    assemble(
      [{ id: 'a', ...call('find', '') }],
      [call(undefined, '{"x"')],
      [call(undefined, ':1}')],
    ),
    [{ id: 'a', name: 'find', arguments: '{"x":1}' }],
  );
});

t.test('arguments as an object, null or left out', async (t) => {
  t.same(assemble([{ index: 0, id: 'a', ...call('find', { x: 1 }) }]), [
    { id: 'a', name: 'find', arguments: '{"x":1}' },
  ]);
  t.same(assemble([{ index: 0, id: 'a', ...call('find', null) }]), [
    { id: 'a', name: 'find', arguments: '' },
  ]);
  t.same(assemble([{ index: 0, id: 'a', function: { name: 'find' } }]), [
    { id: 'a', name: 'find', arguments: '' },
  ]);
});

t.test('a name in pieces is one name, and one that is repeated is itself (C5)', async (t) => {
  const whole = [{ id: 'a', name: 'end_call', arguments: '{}' }];
  t.same(
    assemble(
      [{ index: 0, id: 'a', ...call('end_', '') }],
      [{ index: 0, ...call('call', '') }],
      [{ index: 0, ...call(undefined, '{}') }],
    ),
    whole,
  );
  t.same(
    assemble(
      [{ index: 0, id: 'a', ...call('end_call', '') }],
      [{ index: 0, ...call('end_call', '{}') }],
    ),
    whole,
  );
});

t.test('what is no call at all is passed over', async (t) => {
  t.same(assemble([null, 'x', 7, []]), []);
});

t.test('calls without a name, too many and too large are refused', async (t) => {
  const refused = async (run: () => unknown) =>
    t.equal((await codedError(t, async () => run())).code, 'PROVIDER_PROTOCOL');
  await refused(() => assemble([{ index: 0, id: 'a', ...call(undefined, '{}') }]));
  await refused(() =>
    assemble(
      Array.from({ length: 17 }, (_, index) => ({ index, id: `${index}`, ...call('f', '') })),
    ),
  );
  await refused(() => assemble([{ index: 0, id: 'a', ...call('f', 'x'.repeat(70_000)) }]));
});
