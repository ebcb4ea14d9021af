// Where everything lies in the kernel's region of the shared memory, and in one call's block. Media plane.
//
// Byte offsets, all multiples of 64 (a cache line), relative to the region's base:
//
//   TABLES   Hann window, twiddle factors, places of the bins          written once by the host
//   WEIGHTS  depthwise, dense (f32), LSTM (i16), decoder               written once by the host
//   SCRATCH  one octet of calls in flight                              the kernel's own
//
// The calls' blocks lie anywhere in the same memory. A kernel holds no data of its own outside the
// region, so that the instances of several workers can share one memory.
//
// "Row of eight" below: the same value of eight calls, two v128 of four lanes (calls 0-3, 4-7).
// The host reads these constants from the module's exports; there is no second copy of them.

/** Bytes of one lane row: four f32 of four calls. */
export const QUAD_BYTES = 16;
/** Bytes of one row of eight: f32, or i32, or pairs of i16. */
export const OCTET_BYTES = 32;
/** Bytes of a row of eight at two frame positions. */
export const TWO_POSITIONS_BYTES = 64;

/** Samples of one window: 32 ms at 8000 Hz, the step of the LSTM. */
export const WINDOW_SAMPLES = 256;
/** Samples of one frame as it comes from the line: 20 ms. */
export const FRAME_SAMPLES = 160;
/** Samples mirrored at each end of a window before the transform. */
export const PAD_SAMPLES = 96;
/** Samples from one spectral frame to the next; four frames fit into the padded window. */
export const HOP_SAMPLES = 64;
/** Bins of a 256-point transform of a real signal. */
export const BINS = 129;
/** Neurons of each LSTM, and channels of the encoder's last layer. */
export const NEURONS = 64;

// ---- One call's block: everything that a call keeps between windows.
//
//      0  h1     64 i16   output of LSTM 1, scale 2^13
//    128  h2     64 i16   output of LSTM 2, scale 2^13
//    256  c1     64 f32   cell of LSTM 1
//    512  c2     64 f32   cell of LSTM 2
//    768  audio 512 i16   ring: a whole window and what has come since (at most 159 samples)
//   1792  u32 next        byte offset in the ring where the next frame goes
//   1796  u32 pending     bytes of audio since the end of the last whole window, 0..510
//   1800  u32 window      byte offset in the ring where the last whole window begins
//   1804  f32 logit       of the last evaluation, committed or peeked
//   1808  f32 probability of the same, 0..1
//   1812  u32 peek        not 0: evaluate this call at frames that end no window too
//   1816  (unused up to 1856)

export const CALL_H1 = 0;
export const CALL_H2 = 128;
export const CALL_C1 = 256;
export const CALL_C2 = 512;
export const CALL_AUDIO = 768;
export const CALL_NEXT = 1792;
export const CALL_PENDING = 1796;
export const CALL_WINDOW = 1800;
export const CALL_LOGIT = 1804;
export const CALL_PROBABILITY = 1808;
export const CALL_PEEK = 1812;
export const CALL_BYTES = 1856;

/** Bytes of the audio ring: a power of two; frames and windows start at multiples of 64. */
export const RING_BYTES = 1024;
export const WINDOW_BYTES = WINDOW_SAMPLES * 2;
export const FRAME_BYTES = FRAME_SAMPLES * 2;

// ---- How the 160 samples of a frame come

/** i16 */
export const FORMAT_PCM16 = 0;
/** f32 in the scale of int16 (full scale 32768); rounded and held to that range, NaN becomes 0. */
export const FORMAT_F32 = 1;
/** G.711 mu-law bytes. */
export const FORMAT_MULAW = 2;

// ---- TABLES

/** f32[256]: periodic Hann window, times 1/2 (unpacking of two real frames) and 1/32768 (int16 in). */
export const HANN = 0;
/** f32[64 + 16 + 4][3][2]: twiddle factors of three radix-4 stages, (re, im) of w, w^2, w^3. */
export const TWIDDLES = HANN + 1024;
/** u32[129][2]: byte offsets in FFT of bin k and of bin (256 - k) mod 256. */
export const BIN_PLACES = TWIDDLES + 2048;
// ---- WEIGHTS. Dense layers: f32 [outputs / 4][inputs][4 outputs], then the biases f32[outputs].

