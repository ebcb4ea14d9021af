// Memory layout of the denoiser: the one place that says what lies where. Plain constants, so that the
// kernel (AssemblyScript) and its host (TypeScript) compile the same file. Media plane.
//
// A row is one 32-bit value of the four calls of a group (16 bytes); an octet is two groups, eight calls.
// One call's state is a column: place p of an octet is lane p & 3 of group p >> 2.
//
//   octet   | group 0                                   | group 1            |
//   group   | signal | whitened | correlation | ... | recurrent |
//   row     | call 0 | call 1 | call 2 | call 3 |

const ROW = 16;
const COMPLEX_ROW = 32;
/** A cache line. */
const LINE = 64;

// ---- Signal geometry (8000 Hz)

/** Calls that are computed together: two vectors of four. */
export const OCTET_LANES = 8;
export const GROUP_LANES = 4;
export const GROUPS = 2;
/** 10 ms: RNNoise's frame. */
export const FRAME_SAMPLES = 80;
/** 20 ms analysis window with 50 % overlap. */
export const WINDOW_SAMPLES = 160;
/** Bins 0..80 of the window's spectrum, 50 Hz apart as in the 48 kHz original. */
export const BINS = 81;
/** Longest pitch lag in samples: 768 of RNNoise's 48 kHz samples, 62.5 Hz. */
export const MAX_LAG = 128;
/** One window and the longest lag before it. */
export const HISTORY_SAMPLES = 288;

// ---- Bands

/** Band centres up to 4 kHz; a telephone line has no more. */
export const BANDS = 14;
/** Bands of the model, up to 20 kHz. */
export const MODEL_BANDS = 22;

// ---- Model (RNNoise 0.1)

export const FEATURES = 42;
/** Cepstra of which first and second differences and the pitch correlation are features too. */
export const DELTA_BANDS = 6;
/** Frames whose cepstra the spectral variability compares. */
export const CEPSTRAL_FRAMES = 8;
export const DENSE_UNITS = 24;
export const VAD_UNITS = 24;
export const NOISE_UNITS = 48;
export const DENOISE_UNITS = 96;
export const RECURRENT_UNITS = 168;

// ---- Correlation

/** First lag kept: the interpolation filter reaches 3 samples below the shortest pitch of 10 samples. */
export const FIRST_CORRELATION_LAG = 5;
/** Lags 5..132: 4 samples above the longest lag for the same reason. */
export const CORRELATION_LAGS = 128;
/** Pairs of the eight cepstra: 8 * 7 / 2. */
export const DISTANCES = 28;

// ---- Group state: rows that outlive a frame. All zero is the state of a new call.

/** High-passed line audio, oldest first. */
export const SIGNAL = 0;
/** The same after the whitening filter of the pitch search. */
export const WHITENED = SIGNAL + HISTORY_SAMPLES * ROW;
/** Correlation of the last frame's whitened samples with their past; lags 5..132. */
export const HALF_CORRELATION = WHITENED + HISTORY_SAMPLES * ROW;
/** Second half of the last synthesis window. */
export const OVERLAP = HALF_CORRELATION + CORRELATION_LAGS * ROW;
/** [frame, newest first][22] */
export const CEPSTRA = OVERLAP + FRAME_SAMPLES * ROW;
/** Squared distances between those cepstra; row i, 7 - i entries: to frames i+1..7. */
export const DISTANCE = CEPSTRA + CEPSTRAL_FRAMES * MODEL_BANDS * ROW;
export const LAST_GAINS = DISTANCE + DISTANCES * ROW;
export const HIGH_PASS = LAST_GAINS + BANDS * ROW;
/** Pitch period in 1/48000 s. */
export const PITCH_PERIOD = HIGH_PASS + 2 * ROW;
export const PITCH_GAIN = PITCH_PERIOD + ROW;
/** GRU states: VAD, noise, denoise. */
export const RECURRENT = PITCH_GAIN + ROW;
export const GROUP_ROWS = (RECURRENT + RECURRENT_UNITS * ROW) / ROW;
export const GROUP_BYTES = GROUP_ROWS * ROW;
export const OCTET_BYTES = GROUPS * GROUP_BYTES;

