import t from 'tap';
import { RingmasterError, toRingmasterError } from '../src/errors.js';

t.test('a coded error passes through unchanged', async (t) => {
  const error = new RingmasterError('WAV_INVALID', 'no RIFF header');
  t.equal(toRingmasterError(error, 'PROVIDER_FAILED'), error);
});

t.test('any other throw is coded with the fallback and keeps its cause', async (t) => {
  const cause = new TypeError('boom');
  const error = toRingmasterError(cause, 'PROVIDER_FAILED');
  t.match(error, { code: 'PROVIDER_FAILED', message: 'boom', retryable: false });
  t.equal(error.cause, cause);
  t.equal(toRingmasterError(7, 'TOOL_FAILED').code, 'TOOL_FAILED');
});