/** f32[129][2][6]: five taps and a bias, of the magnitude and of the normalised channel of a bin. */
export const DEPTHWISE_FIRST = BIN_PLACES + 1088;
/** Weights of the mean log magnitude of frames 0 and 3, and of frames 1 and 2: f32[2]. */
export const NORMALISATION = DEPTHWISE_FIRST + 6208;
/** 516 -> 16; the inputs of a bin: both depthwise channels, then the raw two (the residual path). */
export const FIRST = NORMALISATION + 64;
/** 16 -> 16 */
export const POINTWISE_1 = FIRST + 516 * 16 * 4 + 64;
/** f32[16][3]: taps at this and the next position, bias. */
export const DEPTHWISE_1 = POINTWISE_1 + 16 * 16 * 4 + 64;
/** 16 depthwise + 16 residual -> 32 */
export const RESIDUAL_1 = DEPTHWISE_1 + 192;
/** 32 -> 32 */
export const POINTWISE_2 = RESIDUAL_1 + 32 * 32 * 4 + 128;
/** f32[32][2]: middle tap, bias. */
export const DEPTHWISE_2 = POINTWISE_2 + 32 * 32 * 4 + 128;
/** 32 -> 32, plus its input */
export const RESIDUAL_2 = DEPTHWISE_2 + 256;
/** 32 -> 32 */
export const POINTWISE_3 = RESIDUAL_2 + 32 * 32 * 4 + 128;
/** f32[32][2]: middle tap, bias. */
export const DEPTHWISE_3 = POINTWISE_3 + 32 * 32 * 4 + 128;
/** 32 depthwise + 32 residual -> 64 */
export const RESIDUAL_3 = DEPTHWISE_3 + 256;
/** 64 -> 64 */
export const POINTWISE_4 = RESIDUAL_3 + 64 * 64 * 4 + 256;
/**
 * Layer 1: i16[64 neurons][32 pairs of inputs][4 gates][2] of the input, the same of the layer's own
 * last output, then the biases i32[64][4]. The gates in the order i, o, f, g.
 */
export const LSTM_1 = POINTWISE_4 + 64 * 64 * 4 + 256;
/** Bytes to the recurrent weights of a layer, and to its biases. */
export const LSTM_RECURRENT = 64 * 32 * 4 * 4;
export const LSTM_BIAS = 2 * LSTM_RECURRENT;
/** Layer 2 likewise. */
export const LSTM_2 = LSTM_1 + LSTM_BIAS + 1024;
/** f32[64], then the bias. */
export const DECODER = LSTM_2 + LSTM_BIAS + 1024;

// ---- SCRATCH

/** f32[448][4 lanes]: 96 mirrored samples, the window, 96 mirrored samples, of four calls. */
export const PADDED = DECODER + 320;
/** f32[256][re, im][4 lanes]: one complex transform, two frames of four calls. */
export const FFT = PADDED + 448 * 16;
/** f32[129][magnitude of frames 0-3, log2 of frames 0-3][4 lanes] */
export const SPECTRUM = FFT + 256 * 32;
/** f32[4 frames][4 lanes]: sums of the logarithms over the bins. */
export const LOG_SUMS = SPECTRUM + 129 * 128;
/** f32[516][2 positions][8 calls]: input of the first dense layer. */
export const FEATURES = LOG_SUMS + 64;
/** f32[64][8 calls] or [16][2 positions][8 calls]: two buffers that layers read and write in turn. */
export const ROWS_A = FEATURES + 516 * 64;
export const ROWS_B = ROWS_A + 4096;
/** i16 pairs [x 32 | h1 32 | h2 32][8 calls][2]: what the LSTMs multiply; LSTM 1 the first 64 rows, LSTM 2 the last 64. */
export const RECURRENT = ROWS_B + 4096;
/** f32[64][8 calls] each. */
export const CELLS_1 = RECURRENT + 96 * 32;
export const CELLS_2 = CELLS_1 + 2048;
/** f32[64][8 calls]: outputs of the LSTM at work, before they are quantised. */
export const HIDDEN = CELLS_2 + 2048;
/** i32[64][4 gates][8 calls] each: sums over a layer's input and over its own last output. */
export const INPUT_SUMS = HIDDEN + 2048;
export const RECURRENT_SUMS = INPUT_SUMS + 8192;
/** f32[8]: logits of the octet; f32[8]: probabilities. */
export const RESULT = RECURRENT_SUMS + 8192;
/** u32[8]: the last calls of a list, made up to eight. */
export const LIST_PADDING = RESULT + 64;
/** Bytes of the whole region. */
export const REGION_BYTES = LIST_PADDING + 64;
