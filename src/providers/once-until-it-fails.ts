// Work that is done once however often it is asked for, and again only where it failed. Pure. Control plane.

/** @returns what gives the same promise to all who ask, until it rejects */
export function onceUntilItFails(work: () => Promise<void>): () => Promise<void> {
  let begun: Promise<void> | undefined;
  return async () => {
    begun ??= work();
    try {
      await begun;
    } catch (thrown) {
      begun = undefined;
      throw thrown;
    }
  };
}
