// How loud a caller usually is, learned from voices that were answered. Pure. Control plane.

/** Part of the way that one turn moves it. */
const RISE = 0.5;
/** Whoever is softer may be somebody else: the caller is the loudest on most lines. */
const FALL = 0.2;

/**
 * @param usual so far, dB of full scale; undefined before the first turn
 * @param heard the loudest voice of a turn that was answered; undefined where it was too short to tell
 */
export function learnUsualLevel(
  usual: number | undefined,
  heard: number | undefined,
): number | undefined {
  if (usual === undefined || heard === undefined) return heard ?? usual;
  return usual + (heard > usual ? RISE : FALL) * (heard - usual);
}
