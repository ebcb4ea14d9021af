// The mean cepstrum of the beginning of an utterance: the line's own colour, to be taken away. Media plane.

/** Cepstral coefficients of the model's features, and its lifter (`feat_params.json`: `ncep`, `lifter`). */
const COEFFICIENTS = 13;
const LIFTER = 22;

/** Log mel spectra of consecutive frames, as `Decoder.spectrogram` gives them. */
export interface MelSpectra {
  /** `frames * bands` natural logarithms, frame by frame. */
  readonly data: Float32Array;
  readonly nfr: number;
  readonly nfeat: number;
}

/**
 * Mean of the mel-frequency cepstra: unitary DCT-II of the mean log mel spectrum, times the
 * sinusoidal lifter (Juang, Rabiner & Wilpon 1987, "On the use of bandpass liftering in speech
 * recognition"). The DCT is linear, so the mean may be taken first. Frames of digital silence, whose
 * energy is below 1, are left out, as the decoder leaves them out itself.
 * @returns 13 coefficients, or undefined where all frames are silent
 */
export function meanCepstrum({ data, nfr, nfeat }: MelSpectra): number[] | undefined {
  const mean = new Float64Array(nfeat);
  let frames = 0;
  for (let frame = 0; frame < nfr; frame++) {
    const spectrum = data.subarray(frame * nfeat, (frame + 1) * nfeat);
    let energy = 0;
    for (const band of spectrum) energy += band;
    if (energy < 0) continue;
    frames++;
    for (let band = 0; band < nfeat; band++) {
      mean[band] = (mean[band] as number) + (spectrum[band] as number);
    }
  }
  if (frames === 0) return undefined;
  return Array.from({ length: COEFFICIENTS }, (_, i) => {
    let sum = 0;
    for (let band = 0; band < nfeat; band++) {
      sum += ((mean[band] as number) / frames) * Math.cos((Math.PI * i * (band + 0.5)) / nfeat);
    }
    const unitary = Math.sqrt((i === 0 ? 1 : 2) / nfeat);
    return sum * unitary * (1 + (LIFTER / 2) * Math.sin((Math.PI * i) / LIFTER));
  });
}