// ---- Network inputs: int16, two rows of K interleaved per call, both groups side by side:
//
//   pair   | c0k0 c0k1 | c1k0 c1k1 | ... | c7k0 c7k1 |  32 bytes
//   rows   | dense 24 | VAD 24 | features 42 | noise 48 | denoise 96 |
//
// In this order the inputs and the state of every layer are one contiguous range:
//   dense    features
//   VAD      dense, VAD
//   noise    dense, VAD, features, noise
//   denoise          VAD, features, noise, denoise

/** Bytes of an int16 pair of the eight calls, and of an int32 or float row of the eight. */
export const OCTET_ROW = 32;
export const DENSE_PAIR = 0;
export const VAD_PAIR = 12;
export const FEATURE_PAIR = 24;
export const NOISE_PAIR = 45;
export const DENOISE_PAIR = 69;
export const INPUT_PAIRS = 117;

/** int16 = value * 512: range +-64 (features reach 31, ReLU states 15), step 0.002. */
export const ACTIVATION_SCALE = 512;
/** RNNoise stores weights as int8 = value * 256. */
export const WEIGHT_SCALE = 256;
/** Outputs of one tile of the matrix product. */
export const TILE_OUTPUTS = 4;

// ---- Workspace: one for each worker; octets follow.
//
//   | tables | weights | job of the run | scratch | snapshot |

/** f32 [160], RNNoise's power-complementary window. */
export const WINDOW_TABLE = 0;
/** i32 [160], byte offset of bin k in the scrambled output of the 160-point FFT. */
export const BIN_TABLE = WINDOW_TABLE + WINDOW_SAMPLES * 4;
/** i32 [80], the same for 80 points. */
export const HALF_BIN_TABLE = BIN_TABLE + WINDOW_SAMPLES * 4;
/** f32 [8][3][2], W32^(i q) for q = 1..3. */
export const TWIDDLE_TABLE = HALF_BIN_TABLE + FRAME_SAMPLES * 4;
/** f32 [41][2], exp(2 pi j k / 160). */
export const TURN_TABLE = TWIDDLE_TABLE + 8 * 3 * 2 * 4;
/** f32 [22 bands][22 cepstra], orthonormal DCT-II. */
export const DCT_TABLE = TURN_TABLE + (FRAME_SAMPLES / 2 + 1) * 2 * 4;
/** i32 [14], first bin of each band. */
export const BAND_TABLE = DCT_TABLE + MODEL_BANDS * MODEL_BANDS * 4;
/** f32 [80], share of bin k that belongs to the band above it. */
export const BAND_SHARE_TABLE = BAND_TABLE + BANDS * 4;
/** f32 [81], scale of bin k after the FFT. */
export const BIN_SCALE_TABLE = BAND_SHARE_TABLE + (BINS - 1) * 4;
/** f32 [6][2], phase step per bin of a delay of -3..2 sixths of a sample. */
export const DELAY_TABLE = BIN_SCALE_TABLE + BINS * 4;
/** f32 [2][8], interpolation at 1/3 and 2/3 between two lags. */
export const LAG_FILTER_TABLE = DELAY_TABLE + 6 * 2 * 4;
/** f32: input gain, a1, a2 of the high-pass. */
export const HIGH_PASS_TABLE = LAG_FILTER_TABLE + 2 * 8 * 4;
const TABLES_END = HIGH_PASS_TABLE + 4 * 4;

// Weights: int16 [tile][pair of K][4 outputs][2]; biases: int32 [output].

const TILE_PAIR_BYTES = TILE_OUTPUTS * 4;

