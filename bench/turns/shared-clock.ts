// Moments that mean the same in every process of the machine: Node's monotonic clock without its zero. Control plane.

const ZERO_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** @param localMs on this process's `performance.now()` */
export const toShared = (localMs: number): number => localMs + ZERO_MS;
export const toLocal = (sharedMs: number): number => sharedMs - ZERO_MS;
