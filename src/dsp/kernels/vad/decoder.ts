// From the output of LSTM 2 to the probability of speech. Media plane.

import { sigmoid } from './activations';
import { mulAdd, relu } from './lanes';
import { DECODER, HIDDEN, NEURONS, OCTET_BYTES, RESULT } from './layout';
import { base } from './region';

/** sigmoid(w . relu(h2) + b) of eight calls: logits and probabilities to RESULT. */
export function decode(): void {
  let w: usize = base + DECODER;
  let logit0 = v128.load32_splat(w, NEURONS * 4);
  let logit1 = logit0;
  let hidden: usize = base + HIDDEN;
  const end: usize = hidden + NEURONS * OCTET_BYTES;
  do {
    const k = v128.load32_splat(w);
    w += 4;
    logit0 = mulAdd(relu(v128.load(hidden)), k, logit0);
    logit1 = mulAdd(relu(v128.load(hidden, 16)), k, logit1);
    hidden += OCTET_BYTES;
  } while (hidden < end);
  const result: usize = base + RESULT;
  v128.store(result, logit0);
  v128.store(result, logit1, 16);
  v128.store(result, sigmoid(logit0), 32);
  v128.store(result, sigmoid(logit1), 48);
}
