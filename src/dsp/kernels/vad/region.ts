// The base of the kernel's region, set once by the host. Media plane.

/** Byte address of the region; a multiple of 64. One value an instance: instances never share it. */
export let base: usize = 0;

/** Bind this instance to a region that the host has filled with tables and weights. */
export function setRegion(address: usize): void {
  base = address;
}