export const DENSE_PAIRS = FEATURES / 2;
export const DENSE_TILES = DENSE_UNITS / TILE_OUTPUTS;
export const VAD_PAIRS = (DENSE_UNITS + VAD_UNITS) / 2;
export const NOISE_PAIRS = (DENSE_UNITS + VAD_UNITS + FEATURES + NOISE_UNITS) / 2;
export const DENOISE_PAIRS = (VAD_UNITS + FEATURES + NOISE_UNITS + DENOISE_UNITS) / 2;
export const GAIN_PAIRS = DENOISE_UNITS / 2;
/** 14 gains and two outputs of padding. */
export const GAIN_TILES = 4;
export const SPEECH_PAIRS = VAD_UNITS / 2;
export const SPEECH_TILES = 1;

export const DENSE_WEIGHTS = TABLES_END + ((LINE - (TABLES_END % LINE)) % LINE);
export const VAD_GATE_WEIGHTS = DENSE_WEIGHTS + DENSE_TILES * DENSE_PAIRS * TILE_PAIR_BYTES;
export const VAD_NEW_WEIGHTS = VAD_GATE_WEIGHTS + (VAD_UNITS / 2) * VAD_PAIRS * TILE_PAIR_BYTES;
export const NOISE_GATE_WEIGHTS = VAD_NEW_WEIGHTS + (VAD_UNITS / 4) * VAD_PAIRS * TILE_PAIR_BYTES;
export const NOISE_NEW_WEIGHTS =
  NOISE_GATE_WEIGHTS + (NOISE_UNITS / 2) * NOISE_PAIRS * TILE_PAIR_BYTES;
export const DENOISE_GATE_WEIGHTS =
  NOISE_NEW_WEIGHTS + (NOISE_UNITS / 4) * NOISE_PAIRS * TILE_PAIR_BYTES;
export const DENOISE_NEW_WEIGHTS =
  DENOISE_GATE_WEIGHTS + (DENOISE_UNITS / 2) * DENOISE_PAIRS * TILE_PAIR_BYTES;
export const GAIN_WEIGHTS =
  DENOISE_NEW_WEIGHTS + (DENOISE_UNITS / 4) * DENOISE_PAIRS * TILE_PAIR_BYTES;
export const SPEECH_WEIGHTS = GAIN_WEIGHTS + GAIN_TILES * GAIN_PAIRS * TILE_PAIR_BYTES;

export const DENSE_BIAS = SPEECH_WEIGHTS + SPEECH_TILES * SPEECH_PAIRS * TILE_PAIR_BYTES;
export const VAD_GATE_BIAS = DENSE_BIAS + DENSE_UNITS * 4;
export const VAD_NEW_BIAS = VAD_GATE_BIAS + 2 * VAD_UNITS * 4;
export const NOISE_GATE_BIAS = VAD_NEW_BIAS + VAD_UNITS * 4;
export const NOISE_NEW_BIAS = NOISE_GATE_BIAS + 2 * NOISE_UNITS * 4;
export const DENOISE_GATE_BIAS = NOISE_NEW_BIAS + NOISE_UNITS * 4;
export const DENOISE_NEW_BIAS = DENOISE_GATE_BIAS + 2 * DENOISE_UNITS * 4;
export const GAIN_BIAS = DENOISE_NEW_BIAS + DENOISE_UNITS * 4;
export const SPEECH_BIAS = GAIN_BIAS + GAIN_TILES * TILE_OUTPUTS * 4;
const WEIGHTS_END = SPEECH_BIAS + SPEECH_TILES * TILE_OUTPUTS * 4;

/** u32 [8] each: where each call's samples come from and go to, and its speech probabilities. */
export const JOB_INPUT = WEIGHTS_END;
export const JOB_OUTPUT = JOB_INPUT + OCTET_LANES * 4;
export const JOB_SPEECH = JOB_OUTPUT + OCTET_LANES * 4;
const JOB_END = JOB_SPEECH + OCTET_LANES * 4;

