// The part of the WebAssembly JavaScript interface that the node uses. It belongs to no ECMAScript edition, and
// TypeScript declares it with the browser's library only. https://webassembly.github.io/spec/js-api/
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  const Module: new (bytes: ArrayBuffer | Uint8Array<ArrayBuffer>) => Module;

  class Instance {
    constructor(
      module: Module,
      imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    );
    readonly exports: Readonly<Record<string, unknown>>;
  }

  class Memory {
    /** Sizes in pages of 64 KiB. */
    constructor(limits: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBufferLike;
    grow(pages: number): number;
  }
}
