// A voice-like test signal for scripted speech. Media plane.

/** Formant centre frequencies and bandwidths of an open vowel, in Hz. */
const FORMANTS: readonly (readonly [centreHz: number, bandwidthHz: number])[] = [
  [700, 90],
  [1220, 110],
  [2600, 170],
];
const PEAK = 12_000;

/**
 * Pulses with a gently moving pitch through formant resonators, in syllables: speech enough for
 * voice detectors, resamplers and codecs. Deterministic.
 * @returns mono int16, `seconds` long at `sampleRateHz` (8000 and above)
 */
export function createVoiceSignal(sampleRateHz: number, seconds: number): Int16Array {
  const samples = Math.round(sampleRateHz * seconds);
  const voice = pulses(samples, sampleRateHz);
  for (const [centreHz, bandwidthHz] of FORMANTS) {
    resonate(voice, centreHz / sampleRateHz, bandwidthHz / sampleRateHz);
  }
  let peak = 1e-9;
  for (let i = 0; i < samples; i++) {
    // Syllables: four a second, never quite silent.
    const seconds = i / sampleRateHz;
    const envelope = 0.1 + 0.9 * Math.sin(Math.PI * ((seconds * 4) % 1)) ** 2;
    voice[i] = (voice[i] as number) * envelope;
    peak = Math.max(peak, Math.abs(voice[i] as number));
  }
  return Int16Array.from(voice, (sample) => Math.round((sample / peak) * PEAK));
}

function pulses(samples: number, sampleRateHz: number): Float64Array {
  const out = new Float64Array(samples);
  let phase = 0;
  for (let i = 0; i < samples; i++) {
    const pitchHz = 120 + 20 * Math.sin((2 * Math.PI * 0.7 * i) / sampleRateHz);
    phase += pitchHz / sampleRateHz;
    if (phase >= 1) {
      phase -= 1;
      out[i] = 1;
    }
  }
  return out;
}

/** Two-pole resonator in place; frequencies as fractions of the sample rate. */
function resonate(signal: Float64Array, centre: number, bandwidth: number): void {
  const radius = Math.exp(-Math.PI * bandwidth);
  const a1 = 2 * radius * Math.cos(2 * Math.PI * centre);
  const a2 = -radius * radius;
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < signal.length; i++) {
    const y = (signal[i] as number) + a1 * y1 + a2 * y2;
    y2 = y1;
    y1 = y;
    signal[i] = y;
  }
}
