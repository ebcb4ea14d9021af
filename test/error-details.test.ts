import t from 'tap';
import { errorDetails } from '../src/error-details.js';
import { RingmasterError } from '../src/errors.js';

t.test('message, code, stack and causes are told', async (t) => {
  const cause = Object.assign(new TypeError('connect ECONNREFUSED 127.0.0.1:9200'), {
    code: 'ECONNREFUSED',
  });
  const details = errorDetails(new RingmasterError('STORE_FAILED', 'no store', { cause }));
  t.match(details, {
    name: 'RingmasterError',
    code: 'STORE_FAILED',
    message: 'no store',
    stack: /error-details\.test/,
    cause: { name: 'TypeError', code: 'ECONNREFUSED', message: /127\.0\.0\.1:9200/ },
  });
});

const secretive: readonly (readonly [string, string])[] = [
  ['no record of +15550100123', '15550100123'],
  ['no record of 555 010 0123 here', '010'],
  ['card 4111-1111-1111-1111 refused', '4111'],
  ['call 555.010.0123', '0123'],
  ['to sip:jane@example.com failed', 'jane'],
  ['mail jane.doe@example.com', 'jane'],
  ['header Authorization: Bearer abcdef.ghi', 'abcdef'],
  ['key sk-proj-123abc refused', '123abc'],
  ['https://user:hunter2@db.example/x', 'hunter2'],
  ['auth_token=deadbeef12', 'deadbeef12'],
  [`Unexpected token 'm', "my name is"... is not valid JSON`, 'my name'],
];
for (const [message, secret] of secretive) {
  t.test(
    `${message.slice(0, 12)}…: what is private is not told, in message, stack or cause`,
    async (t) => {
      const error = new Error('outer', { cause: new Error(message) });
      t.notMatch(JSON.stringify(errorDetails(error)), secret);
      t.notMatch(JSON.stringify(errorDetails(new Error(message))), secret);
      t.notMatch(JSON.stringify(errorDetails(message)), secret);
    },
  );
}

t.test('words that the caller of it knows are taken out', async (t) => {
  const details = errorDetails(new Error('cannot insert (I live in Hill Street)'), [
    'I live in Hill Street',
  ]);
  t.match(details.message, 'cannot insert ([private])');
  t.notMatch(details.stack, 'Hill Street');
});

t.test('whatever was thrown, there is an answer', async (t) => {
  const hostile = {
    get message(): string {
      throw new Error('message');
    },
    get stack(): string {
      throw new Error('stack');
    },
    get cause(): unknown {
      throw new Error('cause');
    },
  };
  const circular = new Error('round');
  circular.cause = circular;
  const proxy = new Proxy(
    {},
    {
      get() {
        throw new Error('trap');
      },
      getPrototypeOf() {
        throw new Error('trap');
      },
    },
  );
  const values = [undefined, null, 0, 'text', Symbol('s'), () => 1, hostile, circular, proxy, 5n];
  for (const thrown of values) t.type(errorDetails(thrown).message, 'string');
});

t.test('a long message is cut, in little time', async (t) => {
  for (const piece of ['a', '"', '1 ', 'a@', 'a.', '//', 'sip:', 'token']) {
    const error = new Error(piece.repeat(100_000));
    error.stack ??= '';
    const startedMs = performance.now();
    const { message, stack } = errorDetails(error);
    t.ok(performance.now() - startedMs < 500, piece);
    t.ok(message.length <= 1001 && (stack?.length ?? 0) <= 4001);
  }
});
