// The address of this worker's workspace; everything else is an offset from it. Media plane.

/** Set once by `configure`; 64-byte aligned. */
export let workspace: usize = 0;

export function setWorkspace(address: usize): void {
  workspace = address;
}