export const SCRATCH = JOB_END + ((LINE - (JOB_END % LINE)) % LINE);
/** Samples of the frame, in and out: [80] rows. */
export const FRAME_INPUT = SCRATCH;
export const FRAME_OUTPUT = FRAME_INPUT + FRAME_SAMPLES * ROW;
/** Complex rows [160]. */
export const FFT_INPUT = FRAME_OUTPUT + GROUPS * FRAME_SAMPLES * ROW;
export const FFT_OUTPUT = FFT_INPUT + WINDOW_SAMPLES * COMPLEX_ROW;
/** Rows by lag 0..132: correlation; energy of the window that lies this far back (0..129). */
export const CORRELATION = FFT_OUTPUT + WINDOW_SAMPLES * COMPLEX_ROW;
export const LAG_ENERGY = CORRELATION + (FIRST_CORRELATION_LAG + CORRELATION_LAGS) * ROW;
/** Rows: autocorrelation at lags 0..4, taps 1..5 of the whitening filter. */
export const AUTOCORRELATION = LAG_ENERGY + (MAX_LAG + 2) * ROW;
export const WHITENING_TAPS = AUTOCORRELATION + 5 * ROW;
/** Rows: coarse lag, energy at lag 0; later cos and sin of each call's phase step per bin. */
export const PITCH_SCRATCH = WHITENING_TAPS + 5 * ROW;
/** Rows [42], then [22] log band energies. */
export const FEATURE_ROWS = PITCH_SCRATCH + 2 * ROW;
export const LOG_ENERGY = FEATURE_ROWS + FEATURES * ROW;
/** Rows [14] each, of the pitch filter. */
export const COMB_GAIN = LOG_ENERGY + MODEL_BANDS * ROW;
export const COMBED_ENERGY = COMB_GAIN + BANDS * ROW;
export const COMB_NORM = COMBED_ENERGY + BANDS * ROW;
/** int16 pairs [117][8]. */
export const NETWORK_INPUT = COMB_NORM + BANDS * ROW;
/** i32 [192][8]: outputs of the matrix product. */
export const ACCUMULATORS = NETWORK_INPUT + INPUT_PAIRS * OCTET_ROW;
/** f32 [96][8]: update gates. */
export const UPDATE_GATES = ACCUMULATORS + 2 * DENOISE_UNITS * OCTET_ROW;

/** What analysis leaves for synthesis, for each group. */
export const SPECTRUM = 0;
export const PITCH_SPECTRUM = SPECTRUM + BINS * COMPLEX_ROW;
export const BAND_ENERGY = PITCH_SPECTRUM + BINS * COMPLEX_ROW;
export const PITCH_BAND_ENERGY = BAND_ENERGY + BANDS * ROW;
/** Normalised correlation of spectrum and pitch spectrum. */
export const BAND_COHERENCE = PITCH_BAND_ENERGY + BANDS * ROW;
export const GAINS = BAND_COHERENCE + BANDS * ROW;
export const SPEECH = GAINS + BANDS * ROW;
/** All ones where the call's frame is digital silence. */
export const SILENT = SPEECH + ROW;
export const GROUP_FRAME_BYTES = SILENT + ROW;
export const GROUP_FRAMES = UPDATE_GATES + DENOISE_UNITS * OCTET_ROW;

/** Copy of an octet's state from before a run in which some of its calls are held. */
export const SNAPSHOT = GROUP_FRAMES + GROUPS * GROUP_FRAME_BYTES;
const WORKSPACE_END = SNAPSHOT + OCTET_BYTES;
export const WORKSPACE_BYTES = WORKSPACE_END + ((LINE - (WORKSPACE_END % LINE)) % LINE);

// ---- Sample formats of input and output, in int16 units

/** One G.711 mu-law byte a sample. */
export const MULAW = 0;
export const INT16 = 1;
export const FLOAT32 = 2;
